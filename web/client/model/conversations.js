// SPDX-License-Identifier: AGPL-3.0-or-later
// Which conversations there are: one that opens, changes or goes, with its place in the order and its part in what is unread.

import { placed } from './order.js';
import { own } from './own.js';
import { recounted } from './unread.js';

/** @typedef {import('./state.js').State} State */
/** @typedef {import('./state.js').Conversation} Conversation */

/** So many conversations are here at most. */
const mostConversations = 1000;

/**
 * Records of conversations that were made for the events that are being applied: nobody else has seen them, so they are written into.
 * Each copy of the record costs as much as there are conversations.
 * @type {WeakSet<object>}
 */
let ours = new WeakSet();

/**
 * For all the changes that are made meanwhile.
 * @template T
 * @param {() => T} change
 * @returns {T}
 */
export function atOnce(change) {
  ours = new WeakSet();
  const after = change();
  ours = new WeakSet();
  return after;
}

/**
 * @param {State['conversations']} conversations
 * @param {Conversation} one
 * @returns {State['conversations']}
 */
export function withOne(conversations, one) {
  const written = ours.has(conversations) ? conversations : { ...conversations };
  ours.add(written);
  Object.defineProperty(written, one.address, { value: one, enumerable: true, configurable: true, writable: true }); // `__proto__`, too
  return written;
}

/**
 * @param {State} state
 * @param {string} address
 * @param {(one: Conversation) => Conversation} change
 * @returns {State}
 */
export function changed(state, address, change) {
  const old = own(state.conversations, address);
  if (!old) return state;
  const next = recounted(change(old));
  if (next === old && state.order.includes(address)) return state;
  const conversations = withOne(state.conversations, next);
  const unread = state.unread - old.unread + next.unread;
  return thinned({ ...state, conversations, unread, order: placed(state.order, conversations, address) }, address);
}

/**
 * Each event costs as much as there are conversations: of too many, the one goes that has rested longest. The archive has it.
 * @param {State} state
 * @param {string} address the one that is not to go
 */
function thinned(state, address) {
  if (state.order.length <= mostConversations) return state;
  const rested = state.order.slice(-20).reverse().find((other) => other !== address && isSpare(state.conversations[other]));
  return rested === undefined ? state : without(state, rested);
}

/** @param {Conversation} one */
function isSpare(one) {
  return one.kind === 'chat' && !one.messages.some(({ state }) => state === 'waiting' || state === 'failed');
}

/**
 * @param {State} state
 * @param {string} address
 * @param {'chat' | 'room'} kind
 * @returns {State}
 */
export function opened(state, address, kind) {
  if (own(state.conversations, address)) return state;
  const contact = own(state.contacts, address);
  const fresh = conversation(address, kind, contact ? contact.name : '', contact !== undefined);
  return { ...state, conversations: withOne(state.conversations, fresh) };
}

/**
 * A conversation in which nothing has happened.
 * @param {string} address
 * @param {'chat' | 'room'} kind
 * @param {string} name
 * @param {boolean} isContact
 * @returns {Conversation}
 */
function conversation(address, kind, name, isContact) {
  return {
    address, kind, name: name || nameFrom(address), messages: [], unread: 0, readUpTo: null, readLater: null, typing: [],
    older: 'more', verified: null, isContact, subject: '', members: [], joined: 'no', whyOut: '', nick: '', self: null, since: 0, position: null,
    marks: [], corrections: [],
  };
}

/**
 * @param {State} state
 * @param {string} address
 * @returns {State}
 */
export function without(state, address) {
  const old = own(state.conversations, address);
  if (!old) return state;
  const conversations = ours.has(state.conversations) ? state.conversations : { ...state.conversations };
  ours.add(conversations);
  delete conversations[address];
  return { ...state, conversations, unread: state.unread - old.unread, order: placed(state.order, conversations, address) };
}

/**
 * Without all that the archive can tell anew: for when so much was missed that the gap cannot be closed. What is being sent, or was refused, stays.
 * @param {State} state
 * @returns {State}
 */
export function emptied(state) {
  /** @type {State} */
  let next = { ...state, conversations: {}, order: [], unread: 0, position: null, oldest: null, isListed: false, hasOlder: true };
  for (const address of state.order) {
    const old = state.conversations[address];
    const messages = old.messages.filter((one) => one.mine && (one.state === 'failed' || (one.archiveId === null && one.state !== 'sent')))
      .map((one) => (one.archiveId === null ? one : { ...one, archiveId: null }));
    if (messages.length === 0 && old.kind === 'chat') continue;
    /** @type {Conversation} */
    const kept = { ...old, messages, unread: 0, position: null, older: 'more', marks: [], corrections: [] };
    next = { ...next, conversations: withOne(next.conversations, kept) };
    next.order = placed(next.order, next.conversations, address);
  }
  return next;
}

/** @param {string} address */
export function nameFrom(address) {
  const at = address.indexOf('@');
  return at > 0 ? address.slice(0, at) : address;
}
