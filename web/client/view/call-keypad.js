// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file The keys of a telephone, for menus that speak. They are pressed here or on the keyboard while the focus is among them.
 */

import { TONES } from './call-words.js';
import { h, put } from './dom.js';

/**
 * Which letters stand on a key.
 * @type {Record<string, string>}
 */
const LETTERS = { 2: 'ABC', 3: 'DEF', 4: 'GHI', 5: 'JKL', 6: 'MNO', 7: 'PQRS', 8: 'TUV', 9: 'WXYZ', 0: '+' };
/** How much of what was pressed is shown. */
const SHOWN = 24;

/**
 * @param {import('./context.js').Context} context
 * @param {(key: string) => void} pressed
 */
export function keypad({ words }, pressed) {
  let sent = '';
  const line = h('output', { class: 'keypad__line', 'aria-label': words('keypad_sent') });
  const press = (/** @type {string} */ key) => {
    sent = (sent + key).slice(-SHOWN);
    put(line, sent);
    pressed(key);
  };
  const name = (/** @type {string} */ key) => (key === '*' ? words('keypad_star') : key === '#' ? words('keypad_hash') : key);
  const keys = TONES.map((key) => h('button', { type: 'button', class: 'keypad__key', 'aria-label': name(key), data: { test: `tone-${key}` }, on: { click: () => press(key) } },
    h('span', { class: 'keypad__digit', text: key }), h('span', { class: 'keypad__letters', 'aria-hidden': 'true', text: LETTERS[key] ?? '' })));
  const element = h('div', {
    class: 'keypad', role: 'group', 'aria-label': words('keypad'),
    on: {
      keydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || !TONES.includes(event.key)) return;
        event.preventDefault();
        press(event.key);
      },
    },
  }, line, ...keys);
  return { element, focus: () => keys[0].focus() };
}
