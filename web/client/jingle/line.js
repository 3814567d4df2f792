// SPDX-License-Identifier: AGPL-3.0-or-later
// One call by Jingle, in the leading tab, whoever called whom: what is said of sound and picture (XEP-0166, XEP-0167), of the ways to them
// (XEP-0176, XEP-0320), and of its end. How it begins is its own for each of the two: see coming.js and going.js. What it shares with
// calls by SIP it has from there: see calls/line.js, whose methods these are.

import { Deadlines } from '../calls/deadlines.js';
import { bare } from '../model/address.js';
import { callWord } from '../model/jingle-words.js';
import * as names from '../model/names.js';
import { CommandError } from '../session/tabs.js';
import { child, children, el } from '../xmpp/xml.js';
import { candidateOf } from './candidate.js';
import { candidatesIn, descriptionOf } from './from-jingle.js';
import { contentsOf, transportsIn } from './to-jingle.js';
import { hasOther, withTransports } from './transports.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('../model/calls.js').News} News */
/** @typedef {import('../model/calls.js').Reason} Reason */
/** @typedef {import('../calls/far-media.js').Patch} Patch */
/** @typedef {import('../model/jingle-words.js').Word} Word */
/** @typedef {{ iceServers: RTCIceServer[], relayOnly: boolean, wanted: { video: boolean } }} Opening */
/**
 * `ask`: of the media, in whatever tab. `news`: what has happened. `over`: it is. `send`: without an answer; whether it is on its way. `request`: an IQ, and its answer.
 * @typedef {{ ask: (tab: string, verb: string, args?: unknown[]) => Promise<any>, news: (news: News) => void, over: () => void,
 *   send: (tree: Tree) => boolean, request: (tree: Tree) => Promise<Tree>, chance: () => string }} Edges
 */

/** From the answer to the first sound, and from the loss of the path to giving up, ms. */
export const longestConnecting = 30_000;
const longestLoss = 30_000;
/** What is kept of what comes before its time. */
const mostEarly = 60;

export class JingleLine {
  /**
   * @param {string} id
   * @param {{ peer: string, sid: string, relayOnly: boolean, direction: 'in' | 'out' }} call `relayOnly`: the other side's app learns no
   *   address of this browser
   * @param {Edges} edges
   */
  constructor(id, { peer, sid, relayOnly, direction }, edges) {
    this.id = id;
    this.direction = direction;
    this.peer = peer;
    this.sid = sid;
    this.relayOnly = relayOnly;
    this.edges = edges;
    /**
     * Who we are in the session, and who they are.
     * @type {{ ours: import('./from-jingle.js').Role, theirs: import('./from-jingle.js').Role }}
     */
    this.roles = direction === 'in' ? { ours: 'responder', theirs: 'initiator' } : { ours: 'initiator', theirs: 'responder' };
    /**
     * Their app, once it is known which one.
     * @type {string | null}
     */
    this.app = null;
    /** What it said of itself last. @type {Tree | null} */
    this.theirs = null;
    /**
     * What the contents are called, in their order.
     * @type {string[]}
     */
    this.contents = [];
    /**
     * The same, of an offer of ours.
     * @type {import('./from-jingle.js').Offered[] | null}
     */
    this.offered = null;
    /** What we said of ourselves last, once they have it. @type {string | null} */
    this.ours = null;
    /**
     * What was found of ways to us meanwhile.
     * @type {RTCIceCandidateInit[]}
     */
    this.waiting = [];
    /**
     * What was told of ways to them meanwhile.
     * @type {Tree[]}
     */
    this.early = [];
    /** @type {string | null} */
    this.tab = null;
    this.isOver = false;
    this.isAnswered = false;
    this.isConnected = false;
    this.deadlines = new Deadlines();
  }

  // ---- what the member wants ----

  /**
   * The media are opened, and the microphone is asked for, before anything is promised.
   * @param {string} tab
   * @param {Opening} opening
   */
  async prepare(tab, opening) {
    this.tab = tab;
    await this.media('open', [{ ...opening, relayOnly: opening.relayOnly || this.relayOnly, trickles: true }]);
    await this.media('prepare');
  }

