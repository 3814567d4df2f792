// SPDX-License-Identifier: AGPL-3.0-or-later
// Stanzas to events. Who says something is asked first, and only whoever may say it is believed: copies and archive only from the
// member's own account, what happens in a room only from that room, marks only from whom the message was for.

import { child } from '../xmpp/xml.js';
import { bare, domain, resource } from './address.js';
import { missedCall } from './missed.js';
import * as names from './names.js';
import { own } from './own.js';
import { checkedId, childrenIn, said, textOf } from './said.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('./state.js').State} State */
/** @typedef {import('./state.js').Event} Event */
/** @typedef {import('./state.js').Arrival} Arrival */
/** @typedef {import('./state.js').Conversation} Conversation */

/**
 * What has to be done besides showing it: answer that it arrived, tell the member, ask for what changed elsewhere.
 * @typedef {{ do: 'receipt', to: string, id: string } | { do: 'tell', address: string, key: string }
 *   | { do: 'position', room: string | null, archiveId: string } | { do: 'typing', address: string, who: string }
 *   | { do: 'name', room: string } } Errand
 * @typedef {{ me: string, now: number, state: State }} Context `me`: the member's bare address; `now`: ms, by the server's clock
 * @typedef {{ events: Event[], errands: Errand[] }} Outcome
 * @typedef {{ message: Tree, at: number, archiveId: string | null, isLive: boolean, isCopy: boolean }} Letter
 */

/** @type {Outcome} */
export const ignored = Object.freeze({ events: [], errands: [] });

/**
 * A message as it comes over the stream.
 * @param {Tree} message
 * @param {Context} context
 * @returns {Outcome}
 */
export function incoming(message, context) {
  const one = opened(message, context);
  return one ? letter(one, context) : ignored;
}

/**
 * What comes over the stream, out of the wrapping of a copy; null if it is nobody's word.
 * @param {Tree} message
 * @param {Context} context
 * @returns {Letter | null}
 */
export function opened(message, context) {
  const from = bare(message.attrs.from) || context.me;
  if (message.attrs.type === 'headline') return null;
  const copy = child(message, 'sent', names.carbons) ?? child(message, 'received', names.carbons);
  if (copy) {
    if (from !== context.me || resource(message.attrs.from)) return null;
    const inner = forwarded(copy);
    if (!inner || inner.message.attrs.type === 'groupchat') return null;
    const side = bare(copy.name === 'sent' ? inner.message.attrs.from : inner.message.attrs.to);
    if (side !== context.me) return null;
    return { message: inner.message, at: liveTime(inner.message, context), isLive: true, isCopy: true, archiveId: idIn(inner.message, context.me) };
  }
  if (child(message, 'result', names.archive)) return null; // whoever asked takes it (`archived`)
  const by = message.attrs.type === 'groupchat' ? from : context.me;
  return { message, at: liveTime(message, context), isLive: true, isCopy: false, archiveId: idIn(message, by) };
}

/**
 * One result of a question to an archive: the member's own, or a room's.
 * @param {Tree} result `<result>` of XEP-0313, from whom it was asked
 * @param {Context} context
 * @returns {Letter | null}
 */
export function archived(result, context) {
  const inner = forwarded(result);
  const archiveId = checkedId(result.attrs.id);
  if (!inner || archiveId === null) return null;
  const at = inner.stamp ?? context.now;
  return { message: inner.message, at: Math.min(at, context.now + 60_000), archiveId, isLive: false, isCopy: true };
}

/**
 * @param {Letter} one
 * @param {Context} context
 * @returns {Outcome}
 */
