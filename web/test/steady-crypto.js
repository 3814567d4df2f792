// SPDX-License-Identifier: AGPL-3.0-or-later
// As much of WebCrypto as a login takes, for tests: the same answers, a number of turns later that is the same in each run. Node's
// own come from other threads, and then how many turns a login takes is up to how busy the machine is.

import { createHash, createHmac, pbkdf2Sync, webcrypto } from 'node:crypto';

let seed = 7;

/**
 * Most come at once, some so late that the connection they were for may be gone.
 * @template T @param {T} value @returns {Promise<T>}
 */
async function later(value) {
  seed = (seed * 48271) % 2147483647;
  for (let turns = seed % 5 === 0 ? 20 : 1; turns > 0; turns -= 1) await new Promise((resolve) => setImmediate(resolve));
  return value;
}

/** @param {string | {hash: string}} algorithm as WebCrypto names it */
const named = (algorithm) => (typeof algorithm === 'string' ? algorithm : algorithm.hash).replace('-', '').toLowerCase();
/** What was derived once; the salt of a peer is always the same. @type {Map<string, Buffer>} */
const derived = new Map();

const subtle = {
  /** @param {string} _format @param {Uint8Array} bytes @param {{hash: string}} algorithm */
  importKey: (_format, bytes, algorithm) => later({ bytes, algorithm }),
  /** @param {{hash: string, salt: Uint8Array, iterations: number}} how @param {{bytes: Uint8Array}} key @param {number} bits */
  deriveBits(how, { bytes }, bits) {
    const what = [how.hash, how.iterations, bits, ...[how.salt, bytes].map((each) => Buffer.from(each).toString('hex'))].join();
    const found = derived.get(what) ?? pbkdf2Sync(bytes, how.salt, how.iterations, bits / 8, named(how));
    derived.set(what, found);
    return later(found);
  },
  /** @param {string} _name @param {{bytes: Uint8Array, algorithm: {hash: string}}} key @param {Uint8Array} data */
  sign: (_name, { bytes, algorithm }, data) => later(createHmac(named(algorithm), bytes).update(data).digest()),
  /** @param {string} hash @param {Uint8Array} data */
  digest: (hash, data) => later(createHash(named(hash)).update(data).digest()),
};

export const steadyCrypto = /** @type {Crypto} */ (/** @type {unknown} */ ({
  subtle, getRandomValues: webcrypto.getRandomValues.bind(webcrypto), randomUUID: webcrypto.randomUUID.bind(webcrypto),
}));
