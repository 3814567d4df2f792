// SPDX-License-Identifier: AGPL-3.0-or-later
// Who waits for which answer (RFC 6120 section 8.2.3). An answer counts only from whom was asked: section 8.1.2.1.

import { XmppError, readError } from './errors.js';
import { bareJid, parseJid } from './jid.js';

/** @typedef {import('./xml.js').Tree} Tree */

/** @typedef {{to: string | undefined, resolve: (answer: Tree) => void, reject: (error: XmppError) => void, timer: unknown}} Waiting */

/** @typedef {{set: (run: () => void, ms: number) => unknown, clear: (timer: unknown) => void}} Timers */

export class Requests {
  /** @param {Timers} timers */
  constructor(timers) {
    this.timers = timers;
    /** @type {Map<string, Waiting>} */
    this.waiting = new Map();
  }

  /**
   * The answer to a request that is about to be sent.
   * @param {string} id
   * @param {string | undefined} to
   * @param {number} timeout milliseconds
   * @returns {Promise<Tree>}
   */
  answer(id, to, timeout) {
    return new Promise((resolve, reject) => {
      const timer = this.timers.set(() => {
        this.waiting.delete(id);
        reject(new XmppError('timeout', '', 'wait'));
      }, timeout);
      this.waiting.set(id, { to, resolve, reject, timer });
    });
  }

  /**
   * @param {Tree} stanza an iq of the type result or error
   * @param {string} own our full address
   * @returns {boolean} whether it was waited for; an answer that comes twice, late, or from somebody else is nobody's
   */
  settle(stanza, own) {
    const id = stanza.attrs.id ?? '';
    const found = this.waiting.get(id);
    if (found === undefined || !answers(stanza.attrs.from, found.to, own)) return false;
    this.waiting.delete(id);
    this.timers.clear(found.timer);
    if (stanza.attrs.type === 'error') found.reject(readError(stanza));
    else found.resolve(stanza);
    return true;
  }

  /**
   * Nobody waits for this any more: it was never sent.
   * @param {string} id
   */
  forget(id) {
    const found = this.waiting.get(id);
    this.waiting.delete(id);
    if (found) this.timers.clear(found.timer);
  }

  /** Tells all who wait that it is not known whether it was done. */
  interrupt() {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject, timer } of all) {
      this.timers.clear(timer);
      reject(new XmppError('interrupted', '', 'wait'));
    }
  }
}

/**
 * @param {string | undefined} from
 * @param {string | undefined} to
 * @param {string} own
 */
function answers(from, to, own) {
  const account = bareJid(own);
  // Without an address on it, it is from our own account, and so it is if our own account was asked by its name.
  const asked = to === undefined ? account : prepared(to);
  if (asked === account) return from === undefined || prepared(from) === account || (to === undefined && prepared(from) === prepared(own));
  return from !== undefined && prepared(from) === asked;
}

/**
 * Servers may have names that are no addresses to us, with an underscore: those are compared as they stand.
 * @param {string} address
 */
function prepared(address) {
  return parseJid(address)?.full ?? address;
}