export function letter(one, context) {
  const { message } = one;
  const { type } = message.attrs;
  if (type === 'groupchat') return one.isCopy && one.isLive ? ignored : inRoom(one, bare(message.attrs.from), context);
  if (type === 'headline') return ignored;
  const from = bare(message.attrs.from) || context.me;
  const mine = from === context.me && !(one.isLive && !one.isCopy && bare(message.attrs.to) !== context.me);
  if (from === context.me && !mine) return ignored;
  /** @type {Outcome} */
  const outcome = { events: [], errands: [] };
  if (one.archiveId !== null) outcome.errands.push({ do: 'position', room: null, archiveId: one.archiveId });
  const address = otherSide(message, mine, context);
  if (type === 'error') {
    if (!mine) refused(message, address, outcome);
    return outcome;
  }
  marks(one, mine, address, outcome);
  const missed = mine ? null : missedCall(one, context);
  if (missed) {
    outcome.events.push({ type: 'messages', address: missed.address, kind: 'chat', list: [missed.arrival], place: 'after' });
    if (one.isLive) outcome.errands.push({ do: 'tell', address: missed.address, key: missed.arrival.key });
    return outcome;
  }
  const words = said(message);
  if (!words || (mine && words.byRoom)) return outcome;
  const invitation = words.invitation;
  const where = invitation && words.byRoom ? inviterOf(invitation, context) : address;
  const id = idOf(message);
  const isNotice = !mine && where === domain(context.me);
  const by = mine ? 'me' : where;
  const kind = own(context.state.conversations, where)?.kind ?? (words.byRoom && where === invitation?.room ? 'room' : 'chat');
  const key = keyOf(one.archiveId, id, message, context);
  const archiveId = kind === 'room' ? null : one.archiveId; // a room's conversation goes by the ids of the room's archive
  /** @type {Arrival} */
  const arrival = {
    key, id: id ?? (archiveId === one.archiveId ? null : key), archiveId, by, from: mine ? context.me : where, mine, at: one.at,
    text: words.text, state: mine ? 'sent' : null, kind: isNotice && words.kind === 'text' ? 'notice' : words.kind, file: words.file,
    invitation, hasOriginId: child(message, 'origin-id', names.ids) !== null, wantsMark: child(message, 'markable', names.markers) !== null,
    isCut: words.isCut, replaces: words.replaces, isLive: one.isLive,
  };
  outcome.events.push({ type: 'messages', address: where, kind, list: [arrival], place: 'after' });
  // Of our own server only: a question tells the room's server that the member is here now, and with which app.
  if (kind === 'room' && invitation && domain(where) === context.state.rooms) outcome.errands.push({ do: 'name', room: where });
  if (mine || !one.isLive) return outcome;
  if (arrival.replaces === null) outcome.errands.push({ do: 'tell', address: where, key: arrival.key });
  const asks = child(message, 'request', names.receipts);
  if (asks && !one.isCopy && id !== null && where === from) outcome.errands.push({ do: 'receipt', to: from, id });
  return outcome;
}

/**
 * @param {Letter} one
 * @param {string} room
 * @param {Context} context
 * @returns {Outcome}
 */
function inRoom(one, room, context) {
  const conversation = own(context.state.conversations, room);
  if (!conversation || conversation.kind !== 'room' || (one.isLive && conversation.joined !== 'yes')) return ignored;
  const { message } = one;
  const nick = resource(message.attrs.from);
  /** @type {Outcome} */
  const outcome = { events: [], errands: [] };
  if (one.archiveId !== null) outcome.errands.push({ do: 'position', room, archiveId: one.archiveId });
  const subject = textOf(message, 'subject', names.client);
  const words = said(message);
  if (subject !== null && !words && one.isLive) outcome.events.push({ type: 'conversation', address: room, patch: { subject: subject.slice(0, 1000) } });
  const by = occupantOf(message, conversation) ?? nick;
  const mine = conversation.self !== null ? by === conversation.self : nick !== '' && nick === conversation.nick;
  if (one.isLive && nick && !mine) typing(one, room, nick, outcome);
  if (!words) return outcome;
  const id = idOf(message);
  /** @type {Arrival} */
  const arrival = {
    key: keyOf(one.archiveId, id, message, context), id, archiveId: one.archiveId, by: mine ? 'me' : by, from: nick, mine, at: one.at,
    text: words.text, state: mine ? 'sent' : null, kind: nick ? words.kind : 'notice', file: words.file, invitation: words.invitation,
    hasOriginId: child(message, 'origin-id', names.ids) !== null, wantsMark: false, isCut: words.isCut, replaces: words.replaces,
    isLive: one.isLive,
  };
  outcome.events.push({ type: 'messages', address: room, kind: 'room', list: [arrival], place: 'after' });
  if (one.isLive && !mine && arrival.replaces === null) outcome.errands.push({ do: 'tell', address: room, key: arrival.key });
  return outcome;
}

// ---- pieces ----

/**
 * Receipts, read marks and typing.
 * @param {Letter} one
 * @param {boolean} mine
 * @param {string} address
 * @param {Outcome} outcome
 */
function marks(one, mine, address, outcome) {
  for (const tag of [...childrenIn(one.message, names.receipts), ...childrenIn(one.message, names.markers)]) {
    const id = checkedId(tag.attrs.id);
    if (id === null) continue;
    const isSeen = tag.name === 'displayed' || tag.name === 'acknowledged';
    if (mine && isSeen) outcome.events.push({ type: 'readById', address, id });
    if (!mine && (isSeen || tag.name === 'received')) outcome.events.push({ type: 'mark', address, id, mark: isSeen ? 'read' : 'delivered' });
  }
  if (one.isLive && !mine && !resource(address)) typing(one, address, address, outcome);
}

/**
 * @param {Letter} one
 * @param {string} address
 * @param {string} who
 * @param {Outcome} outcome
 */
