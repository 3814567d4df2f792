// SPDX-License-Identifier: AGPL-3.0-or-later
// ICE started again (XEP-0176, section 5.8): the same sound and pictures, by other ways.

import * as names from '../model/names.js';
import { child, children, el, withAttrs } from '../xmpp/xml.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */

/**
 * Whether what is said now names other ways than what was said before, and not only more of the same.
 * @param {Tree | null} before
 * @param {Tree} now
 */
export function hasOther(before, now) {
  const known = transports(before);
  return [...transports(now)].some(([name, { attrs }]) => attrs.ufrag !== undefined && attrs.ufrag !== known.get(name)?.attrs.ufrag);
}

/** @param {Tree} jingle */
export function hasCandidates(jingle) {
  return [...transports(jingle).values()].some((one) => child(one, 'candidate') !== null);
}

/**
 * @param {Tree | null} jingle `session-accept`
 * @returns {'active' | 'passive'} who begins DTLS (RFC 5763, section 5); whoever says nothing of it does
 */
export function setupOf(jingle) {
  return [...transports(jingle).values()].some((one) => child(one, 'fingerprint')?.attrs.setup === 'passive') ? 'passive' : 'active';
}

/**
 * What was said at first, with the ways that are said now. Who somebody is stays as it was, unless they say it again. Where all go one way,
 * what is said of one content holds for all.
 * @param {Tree} jingle
 * @param {Tree} fresh
 * @param {string} setup what they say of who begins DTLS
 * @returns {Tree}
 */
export function withTransports(jingle, fresh, setup) {
  const now = transports(fresh);
  const [one] = now.values();
  const shared = one && child(jingle, 'group', names.jingleGroups) ? el('transport', one.attrs) : undefined;
  return el(jingle.name, jingle.attrs, ...jingle.children.map((content) => {
    const other = typeof content !== 'string' && content.name === 'content' ? now.get(content.attrs.name ?? '') ?? shared : undefined;
    if (other === undefined || typeof content === 'string') return content;
    return el('content', content.attrs, ...content.children.map((part) => {
      if (typeof part === 'string' || part.attrs.xmlns !== names.jingleIce) return part;
      const print = child(other, 'fingerprint') ?? child(part, 'fingerprint');
      return el('transport', other.attrs, ...other.children.filter((each) => typeof each !== 'string' && each.name !== 'fingerprint'), print && withAttrs(print, { setup }));
    }));
  }));
}

/**
 * @param {Tree | null} jingle
 * @returns {Map<string, Tree>} by the names of contents
 */
function transports(jingle) {
  return new Map(children(jingle, 'content').flatMap((one) => {
    const transport = child(one, 'transport', names.jingleIce);
    return transport ? [/** @type {[string, Tree]} */ ([one.attrs.name ?? '', transport])] : [];
  }));
}
