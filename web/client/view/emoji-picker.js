// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file The button that offers emoji: a grid for arrow keys, each with its name.
 */

import { h } from './dom.js';
import { COLUMNS, EMOJI } from './emoji.js';
import { iconButton } from './pieces.js';
import { popup, rove } from './popup.js';

/**
 * @param {import('./context.js').Context} context
 * @param {(emoji: string) => void} picked
 * @returns {HTMLElement}
 */
export function emojiButton({ words }, picked) {
  const opener = iconButton('emoji', words('emoji'), undefined, { 'aria-haspopup': 'dialog' });
  const place = h('span', { class: 'menu-place' }, opener);
  const close = popup(opener, () => {
    const name = h('p', { class: 'emoji__name', 'aria-hidden': 'true' });
    const items = EMOJI.map(([sign, key], index) => {
      const label = words(`emoji_${key}`);
      const tell = () => {
        name.textContent = label;
      };
      return h('button', {
        type: 'button', class: 'emoji__item', 'aria-label': label, tabindex: index === 0 ? 0 : -1, text: sign,
        on: {
          focus: tell, pointerenter: tell,
          click: () => {
            close(false);
            picked(sign);
          },
        },
      });
    });
    const grid = h('div', { class: 'emoji__grid', role: 'group', 'aria-label': words('emoji') }, ...items);
    grid.addEventListener('keydown', (event) => rove(event, items, COLUMNS));
    return h('div', { class: 'emoji', role: 'dialog', 'aria-label': words('emoji') }, grid, name);
  }, place, (made) => made.querySelector('button')?.focus());
  return place;
}
