// SPDX-License-Identifier: AGPL-3.0-or-later
// One call that comes by Jingle, in the leading tab: proposed by a message (XEP-0353), taken up by another, then begun by the caller's app
// (XEP-0166), which says where its sound and picture are (XEP-0167, XEP-0176, XEP-0320). What it shares with calls by SIP it has from there:
// see calls/line.js, whose methods these are.

import { Deadlines } from '../calls/deadlines.js';
import { coded } from '../calls/far-media.js';
import { bare } from '../model/address.js';
import { callWord } from '../model/jingle-words.js';
import * as names from '../model/names.js';
import { CommandError } from '../session/tabs.js';
import { child, children, el } from '../xmpp/xml.js';
import { JingleError } from './failure.js';
import { candidatesIn, descriptionOf } from './from-jingle.js';
import { contentsOf } from './to-jingle.js';
import { hasOther, withTransports } from './transports.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('../model/calls.js').News} News */
/** @typedef {import('../model/calls.js').Reason} Reason */
/** @typedef {import('../calls/far-media.js').Patch} Patch */
/**
 * `ask`: of the media, in whatever tab. `news`: what has happened. `over`: it is. `send`: without an answer. `request`: an IQ, and its answer.
 * @typedef {{ ask: (tab: string, verb: string, args?: unknown[]) => Promise<any>, news: (news: News) => void, over: () => void,
 *   send: (tree: Tree) => void, request: (tree: Tree) => Promise<Tree>, chance: () => string }} Edges
 */

/** A proposal that nobody takes back, from the answer to the first sound, and from the loss of the path to giving up, ms. */
const longestRinging = 120_000;
const longestConnecting = 30_000;
const longestLoss = 30_000;

export class JingleLine {
  /**
   * @param {string} id
   * @param {{ peer: string, sid: string, relayOnly: boolean, canAnswer: boolean }} call `relayOnly`: the caller's app learns no address of
   *   this browser
   * @param {Edges} edges
   */
  constructor(id, { peer, sid, relayOnly, canAnswer }, edges) {
    this.id = id;
    this.direction = /** @type {'in' | 'out'} */ ('in');
    this.peer = peer;
    this.sid = sid;
    this.relayOnly = relayOnly;
    this.canAnswer = canAnswer;
    this.edges = edges;
    /** The caller's app, once it has begun. @type {string | null} */
    this.app = null;
    /** What it said of itself last, and what its contents are called. @type {Tree | null} */
    this.theirs = null;
    /** @type {string[]} */
    this.contents = [];
    /** @type {string | null} */
    this.tab = null;
    this.isOver = false;
    this.isAnswered = false;
    this.isConnected = false;
    this.deadlines = new Deadlines();
    this.deadlines.set('ring', longestRinging, () => this.end('missed', false));
  }

  // ---- what the member wants ----

  /**
   * Taken up in a tab. Without a microphone it rings on.
   * @param {string} tab
   * @param {{ iceServers: RTCIceServer[], relayOnly: boolean, wanted: { video: boolean } }} opening
   */
  async answer(tab, opening) {
    if (this.tab !== null || this.isOver) throw new CommandError('answered-elsewhere');
    if (!this.canAnswer) throw new CommandError('not-ready');
    this.tab = tab;
    this.edges.news({ is: 'preparing', tab });
    try {
      await this.media('open', [{ ...opening, relayOnly: opening.relayOnly || this.relayOnly }]);
      await this.media('prepare');
    } catch (error) {
      void this.edges.ask(tab, 'close').catch(() => undefined);
      this.tab = null;
      this.edges.news({ is: 'unprepared' });
      throw coded(error);
    }
    if (this.isOver) {
      void this.edges.ask(tab, 'close').catch(() => undefined);
      throw new CommandError('they-hung-up');
    }
    this.deadlines.clear('ring');
    this.isAnswered = true;
    this.say('proceed');
    this.edges.news({ is: 'answered' });
    this.deadlines.set('connect', longestConnecting, () => this.end('no-path'));
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

  /** It is the stream that moved, and what was said over it arrives. */
  moved() {}

  sure() {}

  // ---- what the caller's app says ----

  /**
   * @param {string} from
   * @param {Tree} jingle
   * @returns {'ok' | 'out-of-order' | 'unsupported'} what it is answered
   */
  take(from, jingle) {
    const { action } = jingle.attrs;
    if (bare(from) !== this.peer || (this.app !== null && this.app !== from)) return 'out-of-order';
    if (action === 'session-initiate') {
      if (this.app !== null || !this.isAnswered) return 'out-of-order';
      this.app = from;
      void this.begun(jingle);
      return 'ok';
    }
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
          el('reason', null, el('failed-application', null))]);
        return 'ok';
      default:
        return 'unsupported';
    }
  }

  /** @param {Tree} jingle */
  async begun(jingle) {
    try {
      const { sdp, contents } = descriptionOf(jingle, 'initiator');
      this.contents = contents;
      this.theirs = jingle;
      const answer = await this.media('answer', [sdp]);
      if (this.isOver) return;
      await this.request('session-accept', contentsOf(answer, { by: 'responder', contents }), { responder: null });
    } catch (error) {
      this.end(error instanceof JingleError ? 'no-common-media' : /** @type {Reason} */ (coded(error).code), true, error instanceof JingleError ? error.reason : undefined);
    }
  }

  /**
   * More ways to them, or other ones: then their side has started ICE again (XEP-0176, section 5.8), and is told ours anew.
   * @param {Tree} jingle
   */
  async found(jingle) {
    if (!hasOther(this.theirs, jingle)) {
      for (const candidate of candidatesIn(jingle, this.contents)) void this.media('candidate', [candidate]).catch(() => undefined);
      return;
    }
    try {
      const theirs = withTransports(/** @type {Tree} */ (this.theirs), jingle);
      const { sdp } = descriptionOf(theirs, 'initiator');
      this.theirs = theirs;
      const answer = await this.media('answer', [sdp]);
      const contents = contentsOf(answer, { by: 'responder', contents: this.contents }).filter(({ name }) => name === 'content');
      if (!this.isOver) await this.request('transport-info', contents.map((one) => el('content', { creator: 'initiator', name: one.attrs.name }, child(one, 'transport', names.jingleIce))));
    } catch {
      // What was agreed before holds as far as it goes; if nothing comes through, the call ends by that.
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
  changed({ connection, error, reoffer: _reoffer, streams: _streams, ...detail }) {
    if (this.isOver) return;
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
   * A call that nobody has taken up here may ring on elsewhere: only who declines says so for all devices.
   * @param {Reason} reason
   * @param {string} condition
   */
  tellEnd(reason, condition) {
    if (!this.isAnswered) {
      if (reason === 'declined') this.say('reject', 'busy');
      return;
    }
    if (this.app !== null) this.request('session-terminate', [el('reason', null, el(condition, null))]).catch(() => undefined);
    this.say('finish', condition === 'success' ? 'success' : 'connectivity-error');
  }

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
   * A message, which all devices of both hear.
   * @param {import('../model/jingle-words.js').Word['is']} is
   * @param {string} [reason]
   */
  say(is, reason) {
    this.edges.send(callWord(is, this.peer, this.sid, this.edges.chance(), reason));
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
  if (child(reason, 'connectivity-error')) return 'no-path';
  return child(reason, 'failed-application') || child(reason, 'incompatible-parameters') || child(reason, 'security-error') ? 'no-common-media' : 'they-hung-up';
}
