// SPDX-License-Identifier: AGPL-3.0-or-later
// Missed calls, as a line in the conversation with whoever called. By SIP our own server says so, nobody else may; by Jingle it is the
// caller, who takes back what they proposed (XEP-0353). Both lie in the archive, so every device of the member has them once.

import { child } from '../xmpp/xml.js';
import { bare, domain, isBareAddress, resource } from './address.js';
import { heardWord } from './jingle-words.js';
import * as names from './names.js';
import { checkedId } from './said.js';
import { own } from './own.js';

/** @typedef {import('./state.js').Arrival} Arrival */
/** @typedef {import('./incoming.js').Letter} Letter */
/** @typedef {import('./incoming.js').Context} Context */

/**
 * @param {Letter} one not the member's own
 * @param {Context} context
 * @returns {{ address: string, arrival: Arrival } | null} null if it tells of no missed call
 */
export function missedCall(one, context) {
  const found = bySip(one, context) ?? byJingle(one, context);
  if (!found || found.address === context.me || own(context.state.conversations, found.address)?.kind === 'room') return null;
  return { address: found.address, arrival: line(found, one) };
}

/**
 * @param {Letter} one
 * @param {Context} context
 */
function bySip({ message, at }, context) {
  const notice = child(message, 'missed-call', names.calls);
  if (!notice || message.attrs.from !== domain(context.me)) return null;
  const address = bare(notice.attrs.from);
  const id = checkedId(notice.attrs.id);
  if (id === null || resource(notice.attrs.from) || !isBareAddress(address)) return null;
  const began = Date.parse(notice.attrs.at ?? '');
  // The server is the author: nothing that the caller writes is taken for this line, or corrects it.
  return { address, id: `missed-${id}`, by: domain(context.me), at: began > 0 && began < at ? began : at };
}

/**
 * @param {Letter} one
 * @param {Context} context
 */
function byJingle(one, context) {
  const heard = heardWord(one, context);
  if (!heard || heard.mine || heard.word.is !== 'retract' || heard.word.isTieBreak || !isBareAddress(heard.peer)) return null;
  return { address: heard.peer, id: `retracted-${heard.word.id}`, by: `call:${heard.peer}`, at: one.at };
}

/**
 * @param {{ address: string, id: string, by: string, at: number }} found
 * @param {Letter} one
 * @returns {Arrival}
 */
function line({ address, id, by, at }, { archiveId, isLive }) {
  return {
    key: archiveId === null ? `l:${id}` : `a:${archiveId}`, id, archiveId, by, from: address, mine: false, at, text: '', state: null, kind: 'call',
    file: null, invitation: null, hasOriginId: true, wantsMark: false, isCut: false, replaces: null, isLive,
  };
}
