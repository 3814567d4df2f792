// SPDX-License-Identifier: AGPL-3.0-or-later
// What chat apps say of a call before and after it (XEP-0353): messages, so that all devices hear of it.

import { child, children, el } from '../xmpp/xml.js';
import { bare, resource } from './address.js';
import * as names from './names.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */

/**
 * `accept` is what apps of before 2022 tell their own devices. `hasMigrated`, `isTieBreak`: the call goes on under another id.
 * @typedef {{ is: 'propose' | 'ringing' | 'retract' | 'accept' | 'proceed' | 'reject' | 'finish', id: string, audio: boolean, video: boolean,
 *   reason: string | null, hasMigrated: boolean, isTieBreak: boolean }} Word
 * @typedef {{ word: Word, from: string, peer: string, mine: boolean }} HeardWord `from`: the full address of whoever said it; `peer`: the
 *   other side's, without resource; `mine`: another device of the member said it, or this one
 */

const kinds = /** @type {const} */ (['propose', 'ringing', 'retract', 'accept', 'proceed', 'reject', 'finish']);

/** Ids and reasons that are longer are none. */
const longestId = 128;

/**
 * @param {Tree} message
 * @returns {Word | null}
 */
export function wordIn(message) {
  const { type } = message.attrs;
  if (type === 'groupchat' || type === 'error' || type === 'headline') return null;
  const all = children(message).filter((one) => one.attrs.xmlns === names.jingleMessages);
  const is = kinds.find((kind) => kind === all[0]?.name);
  const id = all[0]?.attrs.id ?? '';
  if (!is || all.length !== 1 || id === '' || id.length > longestId) return null;
  const media = children(all[0], 'description').filter((one) => one.attrs.xmlns === names.jingleRtp).map((one) => one.attrs.media);
  const reason = child(all[0], 'reason', names.jingle);
  return {
    is, id, audio: media.includes('audio'), video: media.includes('video'),
    reason: reason ? children(reason).find((one) => one.name !== 'text')?.name.slice(0, longestId) ?? null : null,
    hasMigrated: child(all[0], 'migrated') !== null, isTieBreak: child(all[0], 'tie-break') !== null,
  };
}

/**
 * The word of a message, and whose it is. Rooms and their occupants call nobody.
 * @param {import('./incoming.js').Letter} letter
 * @param {import('./incoming.js').Context} context
 * @returns {HeardWord | null}
 */
export function heardWord({ message }, { me, state }) {
  const word = wordIn(message);
  if (!word || child(message, 'x', names.roomUser)) return null;
  const from = message.attrs.from ?? me;
  const mine = bare(from) === me;
  const peer = mine ? bare(message.attrs.to) : bare(from);
  const isRoom = Object.prototype.hasOwnProperty.call(state.conversations, peer) && state.conversations[peer].kind === 'room';
  return isRoom || !peer.includes('@') || peer === me || (!mine && resource(from) === '') ? null : { word, from, peer, mine };
}

/**
 * All are kept in both archives, so that each device knows how it ended.
 * @param {Word['is']} is
 * @param {string} to without resource, so that all devices hear of it
 * @param {string} call
 * @param {string} id of the message
 * @param {string} [reason] a condition of XEP-0166, section 7.4
 * @param {Tree[]} [more] what else the word says
 * @returns {Tree}
 */
export function callWord(is, to, call, id, reason, more = []) {
  return el('message', { to, type: 'chat', id },
    el(is, { xmlns: names.jingleMessages, id: call }, reason !== undefined && el('reason', { xmlns: names.jingle }, el(reason, null)), ...more),
    el('store', { xmlns: names.hints }));
}

/**
 * Asks for a call.
 * @param {string} to
 * @param {string} call
 * @param {string} id of the message
 * @param {boolean} video whether with pictures
 */
export function proposal(to, call, id, video) {
  const media = ['audio', ...(video ? ['video'] : [])];
  return callWord('propose', to, call, id, undefined, media.map((one) => el('description', { xmlns: names.jingleRtp, media: one })));
}

/**
 * One of two calls that both sides have proposed at once goes (XEP-0353, section 4.1).
 * @param {'retract' | 'reject'} is
 * @param {string} to
 * @param {string} call
 * @param {string} id of the message
 */
export function tieBreak(is, to, call, id) {
  return callWord(is, to, call, id, 'expired', [el('tie-break', null)]);
}

/**
 * Which of two such calls stays: the one with the lower id.
 * @param {{ id: string, by: string }} one
 * @param {{ id: string, by: string }} other
 */
export function goesBefore(one, other) {
  return one.id === other.id ? one.by < other.by : one.id < other.id;
}
