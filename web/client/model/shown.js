// SPDX-License-Identifier: AGPL-3.0-or-later
// What strangers wrote, made fit to be shown: what cannot be seen, or turns text round, stands there as a visible sign. What
// languages and emoji need stays.

/** Longest text of a message that is kept, in UTF-16 units; and of names, in one line. */
export const longestText = 20_000;
export const longestName = 80;

/** Combining marks on one letter; more are left out. */
const mostMarks = 4;

const bidi = /[\u202a-\u202e\u2066-\u2069]/;
const directionMark = /[\u200e\u200f\u061c]/;
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]|[\ud802\ud803\ud83a\ud83b]/;
const invisible = /[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]/;
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
const joiner = /[\u200c\u200d]/;
const joined = /[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]/u;
const combining = /\p{M}/u;
const variation = /[\ufe00-\ufe0f]/;
const anything = new RegExp(`${[bidi, directionMark, invisible, control, joiner, variation].map((one) => one.source).join('|')}|[\\u2028\\u2029\\ud800-\\udfff]|[\\u{e0000}-\\u{e0fff}]|\\p{M}`, 'u');
const suspicious = /[^\n\t\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u0590]/;

/**
 * Text of several lines.
 * @param {string} text
 * @returns {string}
 */
export function shownText(text) {
  const lines = text.length > longestText ? cut(text, longestText) : text;
  return suspicious.test(lines) && anything.test(lines) ? visible(lines, rightToLeft.test(lines)) : lines;
}

/**
 * A name, an address, a subject: one line, nothing that turns it round.
 * @param {string} text
 * @param {number} [longest]
 */
export function shownName(text, longest = longestName) {
  const line = visible(cut(text, 4 * longest), false).replace(/[\n\t\r]+/g, ' ').trim();
  return line.length > longest ? `${cut(line, longest - 1)}…` : line;
}

/**
 * The name of a file as it may be shown and saved: no folders, no hidden file, and its ending in sight.
 * @param {string} name
 */
export function fileName(name) {
  const last = name.split(/[/\\]/).pop() ?? '';
  const line = visible(cut(last, 1000), false).replace(/[\n\t\r<>:"|?*%~]+/g, '_').replace(/^[.\s]+|[.\s]+$/g, '');
  if (line.length <= longestName) return line || 'file';
  const dot = line.lastIndexOf('.');
  const ending = dot > 0 && line.length - dot <= 12 ? line.slice(dot) : '';
  return `${cut(line, longestName - ending.length - 1)}…${ending}`;
}

/**
 * @param {string} text
 * @param {boolean} keepsDirection whether marks of direction have a use in it
 */
function visible(text, keepsDirection) {
  let shown = '';
  let marks = 0;
  const signs = Array.from(text);
  for (let at = 0; at < signs.length; at += 1) {
    const sign = signs[at];
    const code = /** @type {number} */ (sign.codePointAt(0));
    marks = combining.test(sign) && !variation.test(sign) ? marks + 1 : 0;
    if (marks > mostMarks) continue;
    if (sign === '\u2028' || sign === '\u2029' || sign === '\u0085') shown += '\n';
    else if (sign === '\r') shown += signs[at + 1] === '\n' ? '' : '\n';
    else if (isTag(code)) shown += isFlag(signs, at) ? sign : '';
    else if (joiner.test(sign)) shown += isBetween(signs, at) ? sign : named(code);
    else if (variation.test(sign)) shown += at > 0 && !variation.test(signs[at - 1]) ? sign : '';
    else if (directionMark.test(sign)) shown += keepsDirection ? sign : named(code);
    else if (code < 0x20 && control.test(sign)) shown += String.fromCharCode(0x2400 + code);
    else if (bidi.test(sign) || invisible.test(sign) || control.test(sign) || isLone(code)) shown += named(code);
    else shown += sign;
  }
  return shown;
}

/** @param {number} code */
function named(code) {
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/** @param {number} code */
function isLone(code) {
  return code >= 0xd800 && code <= 0xdfff;
}

/** @param {number} code */
function isTag(code) {
  return code >= 0xe0000 && code <= 0xe0fff;
}

/**
 * Flags of regions are a black flag and letters that cannot be seen.
 * @param {string[]} signs
 * @param {number} at
 */
function isFlag(signs, at) {
  let first = at;
  while (first > 0 && at - first < 8 && isTag(/** @type {number} */ (signs[first].codePointAt(0)))) first -= 1;
  return signs[first] === '\u{1f3f4}';
}

/**
 * @param {string[]} signs
 * @param {number} at
 */
function isBetween(signs, at) {
  return at > 0 && at < signs.length - 1 && joined.test(signs[at - 1]) && joined.test(signs[at + 1]) && !/[A-Za-z0-9]/.test(signs[at - 1]);
}

/**
 * Never between the two halves of a character.
 * @param {string} text
 * @param {number} longest
 */
export function cut(text, longest) {
  if (text.length <= longest) return text;
  const isHalf = text.charCodeAt(longest - 1) >= 0xd800 && text.charCodeAt(longest - 1) <= 0xdbff;
  return text.slice(0, isHalf ? longest - 1 : longest);
}