  /**
   * @param {string} verb
   * @param {unknown[]} [args]
   * @returns {Promise<any>} never that another offer is due: there is none
   */
  async ask(verb, args = []) {
    if (verb === 'tone') throw new CommandError('no-common-media');
    const done = await this.media(verb, args);
    if (verb === 'hold' && done) this.info(args[0] === true ? 'hold' : 'unhold');
    if (verb !== 'camera' || done !== true || args[0] !== true) return false;
    await this.media('camera', [false]);
    throw new CommandError('no-common-media'); // their app was told that there is none
  }

  /** The other side is told by other words. */
  offer() {}

  moved() {}

  sure() {}

  // ---- what their app says ----

  /**
   * @param {Word} _word of the other side
   * @param {string} _from
   */
  heard(_word, _from) {}

  /**
   * What opens the session, or agrees to it.
   * @param {string} _from
   * @param {Tree} _jingle
   * @returns {boolean} whether it is due
   */
  opens(_from, _jingle) {
    return false;
  }

  /**
   * @param {string} from
   * @param {Tree} jingle
   * @returns {'ok' | 'out-of-order' | 'unsupported'}
   */
  take(from, jingle) {
    const { action } = jingle.attrs;
    if (bare(from) !== this.peer || (this.app !== null && this.app !== from)) return 'out-of-order';
    if (action === (this.direction === 'in' ? 'session-initiate' : 'session-accept')) return this.opens(from, jingle) ? 'ok' : 'out-of-order';
    if (this.app === null) return 'out-of-order';
    switch (action) {
      case 'session-terminate':
        this.app = null; // it is over there
        this.end(this.isConnected ? 'they-hung-up' : endedBy(jingle));
        return 'ok';
      case 'transport-info':
        void this.found(jingle);
        return 'ok';
      case 'session-info':
        return this.told(jingle);
      case 'content-add':
        this.request('content-reject', [...children(jingle, 'content').map((one) => el('content', { creator: one.attrs.creator, name: one.attrs.name })),
          el('reason', null, el('failed-application', null))]).catch(() => undefined);
        return 'ok';
      default:
        return 'unsupported';
    }
  }

  /**
   * More ways to them, or other ones: then their side has started ICE again (XEP-0176, section 5.8), and is told ours anew.
   * @param {Tree} jingle
   */
  async found(jingle) {
    if (this.theirs === null) {
      if (this.early.length < mostEarly) this.early.push(jingle);
      return;
    }
    if (!hasOther(this.theirs, jingle)) {
      for (const candidate of candidatesIn(jingle, this.contents)) void this.media('candidate', [candidate]).catch(() => undefined);
      return;
    }
    try {
      const theirs = withTransports(this.theirs, jingle);
      const { sdp } = descriptionOf(theirs, this.roles.theirs, this.offered);
      this.theirs = theirs;
      const answer = await this.media('answer', [sdp]);
      const contents = contentsOf(answer, { by: this.roles.ours, contents: this.contents }).filter(({ name }) => name === 'content');
      if (this.isOver) return;
      await this.request('transport-info', contents.map((one) => el('content', { creator: 'initiator', name: one.attrs.name }, child(one, 'transport', names.jingleIce))));
      this.said(answer);
    } catch {
      // What was agreed before holds as far as it goes; if nothing comes through, the call ends by that.
    }
  }

  /** What was told before they had described themselves. */
  catchUp() {
    const { early } = this;
    this.early = [];
    for (const one of early) void this.found(one);
  }

  /**
   * @param {Tree} jingle
   * @returns {'ok' | 'unsupported'}
   */
  told(jingle) {
    const [word] = children(jingle);
    if (word === undefined) return 'ok'; // “are you there?” (XEP-0166, section 6.8)
    if (word.attrs.xmlns !== names.jingleRtpInfo) return 'unsupported';
    if (word.name === 'hold' || word.name === 'unhold' || word.name === 'active') this.edges.news({ is: 'detail', detail: { heldByThem: word.name === 'hold' } });
    return 'ok';
  }

  /** @param {Patch} patch of the media */
  changed({ connection, error, reoffer: _reoffer, streams: _streams, found, ...detail }) {
    if (this.isOver) return;
    if (found) this.tellWay(found);
    if (Object.keys(detail).length > 0) this.edges.news({ is: 'detail', detail });
    if (connection === 'connected') {
      this.isConnected = true;
      this.deadlines.clear('connect', 'loss');
      this.edges.news({ is: 'connected' });
    }
    if (connection === 'disconnected' && this.isConnected) {
      this.isConnected = false;
      this.edges.news({ is: 'lost' });
      this.deadlines.set('loss', longestLoss, () => this.end('network'));
    }
    if (connection === 'failed') this.end(/** @type {Reason} */ (error ?? 'no-path'));
  }

