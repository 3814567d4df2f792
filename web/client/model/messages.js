// SPDX-License-Identifier: AGPL-3.0-or-later
// The messages of one conversation: where a new one goes, which one is there already, what a correction does.
// Nothing here changes what it was given; every function answers with the same object if nothing changes.

import { corrected, correctionsFor, remembered } from './corrections.js';
import { readBefore, withMarks } from './marks.js';

/** @typedef {import('./state.js').Conversation} Conversation */
/** @typedef {import('./state.js').Message} Message */
/** @typedef {import('./state.js').Arrival} Arrival */

/**
 * Where a batch lies: before or after everything that is here from that archive. What was written here and is in no archive yet
 * goes by its time.
 * @typedef {'before' | 'after'} Place
 */

/** How far from the end a message that came live is compared with what is here. */
const nearEnd = 200;

/**
 * Puts a batch into a conversation: what is known is recognised, corrections are applied, the rest takes its place by the
 * archive's order and, where that says nothing, by time.
 * @param {Conversation} conversation
 * @param {Arrival[]} batch in the archive's order
 * @param {Place} place
 * @returns {Conversation}
 */
export function received(conversation, batch, place) {
  let next = conversation;
  let messages = conversation.messages.slice();
  const known = batch.length > 3 ? index(messages) : null;
  const familiar = known ? batch.flatMap((one, nth) => (one.replaces === null && candidates(known, one).length ? [nth] : [])) : [];
  const ceiling = place === 'before' ? messages.findIndex((one) => one.archiveId !== null) : -1;
  let added = 0;
  let changed = false;
  let floor = place === 'before' ? 0 : lastArchived(messages) + 1;
  for (const [nth, arrival] of batch.entries()) {
    if (arrival.replaces !== null) {
      next = { ...next, messages };
      const after = corrected(next, arrival);
      if (after && after !== next) {
        messages = after.messages.slice();
        changed = true;
      }
      next = after ?? remembered(next, arrival);
      continue;
    }
    const at = find(messages, known, arrival);
    if (at >= 0) {
      const merged = withBetter(messages[at], arrival);
      if (merged !== messages[at]) changed = true;
      messages[at] = merged;
      if (known) note(known, merged);
      floor = Math.max(floor, at + 1);
      continue;
    }
    if (arrival.isLive) floor = messages.length;
    const limit = ceiling >= 0 ? ceiling + added : indexOfNext(messages, known, batch, familiar, nth, floor);
    const where = placeFor(messages, arrival.at, floor, limit);
    const before = messages[messages.length - 1];
    const heard = arrival.isLive && before ? Math.max(arrival.at, before.at) : arrival.at;
    const message = withMarks(next, { ...asMessage(arrival), at: heard, key: freeKey(messages, arrival.key) });
    messages.splice(where, 0, message);
    if (known) note(known, message);
    added += 1;
    floor = where + 1;
    changed = true;
  }
  if (!changed) return next === conversation ? conversation : { ...next, messages: conversation.messages };
  next = { ...next, messages };
  for (const arrival of batch) next = correctionsFor(next, arrival);
  return readBefore(next);
}

/**
 * One message that is being written here, at the end.
 * @param {Conversation} conversation
 * @param {Arrival} arrival
 * @returns {Conversation}
 */
export function written(conversation, arrival) {
  if (conversation.messages.some((one) => one.mine && one.id === arrival.id)) return conversation;
  const last = conversation.messages[conversation.messages.length - 1];
  const message = asMessage(arrival);
  const at = last ? Math.max(message.at, last.at) : message.at;
  return { ...conversation, messages: [...conversation.messages, { ...message, at }] };
}

/**
 * @param {Conversation} conversation
 * @param {number} at index
 * @param {Partial<Message>} patch
 * @returns {Conversation}
 */
export function patched(conversation, at, patch) {
  const messages = conversation.messages.slice();
  messages[at] = { ...messages[at], ...patch };
  return { ...conversation, messages };
}

/**
 * The index of the member's own message of this id, or -1. Newest first: ids of others may be anything, ours are not repeated.
 * @param {Conversation} conversation
 * @param {string} id
 */
export function indexOfOwn(conversation, id) {
  const { messages } = conversation;
  for (let at = messages.length - 1; at >= 0; at -= 1) if (messages[at].mine && messages[at].id === id) return at;
  return -1;
}

// ---- which one it is ----

/**
 * Keys of messages by archive id, by id for our own, by sender and id for others'.
 * @typedef {{ archived: Map<string, string>, own: Map<string, string>, sent: Map<string, string> }} Known
 */

