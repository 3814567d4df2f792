// SPDX-License-Identifier: AGPL-3.0-or-later
// Calls by Jingle, in the leading tab: who proposes one, which device of the member took it, whom the member calls, and what the other
// side's app asks. The server lets through only whoever may call; what comes is still strangers' word.

import { bare } from '../model/address.js';
import { newCall, ringing } from '../model/calls.js';
import { refusalOf } from '../model/incoming.js';
import { goesBefore, heardWord, tieBreak } from '../model/jingle-words.js';
import * as names from '../model/names.js';
import { own } from '../model/own.js';
import { CommandError } from '../session/tabs.js';
import { child, el } from '../xmpp/xml.js';
import { ComingLine } from './coming.js';
import { GoingLine } from './going.js';
import { JingleLine } from './line.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('../calls/calls.js').Calls} Calls */
/** @typedef {'ok' | 'out-of-order' | 'unsupported' | 'tie-break' | 'too-often'} Answer to an IQ of Jingle's */

/** A proposal that is older is over (ms): the caller's app has given up, or will find that nobody is there any more. */
const longestWay = 45_000;
/** Whoever calls more often than so many times within so long (ms) does not ring. */
const often = { times: 6, within: 60_000 };
const mostRinging = 4;

export class Jingle {
  /**
   * @param {{ calls: Calls, wire: Pick<import('../session/leader.js').Leader, 'context' | 'emit' | 'send' | 'ask' | 'nudge' | 'isOnline'>,
   *   account: () => import('../calls/phone.js').Account | null, chance?: () => string }} edges
   */
  constructor({ calls, wire, account, chance = () => crypto.randomUUID() }) {
    this.calls = calls;
    this.wire = wire;
    this.account = account;
    this.chance = chance;
    /** Times at which each has called. @type {Map<string, number[]>} */
    this.recent = new Map();
    calls.jingle = this;
  }

  // ---- whom the member calls ----

  /**
   * Whether a call can go that way now.
   * @param {string} peer
   * @returns {{ isDirect: boolean }} whether the callee's app learns an address of this browser
   * @throws {CommandError} why not
   */
  terms(peer) {
    const account = this.account();
    if (account === null) throw new CommandError('not-ready');
    if (!this.wire.isOnline) throw new CommandError('offline');
    const isDirect = this.isContact(peer);
    // Without a relay, whoever is no contact would learn where the member is.
    if (!isDirect && !account.turn) throw new CommandError('no-relay');
    return { isDirect };
  }

  /**
   * @param {string} id
   * @param {string} peer
   * @returns {GoingLine}
   */
  place(id, peer) {
    const sid = this.chance();
    const line = new GoingLine(id, { peer, sid, relayOnly: !this.isContact(peer) }, this.edges(id, sid));
    this.calls.lines.set(id, line);
    return line;
  }

  // ---- what is heard ----

  /**
   * A message that came live, or a copy of one.
   * @param {import('../model/incoming.js').Letter} letter
   */
  hear(letter) {
    if (letter.message.attrs.type === 'error') return this.bounced(letter.message);
    const heard = heardWord(letter, this.wire.context());
    if (!heard) return undefined;
    const { word, peer, mine } = heard;
    if (word.is === 'propose') {
      if (!mine) this.proposed(letter, heard);
      return undefined;
    }
    const line = this.lineOf(peer, word.id);
    if (!line) return undefined;
    if (!mine) return line.heard(word, heard.from);
    if (line.isAnswered || line.direction === 'out') return undefined; // our own word, come back
    if (word.is === 'proceed' || word.is === 'accept') line.end('answered-elsewhere', false);
    if (word.is === 'reject') line.end('declined-elsewhere', false);
    return undefined;
  }

  /** @param {Tree} message of the type `error` */
  bounced(message) {
    const { from, id } = message.attrs;
    for (const line of this.calls.lines.values()) {
      if (line instanceof GoingLine && line.peer === bare(from) && line.proposal === id) line.bounced(refusalOf(message));
    }
  }

