// SPDX-License-Identifier: AGPL-3.0-or-later
// How long to wait before connecting again.

const first = 1000;
const longest = 60_000;

/**
 * Full jitter: anything from nothing up to a limit that doubles, so that the clients of a server that comes back do not all come
 * at once.
 * @param {number} failures in a row, this one included
 * @param {() => number} random at least 0, less than 1
 * @returns {number} milliseconds
 */
export function pause(failures, random) {
  return Math.floor(random() * Math.min(longest, first * 2 ** Math.min(failures - 1, 16)));
}