function typing(one, address, who, outcome) {
  const state = childrenIn(one.message, names.states)[0];
  const hasWords = child(one.message, 'body', names.client) !== null;
  if (!state && !hasWords) return;
  const on = state?.name === 'composing' && !hasWords;
  outcome.events.push({ type: 'typing', address, who, on });
  if (on) outcome.errands.push({ do: 'typing', address, who });
}

/**
 * A message of ours that could not be delivered.
 * @param {Tree} message
 * @param {string} address
 * @param {Outcome} outcome
 */
function refused(message, address, outcome) {
  const id = checkedId(message.attrs.id);
  if (id !== null && child(message, 'error', names.client)) outcome.events.push({ type: 'failed', address, id, error: refusalOf(message) });
}

/**
 * Why a message of ours did not arrive, as a server says it.
 * @param {Tree} message of the type `error`
 * @returns {string} a condition of RFC 6120, section 8.3.3, or `blocked`
 */
export function refusalOf(message) {
  const error = child(message, 'error', names.client);
  if (!error) return 'undefined-condition';
  // Whom the member has blocked is told from all else that is not acceptable (XEP-0191, section 3.5).
  if (child(error, 'blocked', names.blockingErrors)) return 'blocked';
  return childrenIn(error, names.stanzaErrors).find((one) => one.name !== 'text')?.name ?? 'undefined-condition';
}

/**
 * Whose conversation it is. What somebody in a room writes to the member alone is a conversation with that occupant.
 * @param {Tree} message
 * @param {boolean} mine
 * @param {Context} context
 */
function otherSide(message, mine, context) {
  const full = mine ? message.attrs.to : message.attrs.from;
  const address = bare(full) || context.me;
  const isOccupant = own(context.state.conversations, address)?.kind === 'room' || child(message, 'x', names.roomUser) !== null;
  const nick = resource(full);
  return isOccupant && nick && message.attrs.type !== 'error' ? `${address}/${nick}` : address;
}

/**
 * Whose conversation an invitation by a room belongs into. The room's word on who invites counts if it is a room of the member's own
 * server or of the inviter's; else, and where it tells no address, the invitation is the room's.
 * @param {{ room: string, from: string }} invitation
 * @param {Context} context
 */
function inviterOf(invitation, context) {
  const host = domain(invitation.room);
  const theirs = domain(invitation.from);
  const isOurs = host === context.state.rooms || host.endsWith(`.${domain(context.me)}`);
  return invitation.from.includes('@') && (isOurs || host === theirs || host.endsWith(`.${theirs}`)) ? invitation.from : invitation.room;
}

/**
 * @param {Tree} message
 * @param {Conversation} conversation
 */
function occupantOf(message, conversation) {
  if (conversation.self === null) return null; // the room does not give ids, so one in here is somebody's invention
  return checkedId(child(message, 'occupant-id', names.occupants)?.attrs.id);
}

/** @param {Tree} wrapper */
function forwarded(wrapper) {
  const inner = child(wrapper, 'forwarded', names.forward);
  const message = inner ? child(inner, 'message', names.client) : null;
  const stamp = inner ? stampOf(child(inner, 'delay', names.delay)) : null;
  return message ? { message, stamp } : null;
}

/**
 * The time of a live message is now; one that waited at the server says since when. (Whoever makes that up gains nothing: a live
 * message never goes before what is here.)
 * @param {Tree} message
 * @param {Context} context
 */
function liveTime(message, context) {
  const stamp = stampOf(child(message, 'delay', names.delay));
  return stamp === null ? context.now : Math.min(stamp, context.now);
}

/** @param {Tree | null} delay */
function stampOf(delay) {
  const at = delay ? Date.parse(delay.attrs.stamp ?? '') : NaN;
  return Number.isFinite(at) && at > 0 ? at : null;
}

/**
 * The archive's id, if it is that archive's own word (XEP-0359).
 * @param {Tree} message
 * @param {string} by
 */
function idIn(message, by) {
  const found = childrenIn(message, names.ids).find((one) => one.name === 'stanza-id' && bare(one.attrs.by) === by);
  return found ? checkedId(found.attrs.id) : null;
}

/** @param {Tree} message */
function idOf(message) {
  return checkedId(message.attrs.id) ?? checkedId(child(message, 'origin-id', names.ids)?.attrs.id);
}

/**
 * @param {string | null} archiveId
 * @param {string | null} id
 * @param {Tree} message
 * @param {Context} context
 */
function keyOf(archiveId, id, message, context) {
  return archiveId !== null ? `a:${archiveId}` : `l:${id ?? ''}:${resource(message.attrs.from)}:${context.now}`;
}
