// SPDX-License-Identifier: AGPL-3.0-or-later
// Who is in a room, and who is typing.

/** @typedef {import('./state.js').Conversation} Conversation */
/** @typedef {import('./state.js').Member} Member */

/** More are in no list here: a room of thousands must not make a tab slow. */
const mostMembers = 1000;
const mostTyping = 8;

/**
 * @param {Conversation} conversation
 * @param {Member} member
 * @param {boolean} isHere
 * @param {string} [was] the nickname before, if it was changed
 * @returns {Conversation}
 */
export function membersAfter(conversation, member, isHere, was) {
  const others = conversation.members.filter((one) => one.nick !== member.nick && one.nick !== was);
  if (!isHere) {
    if (others.length === conversation.members.length) return conversation;
    return { ...conversation, members: others, typing: conversation.typing.filter((nick) => nick !== member.nick) };
  }
  if (others.length >= mostMembers && !member.isMe) return conversation;
  let at = others.length;
  while (at > 0 && others[at - 1].nick.localeCompare(member.nick) > 0) at -= 1;
  others.splice(at, 0, member);
  return { ...conversation, members: others };
}

/**
 * @param {Conversation} conversation
 * @param {string} who
 * @param {boolean} on
 * @returns {Conversation}
 */
export function typingAfter(conversation, who, on) {
  const { typing } = conversation;
  if (typing.includes(who) === on || (on && typing.length >= mostTyping)) return conversation;
  return { ...conversation, typing: on ? [...typing, who] : typing.filter((one) => one !== who) };
}
