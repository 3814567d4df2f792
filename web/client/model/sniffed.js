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

/** More than this a browser is not asked to unpack, whatever few bytes it comes in. */
export const mostPixels = 60_000_000;

/**
 * How large a picture is, as its own bytes say.
 * @param {Uint8Array} bytes all of them
 * @param {string} kind its type
 * @returns {number | null} pixels; null if they do not say
 */
export function pixelsOf(bytes, kind) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const size = sizes[kind]?.(view) ?? null;
    return size && size[0] * size[1] > 0 ? size[0] * size[1] : null;
  } catch {
    return null; // it ends too early
  }
}

/** @type {Record<string, (view: DataView) => [number, number] | null>} width and height; throws where there are no more bytes */
const sizes = {
  'image/png': (view) => [view.getUint32(16), view.getUint32(20)],
  'image/gif': (view) => [view.getUint16(6, true), view.getUint16(8, true)],
  'image/webp': webp,
  'image/jpeg': jpeg,
  'image/avif': avif,
};

/** @param {DataView} view @returns {[number, number] | null} */
function webp(view) {
  const form = String.fromCharCode(...[12, 13, 14, 15].map((at) => view.getUint8(at)));
  if (form === 'VP8X') return [1 + (view.getUint32(23, true) >>> 8), 1 + (view.getUint32(26, true) >>> 8)];
  if (form === 'VP8 ') return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
  if (form !== 'VP8L') return null;
  const bits = view.getUint32(21, true);
  return [1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)];
}

/**
 * The segments up to the frame (ITU T.81, annex B).
 * @param {DataView} view
 * @returns {[number, number] | null}
 */
function jpeg(view) {
  for (let at = 2; view.getUint8(at) === 0xff;) {
    const mark = view.getUint8(at + 1);
    if (mark === 0xff) at += 1;
    else if (mark >= 0xc0 && mark <= 0xcf && mark !== 0xc4 && mark !== 0xc8 && mark !== 0xcc) return [view.getUint16(at + 7), view.getUint16(at + 5)];
    else at += 2 + view.getUint16(at + 2);
  }
  return null;
}

/**
 * The largest of what it says of itself (`ispe`, ISO/IEC 23008-12).
 * @param {DataView} view
 * @returns {[number, number] | null}
 */
function avif(view) {
  /** @type {[number, number] | null} */
  let largest = null;
  for (let at = 0; at + 16 <= Math.min(view.byteLength, 65_536); at += 1) {
    if (view.getUint32(at) !== 0x69737065) continue;
    const [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    if (!largest || width * height > largest[0] * largest[1]) largest = [width, height];
  }
  return largest;
}
