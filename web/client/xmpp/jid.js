// SPDX-License-Identifier: AGPL-3.0-or-later
// Addresses (RFC 7622), as far as a client needs them: it compares what a server has prepared, and refuses what nobody can have.
//
// The rules of PRECIS for names are taken wider here: older servers let symbols in, and what they deliver has to be shown. What no
// rule allows, and what only deceives the eye (controls, what is invisible, what turns the direction of writing), is no address.

/**
 * @typedef {object} Jid
 * @property {string} local empty for a server
 * @property {string} domain
 * @property {string} resource empty for none
 * @property {string} bare
 * @property {string} full the same as bare where there is no resource
 */

const longest = 1023; // bytes of each part, RFC 7622 section 3.1
const separate = /[^\p{C}\p{Z}\p{DI}"&'/:<>@]+/u;
const wholeLocal = new RegExp(`^${separate.source}$`, 'u');
const wholeLabel = /^[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?$/u;
const invisible = /\p{DI}/u;
const ipv6 = /^\[[0-9a-f:.]{2,45}\]$/;
// Joiners and selectors belong to emoji, which people do have in a nickname; the rest of what is invisible does not.
const wholeResource = /^(?:[^\p{C}\p{DI}\p{Zl}\p{Zp}]|[\u200C\u200D\uFE0E\uFE0F]|[\u{E0020}-\u{E007F}])+$/u;
const encoder = new TextEncoder();

/**
 * @param {string | null | undefined} text
 * @returns {Jid | null} null if this is no address
 */
export function parseJid(text) {
  if (typeof text !== 'string' || text.length > 3 * longest + 2) return null;
  const slash = text.indexOf('/');
  const front = slash < 0 ? text : text.slice(0, slash);
  const resource = slash < 0 ? '' : text.slice(slash + 1).normalize('NFC');
  const at = front.indexOf('@');
  const local = at < 0 ? '' : front.slice(0, at).normalize('NFKC').toLowerCase();
  const domain = front.slice(at + 1).normalize('NFKC').toLowerCase().replace(/\.$/, '');
  if (at === 0 || (slash >= 0 && resource === '') || !isDomain(domain)) return null;
  if (local !== '' && !(fits(local) && wholeLocal.test(local))) return null;
  if (resource !== '' && !(fits(resource) && wholeResource.test(resource))) return null;
  const bare = local === '' ? domain : `${local}@${domain}`;
  return Object.freeze({ local, domain, resource, bare, full: resource === '' ? bare : `${bare}/${resource}` });
}

/**
 * The address without its resource; null if it is none.
 * @param {string | null | undefined} text
 */
export function bareJid(text) {
  return parseJid(text)?.bare ?? null;
}

/**
 * Whether both are addresses, and the same one, resource included.
 * @param {string | null | undefined} one
 * @param {string | null | undefined} other
 */
export function sameJid(one, other) {
  const full = parseJid(one)?.full;
  return full !== undefined && full === parseJid(other)?.full;
}

/**
 * Whether both are addresses of the same account, room or server.
 * @param {string | null | undefined} one
 * @param {string | null | undefined} other
 */
export function sameBareJid(one, other) {
  const bare = bareJid(one);
  return bare !== null && bare === bareJid(other);
}

/**
 * What somebody typed: `@name@server`, `name@server`, or a link `xmpp:name@server?…`.
 * @param {string} text
 * @returns {string | null} the bare address; null if none can be meant
 */
export function readAddress(text) {
  let rest = text.trim();
  if (/^xmpp:/i.test(rest)) {
    try {
      rest = decodeURIComponent(rest.slice(5).replace(/^\/\/[^/]*\//, '').replace(/[?#].*$/s, ''));
    } catch {
      return null;
    }
  } else {
    rest = rest.replace(/^@/, '');
  }
  const jid = parseJid(rest);
  return jid && jid.local !== '' ? jid.bare : null;
}

/** @param {string} domain */
function isDomain(domain) {
  if (!fits(domain) || domain === '') return false;
  return ipv6.test(domain) || (!invisible.test(domain) && domain.split('.').every((label) => wholeLabel.test(label)));
}

/** @param {string} part */
function fits(part) {
  return part.length <= longest && encoder.encode(part).length <= longest;
}
