// SPDX-License-Identifier: AGPL-3.0-or-later
// Whom the member has muted at the home server: no notification tells of what they write. Asked for when one is about to.

import { bare } from '../model/address.js';

const lasts = 600_000; // ms

export class Muted {
  /** @param {import('./portal.js').Portal} portal */
  constructor(portal) {
    this.portal = portal;
    /** @type {Map<string, { at: number, answer: Promise<boolean> }>} */
    this.known = new Map();
  }

  /**
   * @param {string} address
   * @returns {Promise<boolean>} false if it cannot be found out
   */
  has(address) {
    const old = this.known.get(address);
    if (old && performance.now() - old.at < lasts) return old.answer;
    const answer = this.ask(bare(address)).catch(() => false);
    this.known.set(address, { at: performance.now(), answer });
    return answer;
  }

  /** @param {string} address */
  async ask(address) {
    const { people } = await this.portal.get(`people?search=${encodeURIComponent(address)}`);
    return Array.isArray(people) && people.some((one) => one?.handle === address && one.muted === true);
  }
}
