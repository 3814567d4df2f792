// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file How people and rooms look before anything is known of them: a letter, a hue, a name. Pure.
 */

/** @typedef {import('./shapes.js').Conversation} Conversation */

/** How many hues the style sheet has. */
export const HUES = 10;

/**
 * The hue of an address: always the same one.
 * @param {string} address
 */
export function hueOf(address) {
  let sum = 0;
  for (const character of address) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 1000003;
  return sum % HUES;
}

/**
 * The first letter or digit of a name, else a number sign.
 * @param {string} name
 */
export function letterOf(name) {
  const found = name.normalize('NFC').match(/[\p{L}\p{N}]/u);
  return found ? found[0].toLocaleUpperCase() : '#';
}

/**
 * What to call a conversation: its name, else the part of the address before the server.
 * @param {{address: string, name?: string|null}} conversation
 */
export function nameOf({ address, name }) {
  return name?.trim() || address.split('@')[0] || address;
}

/**
 * The server part of an address.
 * @param {string} address
 */
export function serverOf(address) {
  return address.slice(address.indexOf('@') + 1).split('/')[0];
}

/**
 * Who wrote a message, as others in the room call them.
 * @param {Conversation} conversation
 * @param {string} from
 */
export function senderName(conversation, from) {
  return conversation.kind === 'room' ? from : nameOf(conversation);
}
