// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import { kindOf, pixelsOf } from '../client/model/sniffed.js';

/** @param {(string | number)[]} parts letters, or bytes */
const bytes = (...parts) => Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...part].map((letter) => letter.charCodeAt(0)) : [part])));
const zeros = (/** @type {number} */ count) => new Array(count).fill(0);
const sof = [0xff, 0xc2, 0, 17, 8, 0, 20, 0, 30];
const ispe = ['ispe', 0, 0, 0, 0, 0, 0, 0, 30, 0, 0, 0, 20];

/** @type {[string, Uint8Array][]} 30 by 20 each */
const pictures = [
  ['image/png', bytes(0x89, 'PNG\r\n', 0x1a, '\n', 0, 0, 0, 13, 'IHDR', 0, 0, 0, 30, 0, 0, 0, 20)],
  ['image/gif', bytes('GIF89a', 30, 0, 20, 0)],
  ['image/jpeg', bytes(0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xff, 0xc4, 0, 3, 9, ...sof)],
  ['image/webp', bytes('RIFF', ...zeros(4), 'WEBPVP8X', ...zeros(8), 29, 0, 0, 19, 0, 0)],
  ['image/webp', bytes('RIFF', ...zeros(4), 'WEBPVP8 ', ...zeros(10), 30, 0, 20, 0)],
  ['image/webp', bytes('RIFF', ...zeros(4), 'WEBPVP8L', ...zeros(4), 0x2f, 29, 0xc0, 4, 0)],
  ['image/avif', bytes(0, 0, 0, 20, 'ftypavif', ...zeros(12), 'ispe', ...zeros(7), 3, 0, 0, 0, 2, ...ispe)],
];

test('A picture is known by its bytes, and so is its size; one that does not say how large it is, has none', () => {
  for (const [kind, picture] of pictures) {
    assert.equal(kindOf(picture), kind);
    assert.equal(pixelsOf(picture, kind), 600, kind);
    assert.equal(pixelsOf(picture.subarray(0, picture.length - 1), kind) === 600, false, `${kind}, cut`);
  }
  assert.equal(pixelsOf(bytes(0x89, 'PNG', ...zeros(30)), 'image/png'), null);
  assert.equal(pixelsOf(bytes(0xff, 0xd8, 0xff, 0xd9, 0, 0), 'image/jpeg'), null);
  assert.equal(pixelsOf(bytes('<svg>'), 'image/svg+xml'), null);
});
