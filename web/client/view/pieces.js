// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Small pieces that several views are made of: buttons, avatars, names, links in text.
 */

import { pieces } from '../model/links.js';
import { shownName, shownText } from '../model/shown.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { hueOf, letterOf, nameOf } from './people.js';

/**
 * A button that is an icon; its name is its title too.
 * @param {import('./icons.js').IconName} name
 * @param {string} label
 * @param {(event: MouseEvent) => void} [pressed]
 * @param {import('./dom.js').Props} [props]
 */
export function iconButton(name, label, pressed, props = {}) {
  const { class: extra, on, ...rest } = props;
  return h('button', {
    type: 'button', 'aria-label': label, title: label, ...rest, class: extra ? `icon-button ${extra}` : 'icon-button',
    on: { ...(pressed ? { click: pressed } : {}), ...on },
  }, icon(name));
}

/**
 * Closes the panel that the client stands in; in a tab of its own there is none.
 * @param {import('./context.js').Context} context
 */
export function panelCloser({ page, words }) {
  return page.framed && iconButton('close', words('close_panel'), () => page.close(), { data: { test: 'close' } });
}

/**
 * @param {string} label
 * @param {(event: MouseEvent) => void} pressed
 * @param {import('./dom.js').Props} [props] `class` is added, such as `button--secondary`
 * @param {import('./icons.js').IconName} [picture]
 */
export function button(label, pressed, props = {}, picture) {
  const { class: extra, ...rest } = props;
  return h('button', { type: 'button', ...rest, class: extra ? `button ${extra}` : 'button', on: { click: pressed } },
    picture && icon(picture), h('span', { text: label }));
}

/**
 * A letter in a circle, in a hue that stays; a room has an icon.
 * @param {{address: string, name?: string|null, kind?: string}} who
 * @param {string} [extra]
 */
export function avatar(who, extra) {
  return h('span', { class: extra ? `avatar ${extra}` : 'avatar', 'aria-hidden': 'true', data: { hue: hueOf(who.address) } },
    who.kind === 'room' ? icon('group') : letterOf(nameOf(who)));
}

/**
 * A name or an address that somebody else has chosen: it can neither turn what stands beside it around nor pretend to end.
 * @param {string} text
 * @param {string} [extra] a class
 */
export function bdi(text, extra) {
  return h('bdi', { class: extra, text: shownName(text, 160) });
}

/**
 * A sentence of the catalogue whose values are names that somebody else has chosen.
 * @param {import('./words.js').Words} words
 * @param {string} key
 * @param {Record<string, string>} values
 * @returns {(Node|string)[]}
 */
export function sentence(words, key, values) {
  return words(key).split(/(\{\w+\})/).filter(Boolean).map((part) => {
    const name = part.startsWith('{') ? part.slice(1, -1) : '';
    return Object.hasOwn(values, name) ? bdi(values[name]) : part;
  });
}

/**
 * What somebody wrote: text and links, nothing else.
 * @param {string} text
 * @returns {(Node|string)[]}
 */
export function written(text) {
  return pieces(shownText(text)).map((piece) => (piece.kind === 'text' ? piece.text
    : h('a', { href: piece.href, target: '_blank', rel: 'noopener noreferrer nofollow ugc', text: piece.text })));
}
