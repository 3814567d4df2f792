// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Which part of a long conversation stands in the page. Pure: what is shown moves with the scrolling, so that ten thousand
 * messages cost what a few hundred do.
 */

/** @typedef {{from: number, to: number}} Span the first message that is shown, and the one after the last */
/** @typedef {readonly {key: string}[]} Keyed */

/** How many messages are taken in at an end at once. */
export const STEP = 60;
/** How many are shown at most. */
export const MOST = 240;

/**
 * The end of the conversation.
 * @param {number} count
 * @returns {Span}
 */
export function atEnd(count) {
  return { from: Math.max(0, count - STEP), to: count };
}

/**
 * With one message in the middle.
 * @param {number} count
 * @param {number} index
 * @returns {Span}
 */
export function around(count, index) {
  return { from: Math.max(0, index - STEP), to: Math.min(count, index + STEP) };
}

/**
 * More at the beginning; what is then too much goes at the end.
 * @param {Span} span
 * @returns {Span}
 */
export function upwards(span) {
  const from = Math.max(0, span.from - STEP);
  return { from, to: Math.min(span.to, from + MOST) };
}

/**
 * More at the end; what is then too much goes at the beginning.
 * @param {Span} span
 * @param {number} count
 * @returns {Span}
 */
export function downwards(span, count) {
  const to = Math.min(count, span.to + STEP);
  return { from: Math.max(span.from, to - MOST), to };
}

/**
 * The span after the conversation has changed: what was shown stays shown, and whoever was at the end stays there.
 * @param {Span} span
 * @param {Keyed} before
 * @param {Keyed} after
 * @param {boolean} following whether the member looks at the end
 * @returns {Span}
 */
export function moved(span, before, after, following) {
  if (after.length === 0) return { from: 0, to: 0 };
  if (before.length === 0) return atEnd(after.length);
  const anchor = before[Math.min(span.from, before.length - 1)].key;
  const from = after[span.from]?.key === anchor ? span.from : after.findIndex((message) => message.key === anchor);
  if (from < 0) return atEnd(after.length);
  if (following && span.to >= before.length) return { from: Math.max(from, after.length - MOST), to: after.length };
  const size = span.to >= before.length ? Math.max(MOST, span.to - span.from) : span.to - span.from;
  return { from, to: Math.min(after.length, from + size) };
}
