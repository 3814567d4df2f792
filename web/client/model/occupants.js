// SPDX-License-Identifier: AGPL-3.0-or-later
// Presence in rooms (XEP-0045) to events: who is there, under which name, with which right; that we are in, or out, and why.

import { child, children } from '../xmpp/xml.js';
import { bare, resource } from './address.js';
import * as names from './names.js';
import { checkedId } from './said.js';
import { own } from './own.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('./state.js').State} State */
/** @typedef {import('./state.js').Event} Event */
/** @typedef {import('./state.js').Member} Member */

/**
 * `entered`: we are in. `out`: we are not any more, or never came in; `why` is a condition of XEP-0045 or RFC 6120.
 * @typedef {{ events: Event[], entered: string | null, out: { room: string, why: string } | null }} RoomNews
 */

/** @type {RoomNews} */
const ignored = Object.freeze({ events: [], entered: null, out: null });

/**
 * @param {Tree} presence
 * @param {State} state
 * @returns {RoomNews}
 */
export function roomPresence(presence, state) {
  const room = bare(presence.attrs.from);
  const nick = resource(presence.attrs.from);
  const conversation = own(state.conversations, room);
  if (!conversation || conversation.kind !== 'room') return ignored;
  if (conversation.joined !== 'joining' && conversation.joined !== 'yes') return ignored; // nobody is in a room that they did not enter
  if (presence.attrs.type === 'error') return notIn(presence, room, conversation.joined === 'joining');
  const user = child(presence, 'x', names.roomUser);
  const item = child(user, 'item', names.roomUser);
  if (!user || !nick) return ignored;
  const codes = new Set(children(user, 'status', names.roomUser).map((one) => one.attrs.code ?? ''));
  const isMe = codes.has('110');
  const by = checkedId(child(presence, 'occupant-id', names.occupants)?.attrs.id);
  const isHere = presence.attrs.type !== 'unavailable';
  /** @type {Member} */
  const member = { nick, address: item?.attrs.jid ? bare(item.attrs.jid) : null, role: roleOf(item), isMe, by: by ?? nick };
  if (!isHere && codes.has('303')) {
    const next = item?.attrs.nick ?? nick;
    /** @type {Event[]} */
    const events = [{ type: 'member', address: room, member: { ...member, nick: next }, isHere: true, was: nick }];
    if (isMe) events.push({ type: 'conversation', address: room, patch: { nick: next } });
    return { ...ignored, events };
  }
  if (!isHere && isMe) return out(room, reasonOf(codes, child(user, 'destroy', names.roomUser) !== null));
  /** @type {Event[]} */
  const events = [{ type: 'member', address: room, member, isHere }];
  if (!isMe) return { ...ignored, events };
  if (conversation.joined !== 'yes' || conversation.self !== by || conversation.nick !== nick) {
    events.push({ type: 'conversation', address: room, patch: { joined: 'yes', nick, self: by } });
  }
  return { ...ignored, events, entered: conversation.joined !== 'yes' ? room : null };
}

/**
 * @param {Tree} presence
 * @param {string} room
 * @param {boolean} isJoining
 */
function notIn(presence, room, isJoining) {
  if (!isJoining) return ignored;
  const conditions = children(child(presence, 'error')).filter((one) => one.attrs.xmlns === names.stanzaErrors && one.name !== 'text');
  return out(room, conditions[0]?.name ?? 'undefined-condition');
}

/**
 * @param {string} room
 * @param {string} why
 * @returns {RoomNews}
 */
function out(room, why) {
  const isForGood = why !== 'left' && why !== 'shutdown' && why !== 'conflict';
  /** @type {Event[]} */
  const events = [{ type: 'conversation', address: room, patch: { joined: isForGood ? 'refused' : 'no', whyOut: why, members: [], typing: [] } }];
  return { events, entered: null, out: { room, why } };
}

/** @param {Tree | null} item @returns {Member['role']} */
function roleOf(item) {
  const { affiliation = 'none', role = 'none' } = item?.attrs ?? {};
  if (affiliation === 'owner' || affiliation === 'admin') return affiliation;
  return role === 'visitor' ? 'visitor' : 'member';
}

/** @param {Set<string>} codes @param {boolean} isDestroyed */
function reasonOf(codes, isDestroyed) {
  if (isDestroyed) return 'gone';
  if (codes.has('301')) return 'banned';
  if (codes.has('332')) return 'shutdown';
  return codes.has('307') || codes.has('321') || codes.has('322') ? 'removed' : 'left';
}
