// SPDX-License-Identifier: AGPL-3.0-or-later
// One call by Jingle, in the leading tab, whoever called whom: what is said of sound and picture (XEP-0166, XEP-0167), of the ways to them
// (XEP-0176, XEP-0320), and of its end. How it begins is its own for each of the two: see coming.js and going.js. What it shares with
// calls by SIP it has from there: see calls/line.js, whose methods these are.

import { Deadlines } from '../calls/deadlines.js';
import { coded } from '../calls/far-media.js';
import { bare } from '../model/address.js';
import { callWord } from '../model/jingle-words.js';
import * as names from '../model/names.js';
import { CommandError } from '../session/tabs.js';
import { child, children, el } from '../xmpp/xml.js';
import { JingleError } from './failure.js';
import { Ways } from './ways.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('../model/calls.js').News} News */
/** @typedef {import('../model/calls.js').Reason} Reason */
/** @typedef {import('../calls/far-media.js').Patch} Patch */
/** @typedef {import('../model/jingle-words.js').Word} Word */
/** @typedef {{ iceServers: RTCIceServer[], relayOnly: boolean, wanted: { video: boolean } }} Opening */
/**
 * `ask`: of the media, in whatever tab. `news`: what has happened. `over`: it is. `send`: without an answer; whether it is on its way. `request`: an IQ, and its answer. `probe`: whether the server is still there.
 * @typedef {{ ask: (tab: string, verb: string, args?: unknown[]) => Promise<any>, news: (news: News) => void, over: () => void,
 *   send: (tree: Tree) => boolean, request: (tree: Tree) => Promise<Tree>, chance: () => string, now: () => number, probe: () => void }} Edges
 */

/** From the answer to the first sound, and from the loss of the path to giving up, ms. */
export const longestConnecting = 30_000;
const longestLoss = 30_000;
/**
 * From the loss of the path to looking for another, and between two tries, ms: what comes back by itself is not disturbed, since there are
 * apps that take a new start badly.
 */
const untilTry = 2_000;
const betweenTries = 8_000;

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
    this.ways = new Ways({
      roles: this.roles, chance: edges.chance, now: edges.now, media: (verb, args) => this.media(verb, args), isOver: () => this.isOver,
      tell: (contents) => this.request('transport-info', contents),
    });
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

  /** The way to the server is another one: so may be the ways to them. */
  moved() {
    if (this.isAnswered && this.deadlines.has('loss')) this.mend();
  }

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
   * @returns {import('./jingle.js').Answer}
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
        return this.ways.take(jingle);
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
    if (found) this.ways.tell(found);
    if (Object.keys(detail).length > 0) this.edges.news({ is: 'detail', detail });
    if (connection === 'connected') {
      this.isConnected = true;
      this.deadlines.clear('connect', 'loss', 'try');
      this.edges.news({ is: 'connected' });
    }
    if (connection === 'disconnected' && this.isConnected) {
      this.lost();
    }
    if (connection === 'failed') {
      // What was through before is looked for until its time is over.
      if (error !== undefined || !this.deadlines.has('loss')) this.end(/** @type {Reason} */ (error ?? 'no-path'));
    }
  }

  /** The path is lost: another one is looked for, for a while. */
  lost() {
    this.isConnected = false;
    this.edges.news({ is: 'lost' });
    this.edges.probe();
    this.deadlines.set('loss', longestLoss, () => this.end('network'));
    this.deadlines.set('try', untilTry, () => this.mend());
  }

  mend() {
    if (this.isOver || this.isConnected) return;
    this.deadlines.set('try', betweenTries, () => this.mend());
    void this.ways.restart();
  }

  // ---- its end ----

  /** @param {unknown} error of descriptions: what cannot be, in Jingle's words if there are any */
  failed(error) {
    if (error instanceof JingleError) this.end('no-common-media', true, error.reason);
    else this.end(/** @type {Reason} */ (coded(error).code));
  }

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
