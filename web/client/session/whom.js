// SPDX-License-Identifier: AGPL-3.0-or-later
// Who is meant by an address, what they are called, and whether that is certain: the portal finds it out.

import { domain, fold, isBareAddress } from '../model/address.js';
import { inOwnLetters, withOwnLetters } from '../model/domains.js';
import { shownName } from '../model/shown.js';
import { own } from '../model/own.js';
import { PortalError } from './portal.js';
import { CommandError } from './tabs.js';

/** @typedef {import('./leader.js').Leader} Leader */
/** @typedef {import('../model/state.js').Conversation} Conversation */

const mostTries = 4;
/** So many are named by themselves after a login. */
const mostNames = 30;

/**
 * @param {Leader} leader
 * @param {string} text `@name@server`, `name@server` or `xmpp:…`
 * @returns {Promise<{ address: string, patch: Partial<Conversation> }>}
 */
export async function whom(leader, text) {
  const answer = await found(leader, text);
  const address = stamped(fold(String(answer.chat?.address ?? answer.address ?? '')), domain(leader.me));
  if (!isBareAddress(address)) throw new CommandError('no-address');
  // An address that somebody calls one of XMPP is theirs to try: not every server is in DNS as it should be.
  if (/^(none|not-here|not-yet)$/.test(String(answer.chat?.finding)) && !/^xmpp:/i.test(text)) throw new CommandError('not-reachable');
  const known = own(leader.state.contacts, address);
  const name = known?.name || shownName(String(answer.name ?? ''));
  const verified = typeof answer.chat?.verified === 'boolean' ? answer.chat.verified : null;
  return { address, patch: { verified, isContact: known !== undefined, ...(name ? { name } : {}) } };
}

/**
 * As their server writes it, so that what comes from there belongs to the same conversation; our own domain as it is.
 * @param {string} address
 * @param {string} home
 */
function stamped(address, home) {
  const isOfHome = inOwnLetters(domain(address)) === inOwnLetters(home);
  return isOfHome ? address.slice(0, address.indexOf('@') + 1) + home : withOwnLetters(address);
}

/**
 * What is known of somebody with whom there is a conversation.
 * @param {Leader} leader
 * @param {string} address
 */
export async function addName(leader, address) {
  const about = await whom(leader, `xmpp:${address}`).catch(() => null);
  if (about?.address === address && own(leader.state.conversations, address)) leader.emit([{ type: 'conversation', address, patch: about.patch }]);
}

/**
 * The names of people of our own server, who cost nobody else a question; others' are asked for when they are looked at.
 * @param {Leader} leader
 */
export async function nameNeighbours(leader) {
  const host = domain(leader.me);
  for (const address of leader.state.order.slice(0, mostNames)) {
    const conversation = own(leader.state.conversations, address);
    if (conversation?.kind === 'chat' && conversation.verified === null && address.endsWith(`@${host}`)) await addName(leader, address);
  }
}

/**
 * The portal's answer; once more, if it had to ask another server first.
 * @param {Leader} leader
 * @param {string} text
 */
async function found(leader, text) {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await leader.portal.get(`look-up?address=${encodeURIComponent(text)}`);
      if (answer.complete !== false || tries >= mostTries) return answer;
    } catch (error) {
      const { status, code } = error instanceof PortalError ? error : { status: 0, code: 'unreachable' };
      throw new CommandError(status === 400 ? 'no-address' : code);
    }
    await new Promise((resolve) => setTimeout(resolve, 500 * tries));
  }
}
