// SPDX-License-Identifier: AGPL-3.0-or-later
// Which conversation stands above which: the one with the latest message first.

/** @typedef {import('./state.js').Conversation} Conversation */

/**
 * When something last happened in a conversation, in ms since 1970.
 * @param {Conversation} conversation
 */
export function lastAt(conversation) {
  const { messages } = conversation;
  return messages.length ? Math.max(messages[messages.length - 1].at, conversation.since) : conversation.since;
}

/**
 * The order after one conversation changed, came or went. The same array if nothing moves.
 * @param {string[]} order latest first
 * @param {Record<string, Conversation>} conversations as they are now
 * @param {string} address the one that changed
 * @returns {string[]}
 */
export function placed(order, conversations, address) {
  const at = order.indexOf(address);
  const conversation = conversations[address];
  if (!conversation) return at < 0 ? order : order.filter((other) => other !== address);
  const when = lastAt(conversation);
  const isRight =
    at >= 0 &&
    (at === 0 || comesBefore(conversations, order[at - 1], address, when)) &&
    (at === order.length - 1 || !comesBefore(conversations, order[at + 1], address, when));
  if (isRight) return order;
  const others = at < 0 ? order.slice() : order.filter((other) => other !== address);
  let low = 0;
  let high = others.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comesBefore(conversations, others[middle], address, when)) low = middle + 1;
    else high = middle;
  }
  others.splice(low, 0, address);
  return others;
}

/**
 * @param {Record<string, Conversation>} conversations
 * @param {string} other
 * @param {string} address
 * @param {number} when
 */
function comesBefore(conversations, other, address, when) {
  const at = lastAt(conversations[other]);
  return at !== when ? at > when : other < address;
}