  // ---- ways to us that are found later ----

  /**
   * They have this description of ours, with the ways that were known then.
   * @param {string} sdp
   */
  said(sdp) {
    if (this.isOver) return; // it may have ended while they were told
    this.ours = sdp;
    const { waiting } = this;
    this.waiting = [];
    for (const one of waiting) this.tellWay(one);
  }

  /** @param {RTCIceCandidateInit} found */
  tellWay(found) {
    if (this.ours === null) {
      if (this.waiting.length < mostEarly) this.waiting.push(found);
      return;
    }
    const line = found.candidate ?? '';
    const name = this.contents[found.sdpMLineIndex ?? -1];
    const way = transportsIn(this.ours)[found.sdpMLineIndex ?? -1];
    const candidate = line === '' || this.ours.split(/\r?\n/).includes(`a=${line}`) ? null : candidateOf(line, this.edges.chance());
    // One of before ICE was started again is of no use.
    if (!candidate || name === undefined || !way?.ufrag || (found.usernameFragment && found.usernameFragment !== way.ufrag)) return;
    this.request('transport-info', [el('content', { creator: 'initiator', name }, el('transport', { xmlns: names.jingleIce, ...way }, candidate))]).catch(() => undefined);
  }

  // ---- its end ----

  /**
   * @param {Reason} reason
   * @param {boolean} [tellThem]
   * @param {string} [condition] in Jingle's words
   */
  end(reason, tellThem = true, condition = conditions[reason] ?? 'success') {
    if (this.isOver) return;
    this.isOver = true;
    this.deadlines.clearAll();
    this.edges.news({ is: 'ended', reason });
    if (this.tab !== null) void this.edges.ask(this.tab, 'close').catch(() => undefined);
    if (tellThem) this.tellEnd(reason, condition);
    this.edges.over();
  }

  /**
   * @param {Reason} reason
   * @param {string} condition
   */
  tellEnd(reason, condition) {
    if (!this.isAnswered) return this.tellUnanswered(reason);
    if (this.app !== null) this.request('session-terminate', [el('reason', null, el(condition, null))]).catch(() => undefined);
    this.say('finish', condition === 'success' ? 'success' : 'connectivity-error');
    return undefined;
  }

  /**
   * The end of what was only proposed.
   * @param {Reason} _reason
   */
  tellUnanswered(_reason) {}

  // ---- pieces ----

  /**
   * @param {string} verb
   * @param {unknown[]} [args]
   * @returns {Promise<any>}
   */
  media(verb, args = []) {
    return this.tab === null ? Promise.reject(new CommandError('tab-closed')) : this.edges.ask(this.tab, verb, args);
  }

  /**
   * A message, which all devices of both hear: of what goes to one app, the others get copies (XEP-0280). There are apps that take for an answer to
   * their proposal only what was sent to them (Dino 0.4).
   * @param {Word['is']} is
   * @param {string} [reason]
   * @param {string} [to] the full address of one app of theirs
   */
  say(is, reason, to = this.peer) {
    this.edges.send(callWord(is, to, this.sid, this.edges.chance(), reason));
  }

  /** @param {string} what */
  info(what) {
    this.request('session-info', [el(what, { xmlns: names.jingleRtpInfo })]).catch(() => undefined);
  }

  /**
   * @param {string} action
   * @param {Tree[]} content
   * @param {Record<string, string | null>} [more]
   */
  async request(action, content, more = {}) {
    await this.edges.request(el('iq', { type: 'set', to: this.app }, el('jingle', { xmlns: names.jingle, action, sid: this.sid, ...more }, ...content)));
  }
}

/** @type {Record<string, string>} */
const conditions = { 'no-path': 'connectivity-error', network: 'connectivity-error', 'no-common-media': 'failed-application', 'tab-closed': 'gone', 'signed-out': 'gone' };

/**
 * @param {Tree} jingle `session-terminate` before anything was heard
 * @returns {Reason}
 */
function endedBy(jingle) {
  const reason = child(jingle, 'reason', names.jingle);
  if (child(reason, 'connectivity-error') || child(reason, 'failed-transport')) return 'no-path';
  return child(reason, 'failed-application') || child(reason, 'incompatible-parameters') || child(reason, 'security-error') ? 'no-common-media' : 'they-hung-up';
}
