// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file What opens beside a button and closes by Escape, by a press elsewhere, or when the focus leaves it.
 */

import { h } from './dom.js';
import { icon } from './icons.js';
import { iconButton } from './pieces.js';

/**
 * Ties a popup to its button.
 * @param {HTMLButtonElement} opener
 * @param {() => HTMLElement} make the popup, anew each time
 * @param {HTMLElement} place where it is put
 * @param {(popup: HTMLElement) => void} opened gives it the focus
 * @returns {(focusBack?: boolean) => void} closes it
 */
export function popup(opener, make, place, opened) {
  /** @type {HTMLElement|null} */
  let shown = null;
  const close = (focusBack = true) => {
    if (!shown) return;
    const gone = shown;
    shown = null;
    opener.setAttribute('aria-expanded', 'false');
    document.removeEventListener('pointerdown', outside, true);
    gone.remove();
    if (focusBack) opener.focus();
  };
  /** @param {PointerEvent} event */
  const outside = (event) => {
    if (event.target instanceof Node && !shown?.contains(event.target) && !opener.contains(event.target)) close(false);
  };
  opener.setAttribute('aria-expanded', 'false');
  opener.addEventListener('click', () => {
    if (shown) {
      close();
      return;
    }
    const made = make();
    shown = made;
    made.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        close();
      }
    });
    made.addEventListener('focusout', (event) => {
      if (event.relatedTarget instanceof Node && !made.contains(event.relatedTarget)) close(false);
    });
    place.append(made);
    opener.setAttribute('aria-expanded', 'true');
    document.addEventListener('pointerdown', outside, true);
    opened(made);
  });
  return close;
}

/**
 * Moves the focus among elements by arrow keys, Home and End; one of them at a time can be reached by Tab.
 * @param {KeyboardEvent} event
 * @param {readonly HTMLElement[]} items
 * @param {number} [columns] of a grid; a list has one
 * @returns {boolean} whether the key was one of these
 */
export function rove(event, items, columns = 1) {
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const sideways = columns > 1 ? (getComputedStyle(items[0] ?? document.body).direction === 'rtl' ? -1 : 1) : 0;
  const steps = /** @type {Record<string, number>} */ ({ ArrowDown: columns, ArrowUp: -columns, ArrowRight: sideways, ArrowLeft: -sideways });
  let next = -1;
  if (event.key === 'Home') next = 0;
  else if (event.key === 'End') next = items.length - 1;
  else if (steps[event.key]) next = Math.max(0, Math.min(items.length - 1, at + steps[event.key]));
  if (next < 0 || items.length === 0) return false;
  event.preventDefault();
  for (const item of items) item.tabIndex = -1;
  items[next].tabIndex = 0;
  items[next].focus();
  return true;
}

/**
 * @typedef {object} MenuItem
 * @property {string} label
 * @property {import('./icons.js').IconName} picture
 * @property {() => void} [act]
 * @property {string} [href] opens in a new tab
 * @property {boolean} [danger]
 */

/**
 * A button with a menu.
 * @param {string} label
 * @param {() => MenuItem[]} items
 * @param {import('./icons.js').IconName} [picture]
 */
export function menuButton(label, items, picture = 'menu') {
  const opener = iconButton(picture, label, undefined, { 'aria-haspopup': 'menu' });
  const place = h('span', { class: 'menu-place' }, opener);
  const close = popup(opener, () => {
    const menu = h('div', { class: 'menu', role: 'menu', 'aria-label': label });
    for (const { label: words, picture: sign, act, href, danger } of items()) {
      const props = { class: danger ? 'menu__item menu__item--danger' : 'menu__item', role: 'menuitem', tabindex: -1 };
      const item = href
        ? h('a', { ...props, href, target: '_blank', rel: 'noopener' }, icon(sign), h('span', { text: words }))
        : h('button', { ...props, type: 'button' }, icon(sign), h('span', { text: words }));
      item.addEventListener('click', () => {
        close(true);
        act?.();
      });
      menu.append(item);
    }
    menu.addEventListener('keydown', (event) => {
      if (event.key === 'Tab') close(false);
      else rove(event, /** @type {HTMLElement[]} */ ([...menu.children]));
    });
    return menu;
  }, place, (menu) => {
    const first = menu.firstElementChild;
    if (first instanceof HTMLElement) {
      first.tabIndex = 0;
      first.focus();
    }
  });
  return place;
}
