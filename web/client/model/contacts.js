// SPDX-License-Identifier: AGPL-3.0-or-later
// Who the member's contacts are, and what their conversations have of it.

import { withOne } from './conversations.js';
import { own } from './own.js';

/** @typedef {import('./state.js').State} State */
/** @typedef {import('./state.js').Conversation} Conversation */
/** @typedef {import('./state.js').Contact} Contact */

/**
 * @param {State} state
 * @param {Record<string, Contact>} contacts
 * @returns {State}
 */
export function withContacts(state, contacts) {
  let conversations = state.conversations;
  for (const address of Object.keys(conversations)) {
    const next = known(conversations[address], own(contacts, address));
    if (next !== conversations[address]) conversations = withOne(conversations, next);
  }
  return { ...state, contacts, conversations };
}

/**
 * @param {State} state
 * @param {string} address
 * @param {Contact | null} contact
 * @returns {State}
 */
export function withContact(state, address, contact) {
  const contacts = contact ? { ...state.contacts, [address]: contact } : { ...state.contacts };
  if (!contact) delete contacts[address];
  const old = own(state.conversations, address);
  const conversations = old ? withOne(state.conversations, known(old, contact ?? undefined)) : state.conversations;
  return { ...state, contacts, conversations };
}

/**
 * @param {Conversation} one
 * @param {Contact | undefined} contact
 * @returns {Conversation}
 */
function known(one, contact) {
  const isContact = contact !== undefined;
  const name = contact?.name || one.name;
  return one.isContact === isContact && one.name === name ? one : { ...one, isContact, name };
}
