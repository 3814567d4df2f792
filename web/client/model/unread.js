// SPDX-License-Identifier: AGPL-3.0-or-later
// What of a conversation the member has not seen yet. Everything up to the member's own last message counts as seen, and
// everything up to the mark that any of their devices has set (XEP-0490, or a read mark of their own by XEP-0333).

/** @typedef {import('./state.js').Conversation} Conversation */
/** @typedef {import('./state.js').Message} Message */

/** More is never counted: views say “99+” long before. */
const most = 999;

/**
 * @param {Message[]} messages oldest first
 * @param {string | null} readUpTo archive id
 */
export function countUnread(messages, readUpTo) {
  let count = 0;
  for (let at = messages.length - 1; at >= 0 && count < most; at -= 1) {
    const message = messages[at];
    if (message.mine || (readUpTo !== null && isNamed(message, readUpTo))) break;
    if (message.kind !== 'notice') count += 1;
  }
  return count;
}

/**
 * Takes a mark that may concern a message that is not here yet; a mark never goes back.
 * @param {Conversation} conversation
 * @param {string | null} archiveId
 * @returns {Conversation}
 */
export function readTo(conversation, archiveId) {
  if (!archiveId || archiveId === conversation.readUpTo) return conversation;
  const { messages } = conversation;
  const at = lastIndexOf(messages, archiveId);
  if (at < 0) return { ...conversation, readLater: archiveId };
  const now = conversation.readUpTo === null ? -1 : lastIndexOf(messages, conversation.readUpTo);
  if (now > at) return conversation;
  return { ...conversation, readUpTo: archiveId, readLater: null };
}

/**
 * The conversation with its count made right, after messages came or a mark moved.
 * @param {Conversation} conversation
 * @returns {Conversation}
 */
export function recounted(conversation) {
  let next = conversation;
  if (next.readLater !== null && lastIndexOf(next.messages, next.readLater) >= 0) next = readTo(next, next.readLater);
  const unread = countUnread(next.messages, next.readUpTo);
  return unread === next.unread ? next : { ...next, unread };
}

/**
 * The archive id up to which “I have seen all of this” can be said, or null if nothing new is to be said.
 * @param {Conversation} conversation
 */
export function newestToRead(conversation) {
  const { messages, readUpTo } = conversation;
  for (let at = messages.length - 1; at >= 0; at -= 1) {
    const { archiveId } = messages[at];
    if (archiveId !== null) return archiveId === readUpTo ? null : archiveId;
  }
  return null;
}

/**
 * @param {Message[]} messages
 * @param {string} archiveId
 */
function lastIndexOf(messages, archiveId) {
  for (let at = messages.length - 1; at >= 0; at -= 1) if (isNamed(messages[at], archiveId)) return at;
  return -1;
}

/**
 * A message goes by the archive id of its correction, too: other apps set their mark there.
 * @param {Message} message
 * @param {string} archiveId
 */
function isNamed(message, archiveId) {
  return message.archiveId === archiveId || message.editArchiveId === archiveId;
}
