// SPDX-License-Identifier: AGPL-3.0-or-later
// What a file is, by its first bytes. Names and headers are what somebody says; bytes are what a browser will make of it.

/** So many bytes are looked at. */
export const longestHead = 32;

/** @type {[string, number, number[]][]} type, offset, bytes */
const signs = [
  ['image/png', 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', 0, [0xff, 0xd8, 0xff]],
  ['image/gif', 0, [0x47, 0x49, 0x46, 0x38]],
  ['image/webp', 8, [0x57, 0x45, 0x42, 0x50]],
  ['image/avif', 4, [0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69, 0x66]],
  ['application/pdf', 0, [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['video/mp4', 4, [0x66, 0x74, 0x79, 0x70]],
  ['video/webm', 0, [0x1a, 0x45, 0xdf, 0xa3]],
  ['audio/ogg', 0, [0x4f, 0x67, 0x67, 0x53]],
  ['audio/mpeg', 0, [0x49, 0x44, 0x33]],
  ['audio/wav', 8, [0x57, 0x41, 0x56, 0x45]],
  ['application/zip', 0, [0x50, 0x4b, 0x03, 0x04]],
];

/**
 * A picture, sound or film of a kind that holds no script, or just bytes. (SVG is not a picture here: it may hold script.)
 * @param {Uint8Array} head the first bytes
 * @returns {string} a media type
 */
export function kindOf(head) {
  const found = signs.find(([, offset, bytes]) => bytes.every((byte, at) => head[offset + at] === byte));
  return found ? found[0] : 'application/octet-stream';
}
