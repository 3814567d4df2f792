// SPDX-License-Identifier: AGPL-3.0-or-later
// What this client can do, as it says of itself (XEP-0030), and in short in its presence (XEP-0115).

import { NS } from './namespaces.js';
import { el } from './xml.js';

/** @typedef {import('./xml.js').Tree} Tree */
/** @typedef {{category: string, type: string, lang?: string, name?: string}} Identity */
/** @typedef {{identities: ReadonlyArray<Identity>, features: ReadonlyArray<string>}} Info */

/** @type {Info} */
export const ours = Object.freeze({
  identities: Object.freeze([{ category: 'client', type: 'web', name: 'Trunkline' }]),
  features: Object.freeze([
    NS.bookmarks + '+notify', NS.caps, NS.chatStates, NS.conference, NS.correction, NS.discoInfo, NS.displayed + '+notify', NS.fileSharing,
    NS.markers, NS.muc, NS.oob, NS.ping, NS.receipts, NS.version,
  ]),
});

/** The same, with calls by Jingle (XEP-0167, section 10): apps offer to call only whom they can. @type {Info} */
export const withCalls = Object.freeze({
  identities: ours.identities,
  features: Object.freeze([
    ...ours.features, NS.jingle, NS.jingleAudio, NS.jingleCandidates, NS.jingleDtls, NS.jingleExtensions, NS.jingleFeedback, NS.jingleGroups,
    NS.jingleMessages, NS.jingleRtp, NS.jingleSources, NS.jingleVideo,
  ]),
});

/** Names whose software this is (XEP-0115 section 4: a URL, not to be fetched). */
export const node = 'https://trunkline.invalid/client';

/**
 * What is hashed (XEP-0115 section 5.1), for information without forms, as ours is.
 * @param {Info} info
 * @returns {string}
 */
export function verificationString({ identities, features }) {
  const lines = identities.map(({ category, type, lang = '', name = '' }) => `${category}/${type}/${lang}/${name}`);
  return [...lines.sort(byBytes), ...[...features].sort(byBytes)].map((line) => line + '<').join('');
}

/**
 * @param {Info} info
 * @param {SubtleCrypto} subtle
 * @returns {Promise<string>} the hash, in Base64
 */
export async function verification(info, subtle) {
  const hash = await subtle.digest('SHA-1', new TextEncoder().encode(verificationString(info)));
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}

/**
 * What presence carries.
 * @param {string} ver
 * @returns {Tree}
 */
export function capsElement(ver) {
  return el('c', { xmlns: NS.caps, hash: 'sha-1', node, ver });
}

/**
 * What disco#info is answered with.
 * @param {Info} info
 * @param {string | undefined} asked the node that was asked for
 * @returns {Tree}
 */
export function infoElement({ identities, features }, asked) {
  return el('query', { xmlns: NS.discoInfo, node: asked },
    ...identities.map(({ category, type, name, lang }) => el('identity', { category, type, name, 'xml:lang': lang })),
    ...features.map((feature) => el('feature', { var: feature })));
}

/**
 * i;octet: the order of UTF-8, which is that of code points.
 * @param {string} one
 * @param {string} other
 */
function byBytes(one, other) {
  const [a, b] = [[...one], [...other]];
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const difference = (a[i]?.codePointAt(0) ?? 0) - (b[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
