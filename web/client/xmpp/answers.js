// SPDX-License-Identifier: AGPL-3.0-or-later
// What a client answers by itself. Nothing is looked up for it: what others learn this way is the same for every member.

import { infoElement, node } from './caps.js';
import { sameBareJid } from './jid.js';
import { NS } from './namespaces.js';
import { children, el } from './xml.js';

/** @typedef {import('./xml.js').Tree} Tree */
/** @typedef {import('./caps.js').Info} Info */
/** @typedef {{name: string, version: string}} Software */

/** What our own server may tell us by a request of its own: contacts (RFC 6121 2.1.6) and blocks (XEP-0191). */
const pushes = new Map([['query', NS.roster], ['block', NS.blocking], ['unblock', NS.blocking]]);

/**
 * @param {Tree} request an iq of the type get or set, or of none
 * @param {string} own our full address
 * @param {string} ver our own capabilities' hash
 * @param {Software} software
 * @param {Info} info what we can do
 * @returns {{answer: Tree | null, show: boolean}} the answer; whether it is to be told inside
 */
export function answer(request, own, ver, software, info) {
  const { id, from, type } = request.attrs;
  if (id === undefined) return { answer: null, show: false };
  const payloads = children(request);
  const payload = payloads[0];
  if ((type !== 'get' && type !== 'set') || payload === undefined || payloads.length > 1) {
    return { answer: refusal(id, from, 'modify', 'bad-request'), show: false };
  }
  const { name } = payload;
  const xmlns = payload.attrs.xmlns ?? '';
  if (type === 'set') {
    // Whoever looks after calls answers: whether there is such a call is known there.
    if (name === 'jingle' && xmlns === NS.jingle && from !== undefined && info.features.includes(NS.jingle)) return { answer: null, show: true };
    const mine = pushes.get(name) === xmlns && (from === undefined || (sameBareJid(from, own) && !from.includes('/')));
    return mine ? { answer: result(id, from), show: true } : { answer: refusal(id, from, 'cancel', 'service-unavailable'), show: false };
  }
  if (name === 'ping' && xmlns === NS.ping) return { answer: result(id, from), show: false };
  if (name === 'query' && xmlns === NS.version) {
    const said = el('query', { xmlns }, el('name', null, software.name), el('version', null, software.version));
    return { answer: result(id, from, said), show: false };
  }
  if (name === 'query' && xmlns === NS.discoInfo) {
    const asked = payload.attrs.node;
    if (asked === undefined || asked === `${node}#${ver}`) return { answer: result(id, from, infoElement(info, asked)), show: false };
    return { answer: refusal(id, from, 'cancel', 'item-not-found'), show: false };
  }
  return { answer: refusal(id, from, 'cancel', 'service-unavailable'), show: false };
}

/**
 * @param {string} id
 * @param {string | undefined} to
 * @param {Tree} [payload]
 */
function result(id, to, payload) {
  return el('iq', { xmlns: NS.client, type: 'result', id, to }, payload);
}

/**
 * @param {string} id
 * @param {string | undefined} to
 * @param {string} type
 * @param {string} condition
 */
function refusal(id, to, type, condition) {
  return el('iq', { xmlns: NS.client, type: 'error', id, to }, el('error', { type }, el(condition, { xmlns: NS.stanzaErrors })));
}
