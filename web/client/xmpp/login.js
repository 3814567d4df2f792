// SPDX-License-Identifier: AGPL-3.0-or-later
// What the machine wants computed for a login: the password is asked for here, and kept for one exchange only.

import { Scram } from './scram.js';

/** @typedef {import('./machine.js').Deed} Deed */
/** @typedef {import('./machine.js').Happening} Happening */

export class Login {
  /**
   * @param {object} given
   * @param {string} given.username
   * @param {() => Promise<string> | string} given.password
   * @param {Crypto} given.crypto
   * @param {(message: string) => void} given.log
   */
  constructor({ username, password, crypto, log }) {
    this.username = username;
    this.password = password;
    this.crypto = crypto;
    this.log = log;
    /** @type {Scram | null} */
    this.scram = null;
  }

  /**
   * @param {Extract<Deed, {type: 'begin' | 'challenge' | 'verify'}>} deed
   * @returns {Promise<Happening>}
   */
  async compute(deed) {
    try {
      if (deed.type === 'begin') {
        const password = await this.password();
        this.scram = new Scram({ mechanism: deed.mechanism, username: this.username, password, crypto: this.crypto });
        return { type: 'sasl', data: this.scram.first(), mechanism: deed.mechanism };
      }
      if (this.scram === null) return { type: 'verified', ok: false };
      if (deed.type === 'challenge') return { type: 'sasl', data: await this.scram.respond(deed.data) };
      const ok = this.scram.verify(deed.data);
      this.scram = null;
      return { type: 'verified', ok };
    } catch (error) {
      this.log(`no login: ${error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'}`);
      this.scram = null;
      return { type: 'unprepared', own: deed.type === 'begin' };
    }
  }
}
