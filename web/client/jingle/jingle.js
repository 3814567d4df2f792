// SPDX-License-Identifier: AGPL-3.0-or-later
// Calls that come by Jingle, in the leading tab: who proposes one, which device of the member took it, and what the caller's app asks.
// The server lets through only whoever may call; what comes is still strangers' word.

import { bare } from '../model/address.js';
import { newCall, ringing } from '../model/calls.js';
import { heardWord } from '../model/jingle-words.js';
import * as names from '../model/names.js';
import { own } from '../model/state.js';
import { child, el } from '../xmpp/xml.js';
import { JingleLine } from './line.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('../calls/calls.js').Calls} Calls */

/** A proposal that is older is over (ms): the caller's app has given up, or will find that nobody is there any more. */
const longestWay = 45_000;
/** Whoever calls more often than so many times within so long (ms) does not ring. */
const often = { times: 6, within: 60_000 };
const mostRinging = 4;

export class Jingle {
  /**
   * @param {{ calls: Calls, wire: Pick<import('../session/leader.js').Leader, 'context' | 'emit' | 'send' | 'ask' | 'isOnline'>,
   *   account: () => import('../calls/phone.js').Account | null, chance?: () => string }} edges
   */
  constructor({ calls, wire, account, chance = () => crypto.randomUUID() }) {
    this.calls = calls;
    this.wire = wire;
    this.account = account;
    this.chance = chance;
    /** Times at which each has called. @type {Map<string, number[]>} */
    this.recent = new Map();
  }

  /**
   * A message that came live, or a copy of one.
   * @param {import('../model/incoming.js').Letter} letter
   */
  hear(letter) {
    const heard = heardWord(letter, this.wire.context());
    if (!heard) return;
    const { word, peer, mine } = heard;
    if (word.is === 'propose') {
      if (!mine) this.proposed(letter, heard);
      return;
    }
    const line = this.lineOf(peer, word.id);
    if (!line) return;
    if (mine) {
      if (line.isAnswered) return; // our own word, come back
      if (word.is === 'proceed' || word.is === 'accept') line.end('answered-elsewhere', false);
      if (word.is === 'reject') line.end('declined-elsewhere', false);
    } else if (word.is === 'retract') {
      line.end(line.isAnswered ? 'they-hung-up' : 'missed', false);
    } else if (word.is === 'finish') {
      line.end('they-hung-up', line.isAnswered);
    }
  }

  /**
   * @param {import('../model/incoming.js').Letter} letter
   * @param {import('../model/jingle-words.js').HeardWord} heard
   */
  proposed(letter, { word, peer }) {
    const { now, state } = this.wire.context();
    const account = this.account();
    const isContact = own(state.contacts, peer) !== undefined;
    if (!word.audio || now - letter.at > longestWay) return;
    if (this.lineOf(peer, word.id) || ringing(state) >= mostRinging || this.isTooOften(peer, now)) return;
    for (const call of state.calls) {
      if (call.kind === 'jingle' && call.address === peer && call.phase === 'ringing') this.calls.lines.get(call.id)?.end('missed', false);
    }
    const id = this.chance();
    // Without a relay, whoever is no contact would learn where the member is: then it is told here, and answered elsewhere.
    const canAnswer = account !== null && (isContact || Boolean(account.turn));
    const line = new JingleLine(id, { peer, sid: word.id, relayOnly: !isContact, canAnswer }, {
      ask: (tab, verb, args) => this.calls.edges.media.ask(tab, id, verb, args),
      news: (news) => this.wire.emit([{ type: 'callNews', id, news, at: this.wire.context().now }]), over: () => void this.calls.lines.delete(id),
      send: (tree) => this.wire.send(tree), request: (tree) => this.wire.ask(tree), chance: this.chance,
    });
    this.calls.lines.set(id, line);
    this.wire.emit([{ type: 'called', call: newCall({
      id, address: peer, name: this.calls.knownName(peer), direction: 'in', kind: 'jingle', at: now, wantsVideo: word.video, isDirect: isContact,
      canAnswer,
    }) }]);
    if (canAnswer) line.say('ringing');
    void this.calls.name(id, peer);
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
  unsupported: refusal('cancel', 'feature-not-implemented'),
};
