// SPDX-License-Identifier: AGPL-3.0-or-later
// Who waits for the member's word: strangers who wrote, and people who want to be contacts. The portal knows (Prosody keeps it).

import { bare } from '../model/address.js';
import { shownName, shownText } from '../model/shown.js';
import { nameFrom } from '../model/conversations.js';
import { PortalError } from './portal.js';

/** @typedef {import('../model/state.js').Request} Request */
/** @typedef {import('./wire.js').Wire} Wire */

const often = 60_000; // ms, while somebody looks
const most = 200;
/** Before each time that it is asked after news, in ms. */
const pauses = [0, 400, 1_500, 5_000];

export class Requests {
  /**
   * @param {Wire} wire
   * @param {import('./portal.js').Portal} portal
   */
  constructor(wire, portal) {
    this.wire = wire;
    this.portal = portal;
    this.askedAt = -often;
    this.isAsking = false;
    this.heardOf = 0;
    this.isWaiting = false;
  }

  /** Somebody wrote or asked: the portal knows a moment after the stream says so, so that it is asked until it does. */
  async heard() {
    this.heardOf += 1;
    if (this.isWaiting) return;
    this.isWaiting = true;
    for (let known = 0; known < this.heardOf;) {
      known = this.heardOf;
      const before = this.wire.state.requests;
      for (const pause of pauses) {
        await new Promise((go) => setTimeout(go, pause));
        await this.look(true);
        if (this.wire.state.requests !== before) break;
      }
    }
    this.isWaiting = false;
  }

  /**
   * Asks again, if it is time or somebody knows that something is new. The portal's cookie may be somebody else's by now: it is asked
   * while the stream is there, which is certainly this member's.
   * @param {boolean} [isNew]
   */
  async look(isNew = false) {
    if (this.isAsking || !this.wire.isOnline || (!isNew && performance.now() - this.askedAt < often)) return;
    this.isAsking = true;
    this.askedAt = performance.now();
    try {
      const [writing, asking] = await Promise.all([this.portal.get('requests'), this.portal.get('contacts')]);
      const requests = readRequests(writing, asking);
      if (JSON.stringify(requests) !== JSON.stringify(this.wire.state.requests)) this.wire.emit([{ type: 'requests', requests }]);
    } catch (error) {
      if (!(error instanceof PortalError)) throw error; // shown again when the portal answers again
    } finally {
      this.isAsking = false;
    }
  }

  /**
   * @param {string} address
   * @param {'accept' | 'refuse'} answer
   */
  async answer(address, answer) {
    const request = this.wire.state.requests.find((one) => one.address === address);
    const accept = answer === 'accept';
    if (!request || request.kind === 'message') await this.portal.call('POST', 'requests/answer', { from: address, accept });
    if (request?.kind === 'contact') await this.portal.call('POST', 'contacts/answer', { address, accept });
    this.wire.emit([{ type: 'requests', requests: this.wire.state.requests.filter((one) => one.address !== address) }]);
  }
}

/**
 * @param {any} writing the answer to GET requests
 * @param {any} asking the answer to GET contacts
 * @returns {Request[]} the newest first
 */
export function readRequests(writing, asking) {
  /** @type {Map<string, Request>} */
  const found = new Map();
  for (const one of listIn(asking?.asking)) {
    const address = bare(String(one.address ?? ''));
    found.set(address, { address, name: shownName(nameFrom(address)), kind: 'contact', at: Date.parse(one.at) || 0, count: 1, said: [] });
  }
  for (const one of listIn(writing?.requests)) {
    const address = bare(String(one.from ?? ''));
    const said = listIn(one.said).slice(0, 20).map(({ at, kind, text }) => ({
      at: Date.parse(at) || 0, kind: /** @type {'message'} */ (['invitation', 'call'].includes(kind) ? kind : 'message'), text: shownText(String(text ?? '')),
    }));
    const at = Date.parse(one.last_at) || 0;
    found.set(address, { address, name: shownName(nameFrom(address)), kind: 'message', at, count: Number(one.count) || said.length, said });
  }
  found.delete('');
  return [...found.values()].sort((one, other) => other.at - one.at).slice(0, most);
}

/** @param {unknown} value @returns {any[]} */
function listIn(value) {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null).slice(0, most) : [];
}
