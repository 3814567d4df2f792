// SPDX-License-Identifier: AGPL-3.0-or-later
// A call that the member makes by Jingle: proposed by a message, to all devices of the callee (XEP-0353). One of them takes it up; only
// that one is told where sound and picture are (XEP-0166), and nobody before.

import { coded } from '../calls/far-media.js';
import { proposal, tieBreak } from '../model/jingle-words.js';
import { own } from '../model/own.js';
import { XmppError } from '../xmpp/errors.js';
import { descriptionOf } from './from-jingle.js';
import { JingleLine, longestConnecting } from './line.js';
import { contentsOf, offeredIn } from './to-jingle.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('../model/calls.js').Reason} Reason */

/** Until nobody is expected to answer any more, ms. */
const longestRinging = 50_000;

export class GoingLine extends JingleLine {
  /**
   * @param {string} id
   * @param {{ peer: string, sid: string, relayOnly: boolean }} call
   * @param {import('./line.js').Edges} edges
   */
  constructor(id, call, edges) {
    super(id, { ...call, direction: 'out' }, edges);
    /** By which the server names the proposal if it cannot be delivered. @type {string | null} */
    this.proposal = null;
    /** Whether their app was asked to begin. */
    this.isBegun = false;
    this.hasRung = false;
    this.video = false;
  }

  /**
   * @param {string} tab
   * @param {import('./line.js').Opening} opening
   */
  async dial(tab, opening) {
    this.video = opening.wanted.video;
    try {
      await this.prepare(tab, opening);
    } catch (error) {
      this.end(/** @type {Reason} */ (coded(error).code));
    }
    if (this.isOver) return void this.edges.ask(tab, 'close').catch(() => undefined);
    const id = this.edges.chance();
    if (!this.edges.send(proposal(this.peer, this.sid, id, this.video))) return this.end('offline', false);
    this.proposal = id;
    this.edges.news({ is: 'sent' });
    this.deadlines.set('ring', longestRinging, () => this.end('no-answer'));
    return undefined;
  }

  /** It is there already. */
  answer() {
    return Promise.resolve();
  }

  /** @override @param {import('../calls/far-media.js').Patch} patch */
  changed(patch) {
    // There is no camera: then none is proposed.
    if (patch.error && this.proposal === null && patch.connection !== 'failed') this.video = false;
    super.changed(patch);
  }

  /** @override @param {import('../model/jingle-words.js').Word} word @param {string} from */
  heard(word, from) {
    if (this.proposal === null) return;
    if (word.is === 'ringing' && !this.isAnswered) {
      this.hasRung = true;
      this.edges.news({ is: 'rings' });
    } else if (word.is === 'proceed' && this.app === null && !this.isAnswered) {
      this.taken(from);
    } else if (word.is === 'reject' && !this.isAnswered) {
      this.end(word.isTieBreak ? 'cancelled' : 'declined', false);
    } else if (word.is === 'finish') {
      this.end(this.isAnswered ? 'they-hung-up' : 'declined', this.isAnswered);
    }
  }

  /**
   * The proposal did not arrive.
   * @param {string} condition as the server says it
   */
  bounced(condition) {
    if (this.isAnswered || this.hasRung) return; // another device's affair
    this.end(own(undelivered, condition) ?? 'refused', false);
  }

  /** They have called at the same time, and theirs goes before. */
  giveWay() {
    if (this.proposal !== null) this.edges.send(tieBreak('retract', this.peer, this.sid, this.edges.chance()));
    this.end('cancelled', false);
  }

  /** @param {string} app which has taken it up */
  taken(app) {
    this.app = app;
    this.isAnswered = true;
    this.deadlines.clear('ring');
    this.edges.news({ is: 'answered' });
    this.deadlines.set('connect', longestConnecting, () => this.end('no-path'));
    void this.begin();
  }

  async begin() {
    try {
      const offer = await this.media('offer', [{}]);
      if (this.isOver) return;
      const { contents } = this.ways.offers(offeredIn(offer));
      this.isBegun = true;
      await this.request('session-initiate', contentsOf(offer, { by: 'initiator', contents }));
      this.ways.said(offer);
    } catch (error) {
      const isGone = error instanceof XmppError && gone.has(error.condition);
      // Nobody knows whether it has arrived: what comes next will tell, or nothing will.
      if (error instanceof XmppError && (error.condition === 'interrupted' || error.condition === 'offline')) return;
      if (isGone) this.app = null; // there is nobody who could be told
      this.end(isGone ? 'unavailable' : /** @type {Reason} */ (coded(error).code));
    }
  }

  /** @override @param {string} _from @param {Tree} jingle */
  opens(_from, jingle) {
    if (this.app === null || !this.isBegun || this.ways.theirs !== null) return false;
    void this.agreed(jingle);
    return true;
  }

  /** @param {Tree} jingle */
  async agreed(jingle) {
    try {
      const { sdp } = descriptionOf(jingle, 'responder', this.ways.offered);
      this.ways.theirs = jingle;
      const done = this.media('accept', [sdp]);
      this.ways.catchUp();
      await done;
    } catch (error) {
      this.failed(error);
    }
  }

  /**
   * All their devices stop ringing.
   * @override @param {Reason} reason
   */
  tellUnanswered(reason) {
    if (this.proposal !== null) this.say('retract', reason === 'no-answer' ? 'timeout' : 'cancel');
  }
}

/**
 * Why a proposal comes back, by conditions of RFC 6120, section 8.3.3.
 * @type {Record<string, Reason>}
 */
const undelivered = {
  blocked: 'blocked', 'remote-server-not-found': 'no-chat', 'service-unavailable': 'no-chat', 'item-not-found': 'no-chat', 'jid-malformed': 'not-an-address',
  'remote-server-timeout': 'far-server', 'internal-server-error': 'server', 'resource-constraint': 'server',
};

/** What is said of an app that has gone. */
const gone = new Set(['service-unavailable', 'recipient-unavailable', 'item-not-found', 'gone', 'remote-server-not-found', 'remote-server-timeout', 'timeout']);
