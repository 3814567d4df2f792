// SPDX-License-Identifier: AGPL-3.0-or-later
// Names of servers in other scripts are written in two ways: as DNS has them (`xn--mnchen-3ya.example`), which is how the portal and whoever
// copies a link writes them, and in their own letters (`münchen.example`), which is how servers stamp them (RFC 7622, section 3.2). They are one.

/**
 * A domain in its own letters. A label that is no true A-label (RFC 5891, section 4.4) stays as it is.
 * @param {string} host in lower case
 */
export function inOwnLetters(host) {
  if (!host.includes('xn--')) return host;
  return host.split('.').map((label) => {
    if (!label.startsWith('xn--')) return label;
    const decoded = decode(label.slice(4));
    return decoded !== null && inDNS(decoded) === label ? decoded : label;
  }).join('.');
}

/**
 * An address whose domain is in its own letters.
 * @param {string} address bare, in lower case
 */
export function withOwnLetters(address) {
  const at = address.indexOf('@');
  return address.slice(0, at + 1) + inOwnLetters(address.slice(at + 1));
}

/**
 * The browser itself knows how a name is written in DNS, and refuses what nobody can have; only back it does not go.
 * @param {string} label
 */
function inDNS(label) {
  try {
    return new URL(`http://${label}/`).hostname;
  } catch {
    return null;
  }
}

const base = 36;
const least = 1;
const most = 26;
const longest = 59; // characters of a label after `xn--`, of 63 bytes (RFC 1035)

/**
 * Punycode, RFC 3492, section 6.2.
 * @param {string} text
 * @returns {string | null} null if it is none
 */
function decode(text) {
  if (text.length === 0 || text.length > longest) return null;
  const mark = text.lastIndexOf('-');
  const points = [...text.slice(0, Math.max(0, mark))].map((letter) => /** @type {number} */ (letter.codePointAt(0)));
  let point = 128;
  let bias = 72;
  let place = 0;
  for (let next = mark + 1; next < text.length;) {
    const before = place;
    for (let weight = 1, step = base; ; step += base) {
      const digit = '0123456789abcdefghijklmnopqrstuvwxyz'.indexOf(text[next] ?? ' ');
      next += 1;
      if (digit < 0) return null;
      const value = digit < 10 ? digit + 26 : digit - 10;
      place += value * weight;
      const threshold = Math.max(least, Math.min(most, step - bias));
      if (value < threshold) break;
      weight *= base - threshold;
      if (place > 0x7fffffff || weight > 0x7fffffff) return null;
    }
    const count = points.length + 1;
    bias = adapted(place - before, count, before === 0);
    point += Math.floor(place / count);
    place %= count;
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return null;
    points.splice(place, 0, point);
    place += 1;
  }
  return String.fromCodePoint(...points);
}

/**
 * Section 6.1.
 * @param {number} delta
 * @param {number} count
 * @param {boolean} isFirst
 */
function adapted(delta, count, isFirst) {
  let rest = isFirst ? Math.floor(delta / 700) : Math.floor(delta / 2);
  rest += Math.floor(rest / count);
  let bias = 0;
  for (; rest > 455; bias += base) rest = Math.floor(rest / (base - least));
  return bias + Math.floor((base * rest) / (rest + 38));
}