/**
 * @param {Message[]} messages
 * @returns {Known}
 */
function index(messages) {
  /** @type {Known} */
  const known = { archived: new Map(), own: new Map(), sent: new Map() };
  for (const message of messages) note(known, message);
  return known;
}

/**
 * @param {Known} known
 * @param {Message} message
 */
function note(known, message) {
  if (message.archiveId !== null) known.archived.set(message.archiveId, message.key);
  if (message.id === null) return;
  if (message.mine) known.own.set(message.id, message.key);
  else known.sent.set(`${message.by}\n${message.id}`, message.key);
}

/**
 * Keys of what may be the same message.
 * @param {Known} known
 * @param {Arrival} arrival
 */
function candidates(known, arrival) {
  const archived = arrival.archiveId === null ? undefined : known.archived.get(arrival.archiveId);
  const sender = arrival.mine ? known.own : known.sent;
  const sent = arrival.id === null ? undefined : sender.get(arrival.mine ? arrival.id : `${arrival.by}\n${arrival.id}`);
  return [archived, sent].filter((key) => key !== undefined);
}

/**
 * @param {Message[]} messages
 * @param {Known | null} known
 * @param {Arrival} arrival
 */
function find(messages, known, arrival) {
  if (known) {
    const keys = candidates(known, arrival);
    if (keys.length === 0) return -1;
    for (let at = messages.length - 1; at >= 0; at -= 1) {
      const { key } = messages[at];
      if (keys.includes(key) && isSame(messages[at], arrival)) return at;
    }
    return -1;
  }
  const least = arrival.archiveId === null || arrival.isLive ? Math.max(0, messages.length - nearEnd) : 0;
  for (let at = messages.length - 1; at >= least; at -= 1) if (isSame(messages[at], arrival)) return at;
  return -1;
}

/**
 * The archive's id decides. Our own ids are never used twice, so one of our own is the same however often it is in an archive.
 * Of others' only what says that it is the same: same sender, same origin id (XEP-0359), same words.
 * @param {Message} message
 * @param {Arrival} arrival
 */
function isSame(message, arrival) {
  if (message.archiveId !== null && message.archiveId === arrival.archiveId) return true;
  if (message.id === null || message.id !== arrival.id || message.mine !== arrival.mine) return false;
  if (message.mine) return true;
  if (message.by !== arrival.by) return false;
  const isCopy = message.archiveId === null || arrival.archiveId === null || (arrival.hasOriginId && message.hasOriginId);
  return isCopy && (message.edited || message.text === arrival.text);
}

/**
 * What a second sight of a message adds to the first.
 * @param {Message} message
 * @param {Arrival} arrival
 * @returns {Message}
 */
function withBetter(message, arrival) {
  const archiveId = message.archiveId ?? arrival.archiveId;
  const state = message.state === 'waiting' && arrival.archiveId !== null ? 'sent' : message.state;
  return archiveId === message.archiveId && state === message.state ? message : { ...message, archiveId, state };
}

/**
 * @param {Arrival} arrival
 * @returns {Message}
 */
function asMessage(arrival) {
  const { replaces: _replaces, isLive: _live, ...message } = arrival;
  return { ...message, edited: false, editedAt: 0, editArchiveId: null, error: null };
}

/**
 * What has no archive id is called by its sender's id, which two messages may have.
 * @param {Message[]} messages
 * @param {string} key
 */
function freeKey(messages, key) {
  let free = key;
  if (key.startsWith('l:')) while (messages.some((one) => one.key === free)) free += '+';
  return free;
}

// ---- where it goes ----

/** @param {Message[]} messages */
function lastArchived(messages) {
  let at = messages.length - 1;
  while (at >= 0 && messages[at].archiveId === null) at -= 1;
  return at;
}

/**
 * The index that the message must come before, because the archive has something known after it.
 * @param {Message[]} messages
 * @param {Known | null} known
 * @param {Arrival[]} batch
 * @param {number[]} familiar what of the batch was known before it, by its place there
 * @param {number} nth
 * @param {number} floor
 */
function indexOfNext(messages, known, batch, familiar, nth, floor) {
  while (familiar.length > 0 && familiar[0] <= nth) familiar.shift();
  for (const later of familiar) {
    const at = find(messages, known, batch[later]);
    if (at >= floor) return at;
  }
  return messages.length;
}

/**
 * @param {Message[]} messages
 * @param {number} at ms
 * @param {number} floor
 * @param {number} limit
 */
function placeFor(messages, at, floor, limit) {
  let where = Math.max(floor, limit);
  while (where > floor && messages[where - 1].at > at) where -= 1;
  return where;
}
