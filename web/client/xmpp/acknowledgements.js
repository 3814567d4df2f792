// SPDX-License-Identifier: AGPL-3.0-or-later
// What each end of a stream has received of the other's stanzas (XEP-0198). Pure: every change returns another value.

/** @typedef {import('./xml.js').Tree} Tree */

/**
 * @typedef {object} Counts
 * @property {string} id of the stream, by which it may be resumed; empty if the server does not offer that
 * @property {number} received how many stanzas came, modulo 2^32
 * @property {number} acknowledged how many of ours the server has taken, modulo 2^32
 * @property {ReadonlyArray<Tree>} unacknowledged ours that it has not, oldest first
 */

const modulus = 2 ** 32;

/**
 * @param {string} id
 * @returns {Counts}
 */
export function begun(id) {
  return { id, received: 0, acknowledged: 0, unacknowledged: [] };
}

/**
 * @param {Counts} counts
 * @param {Tree} stanza
 * @returns {Counts}
 */
export function sent(counts, stanza) {
  return { ...counts, unacknowledged: [...counts.unacknowledged, stanza] };
}

/**
 * @param {Counts} counts
 * @returns {Counts}
 */
export function received(counts) {
  return { ...counts, received: (counts.received + 1) % modulus };
}

/**
 * The server says that it has taken `h` stanzas.
 * @param {Counts} counts
 * @param {number} h
 * @returns {{counts: Counts, taken: ReadonlyArray<Tree>} | null} null if it cannot have taken so many
 */
export function acknowledged(counts, h) {
  const more = (h - counts.acknowledged + modulus) % modulus;
  if (more > counts.unacknowledged.length) return null;
  return {
    counts: { ...counts, acknowledged: h, unacknowledged: counts.unacknowledged.slice(more) },
    taken: counts.unacknowledged.slice(0, more),
  };
}

/**
 * The same when a stream is resumed, or said to be gone: what was kept of it may be older than its end (a tab that was killed), so
 * the server may well have taken more than we know of.
 * @param {Counts} counts
 * @param {number} h
 * @returns {{counts: Counts, taken: ReadonlyArray<Tree>}}
 */
export function resumed(counts, h) {
  const exact = acknowledged(counts, h);
  if (exact !== null) return exact;
  const ahead = (h - counts.acknowledged + modulus) % modulus < modulus / 2;
  const taken = ahead ? counts.unacknowledged : [];
  return { counts: { ...counts, acknowledged: h, unacknowledged: ahead ? [] : counts.unacknowledged }, taken };
}

/**
 * A count as it is written in `h`.
 * @param {string | undefined} text
 * @returns {number | null}
 */
export function readCount(text) {
  if (text === undefined || !/^[0-9]{1,10}$/.test(text)) return null;
  const count = Number(text);
  return count < modulus ? count : null;
}
