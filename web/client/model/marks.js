// SPDX-License-Identifier: AGPL-3.0-or-later
// What became of the member's own messages: waiting, sent, delivered, read, failed. Only whom a message was for can say that it
// arrived or was read (XEP-0184, XEP-0333), and a message that was read does not become unread again.

/** @typedef {import('./state.js').Conversation} Conversation */
/** @typedef {import('./state.js').Message} Message */
/** @typedef {'delivered' | 'read'} Mark */

/** @type {Record<string, number>} */
const rank = { failed: 0, waiting: 0, sent: 1, delivered: 2, read: 3 };

/** So many marks wait for messages that are not here yet. */
const mostWaiting = 100;

/**
 * @param {Conversation} conversation
 * @param {string} id of the member's own message
 * @param {Mark} mark
 * @returns {Conversation}
 */
export function marked(conversation, id, mark) {
  const { messages } = conversation;
  let at = messages.length - 1;
  while (at >= 0 && !(messages[at].mine && messages[at].id === id)) at -= 1;
  if (at < 0) return waiting(conversation, id, mark);
  const next = raised(conversation, at, mark);
  return mark === 'read' ? readBefore(next) : next;
}

/**
 * The message with the marks that came before it did.
 * @param {Conversation} conversation
 * @param {Message} message
 * @returns {Message}
 */
export function withMarks(conversation, message) {
  if (!message.mine || message.id === null || message.state === null) return message;
  const mark = conversation.marks.find((one) => one.id === message.id);
  return mark && rank[mark.mark] > rank[message.state] ? { ...message, state: mark.mark } : message;
}

/**
 * Who has read a message has read those before it (XEP-0333, section 3).
 * @param {Conversation} conversation
 * @returns {Conversation}
 */
export function readBefore(conversation) {
  const { messages } = conversation;
  let last = messages.length - 1;
  while (last >= 0 && !(messages[last].mine && messages[last].state === 'read')) last -= 1;
  /** @type {Message[] | null} */
  let changed = null;
  for (let at = last - 1; at >= 0; at -= 1) {
    const { mine, state } = messages[at];
    if (!mine || (state !== 'sent' && state !== 'delivered')) continue;
    changed ??= messages.slice();
    changed[at] = { ...messages[at], state: 'read' };
  }
  return changed ? { ...conversation, messages: changed } : conversation;
}

/**
 * @param {Conversation} conversation
 * @param {number} at index
 * @param {'sent' | Mark} state
 * @returns {Conversation}
 */
export function raised(conversation, at, state) {
  const message = conversation.messages[at];
  if (message.state === null || rank[state] <= rank[message.state]) return conversation;
  const messages = conversation.messages.slice();
  messages[at] = { ...message, state, error: null };
  return { ...conversation, messages };
}

/**
 * @param {Conversation} conversation
 * @param {string} id
 * @param {Mark} mark
 * @returns {Conversation}
 */
function waiting(conversation, id, mark) {
  const old = conversation.marks.find((one) => one.id === id);
  if (old && rank[old.mark] >= rank[mark]) return conversation;
  const others = conversation.marks.filter((one) => one.id !== id);
  return { ...conversation, marks: [...others, { id, mark }].slice(-mostWaiting) };
}
