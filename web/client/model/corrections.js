// SPDX-License-Identifier: AGPL-3.0-or-later
// Corrections (XEP-0308): only by whoever wrote the message, the latest wins, whatever order they come in. One whose message is
// not here yet is kept until it comes.

/** @typedef {import('./state.js').Conversation} Conversation */
/** @typedef {import('./state.js').Message} Message */
/** @typedef {import('./state.js').Arrival} Arrival */

/** So many wait for a message that may never come. */
const mostWaiting = 100;

/**
 * The conversation with the correction applied, or null if what it corrects is not here.
 * @param {Conversation} conversation
 * @param {Arrival} arrival with `replaces`
 * @returns {Conversation | null}
 */
export function corrected(conversation, arrival) {
  const at = indexOfCorrected(conversation, arrival);
  if (at < 0) return null;
  const message = conversation.messages[at];
  const fixed = withCorrection(message, arrival);
  if (fixed === message) return conversation;
  const messages = conversation.messages.slice();
  messages[at] = fixed;
  return { ...conversation, messages };
}

/**
 * @param {Conversation} conversation
 * @param {Arrival} arrival
 * @returns {Conversation}
 */
export function remembered(conversation, arrival) {
  const { corrections } = conversation;
  if (arrival.archiveId !== null && corrections.some((one) => one.archiveId === arrival.archiveId)) return conversation;
  return { ...conversation, corrections: [...corrections, arrival].slice(-mostWaiting) };
}

/**
 * Applies what waited for this message.
 * @param {Conversation} conversation
 * @param {Arrival} arrival a message that has come
 * @returns {Conversation}
 */
export function correctionsFor(conversation, arrival) {
  const { corrections } = conversation;
  if (arrival.id === null || corrections.length === 0) return conversation;
  const fitting = corrections.filter((one) => one.replaces === arrival.id && isBySame(one, arrival));
  if (fitting.length === 0) return conversation;
  let next = { ...conversation, corrections: corrections.filter((one) => !fitting.includes(one)) };
  for (const one of fitting) next = corrected(next, one) ?? next;
  return next;
}

/**
 * @param {{ mine: boolean, by: string }} one
 * @param {{ mine: boolean, by: string }} other
 */
function isBySame(one, other) {
  return one.mine === other.mine && (one.mine || one.by === other.by);
}

/**
 * @param {Conversation} conversation
 * @param {Arrival} arrival
 */
function indexOfCorrected(conversation, arrival) {
  const { messages } = conversation;
  for (let at = messages.length - 1; at >= 0; at -= 1) {
    const message = messages[at];
    if (message.id === arrival.replaces && isBySame(message, arrival)) return at;
  }
  return -1;
}

/**
 * Only words are corrected: a picture stays the picture that was sent.
 * @param {Message} message
 * @param {Arrival} arrival
 * @returns {Message}
 */
function withCorrection(message, arrival) {
  if (message.kind !== 'text' || arrival.kind !== 'text' || arrival.at < message.editedAt) return message;
  if (message.editArchiveId !== null && message.editArchiveId === arrival.archiveId) return message;
  return {
    ...message, text: arrival.text, isCut: arrival.isCut, edited: true, editedAt: arrival.at,
    editArchiveId: arrival.archiveId ?? message.editArchiveId,
  };
}
