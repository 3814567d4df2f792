// SPDX-License-Identifier: AGPL-3.0-or-later
// What in a text is a link. Only http and https, and only where what is shown is where it leads: names in other scripts are shown
// in the form that DNS knows (xn--…), and addresses with a user name before the host, which look like another host, stay text.

/** @typedef {{ kind: 'text', text: string } | { kind: 'link', text: string, href: string, host: string }} Piece */

/** More are text. */
const mostLinks = 50;
const longest = 2000;

const candidate = /\bhttps?:\/\/[^\s<>"'\x60{}|\\^\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3000\ufeff⟨⟩]+/giu;

/**
 * @param {string} text as shown (`shownText`)
 * @returns {Piece[]} which together are the text, but for hosts that are spelled out
 */
export function pieces(text) {
  /** @type {Piece[]} */
  const found = [];
  let from = 0;
  let links = 0;
  for (const match of text.matchAll(candidate)) {
    const written = match[0].length <= longest ? trimmed(match[0]) : '';
    const link = written && links < mostLinks ? safeLink(written) : null;
    if (!link) continue;
    const start = /** @type {number} */ (match.index);
    if (start > from) found.push({ kind: 'text', text: text.slice(from, start) });
    found.push(link);
    links += 1;
    from = start + written.length;
  }
  if (from < text.length || found.length === 0) found.push({ kind: 'text', text: text.slice(from) });
  return found;
}

/**
 * @param {string} written
 * @returns {Extract<Piece, { kind: 'link' }> | null}
 */
export function safeLink(written) {
  if (written.length > longest) return null;
  const url = parsed(written);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null;
  if (url.username || url.password || !url.hostname) return null;
  const rest = /^https?:\/\/([^/?#]*)/i.exec(written);
  const host = rest ? rest[1].toLowerCase().replace(/\.$/, '') : '';
  const isAsWritten = host === url.host || host === `${url.host}:${url.protocol === 'https:' ? 443 : 80}`;
  return { kind: 'link', text: isAsWritten ? written : url.href, href: url.href, host: url.host };
}

/**
 * Where a file that somebody offers may be fetched from, or null.
 * @param {string} written
 */
export function fileAddress(written) {
  const url = written.length <= longest && !/\s/.test(written) ? parsed(written) : null;
  return url && url.protocol === 'https:' && !url.username && !url.password && url.hostname ? url.href : null;
}

/** @param {string} written */
function parsed(written) {
  try {
    return new URL(written);
  } catch {
    return null;
  }
}

/**
 * Without what ends a sentence, and a bracket that was opened before.
 * @param {string} link
 */
function trimmed(link) {
  let end = link.length;
  const unopened = { ')': surplus(link, '(', ')'), ']': surplus(link, '[', ']') };
  for (;;) {
    const last = link[end - 1];
    if (last === ')' || last === ']') {
      if (unopened[last] <= 0) return link.slice(0, end);
      unopened[last] -= 1;
    } else if (!'.,;:!?…*_~»”’'.includes(last)) {
      return link.slice(0, end);
    }
    end -= 1;
  }
}

/**
 * How many more brackets are closed than opened.
 * @param {string} text
 * @param {string} open
 * @param {string} close
 */
function surplus(text, open, close) {
  let found = 0;
  for (const sign of text) found += sign === close ? 1 : sign === open ? -1 : 0;
  return found;
}