  /**
   * @param {import('../model/incoming.js').Letter} letter
   * @param {import('../model/jingle-words.js').HeardWord} heard
   */
  proposed(letter, { word, from, peer }) {
    const { me, now, state } = this.wire.context();
    const account = this.account();
    const isContact = this.isContact(peer);
    if (!word.audio || now - letter.at > longestWay) return;
    if (this.lineOf(peer, word.id) || ringing(state) >= mostRinging || this.isTooOften(peer, now)) return;
    const ours = this.ownTo(peer);
    // As long as the microphone is asked for they do not know of ours: then theirs is the only one.
    if (ours && ours.proposal !== null && goesBefore({ id: ours.sid, by: me }, { id: word.id, by: peer })) {
      this.wire.send(tieBreak('reject', peer, word.id, this.chance()));
      return;
    }
    for (const call of state.calls) {
      if (call.kind === 'jingle' && call.address === peer && call.phase === 'ringing') this.calls.lines.get(call.id)?.end('missed', false);
    }
    const id = this.chance();
    // Without a relay, whoever is no contact would learn where the member is: then it is told here, and answered elsewhere.
    const canAnswer = account !== null && (isContact || Boolean(account.turn));
    const line = new ComingLine(id, { peer, sid: word.id, proposer: from, relayOnly: !isContact, canAnswer }, this.edges(id, word.id));
    this.calls.lines.set(id, line);
    this.wire.emit([{ type: 'called', call: newCall({
      id, address: peer, name: this.calls.knownName(peer), direction: 'in', kind: 'jingle', at: now, wantsVideo: word.video, isDirect: isContact,
      canAnswer,
    }) }]);
    void this.calls.name(id, peer);
    if (ours) {
      // Both want to talk with each other, and theirs goes before: it is answered where the member has called.
      const { tab, video } = ours;
      ours.giveWay();
      if (canAnswer && tab !== null) {
        this.calls.answer(id, { video: video && word.video, tab }).catch(() => undefined); // then it rings
        return;
      }
    }
    if (canAnswer) line.rings();
  }

  /**
   * An IQ of Jingle's.
   * @param {Tree} iq
   */
  take(iq) {
    const { from, id } = iq.attrs;
    const jingle = child(iq, 'jingle', names.jingle);
    const line = jingle ? this.lineOf(bare(from), jingle.attrs.sid) : null;
    const answer = line && jingle ? line.take(from, jingle) : 'unknown';
    this.wire.send(answer === 'ok' ? el('iq', { type: 'result', to: from, id }) : el('iq', { type: 'error', to: from, id }, refusals[answer]));
  }

  /** @param {string} peer */
  isContact(peer) {
    return own(this.wire.context().state.contacts, peer) !== undefined;
  }

  /**
   * A call of ours that nobody has answered yet.
   * @param {string} peer
   * @returns {GoingLine | null}
   */
  ownTo(peer) {
    for (const line of this.calls.lines.values()) if (line instanceof GoingLine && line.peer === peer && !line.isAnswered) return line;
    return null;
  }

  /**
   * @param {string} id of the call
   * @param {string} sid what both sides call it
   * @returns {import('./line.js').Edges}
   */
  edges(id, sid) {
    return {
      ask: (tab, verb, args) => this.calls.edges.media.ask(tab, id, verb, args),
      news: (news) => this.wire.emit([{ type: 'callNews', id, news, at: this.wire.context().now }]), over: () => this.calls.over(id, sid),
      send: (tree) => this.wire.send(tree), request: (tree) => this.wire.ask(tree), chance: this.chance, now: () => this.wire.context().now,
      probe: () => this.wire.nudge(),
    };
  }

  /**
   * @param {string} peer
   * @param {string | undefined} sid
   * @returns {JingleLine | null}
   */
  lineOf(peer, sid) {
    for (const line of this.calls.lines.values()) if (line instanceof JingleLine && line.peer === peer && line.sid === sid) return line;
    return null;
  }

  /**
   * @param {string} peer
   * @param {number} now
   */
  isTooOften(peer, now) {
    for (const [address, before] of this.recent) if (now - before[before.length - 1] > often.within) this.recent.delete(address);
    const times = (this.recent.get(peer) ?? []).filter((/** @type {number} */ at) => now - at <= often.within);
    if (times.length >= often.times) return true;
    this.recent.set(peer, [...times, now]);
    return false;
  }
}

/**
 * @param {string} type
 * @param {string} condition
 * @param {string} [more] of Jingle's
 */
const refusal = (type, condition, more) => el('error', { type }, el(condition, { xmlns: names.stanzaErrors }), more !== undefined && el(more, { xmlns: 'urn:xmpp:jingle:errors:1' }));

/** Of a call that is not known here we say what the server says of an app that is not there. */
const refusals = {
  unknown: refusal('cancel', 'service-unavailable'), 'out-of-order': refusal('wait', 'unexpected-request', 'out-of-order'),
  unsupported: refusal('cancel', 'feature-not-implemented'), 'tie-break': refusal('cancel', 'conflict', 'tie-break'),
  'too-often': refusal('wait', 'resource-constraint'),
};
