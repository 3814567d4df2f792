// SPDX-License-Identifier: AGPL-3.0-or-later
// Records whose names others chose.

/**
 * What a record has under a name that others chose: `constructor` is an address, too.
 * @template T
 * @param {Record<string, T>} record
 * @param {string} name
 * @returns {T | undefined}
 */
export function own(record, name) {
  return Object.prototype.hasOwnProperty.call(record, name) ? record[name] : undefined;
}
