// SPDX-License-Identifier: AGPL-3.0-or-later
/** Making elements. Text goes in as text, and there is no other way in. */

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** Drawn as Mastodon's are: filled outlines on a square of 24. */
const SHAPES = {
  call: 'M6.600 3h2.600l1.900 4.800-2 1.600a11 11 0 0 0 5.500 5.500l1.600-2 4.800 1.900v2.600a2.600 2.600 0 0 1-2.800 2.600C10.500 19.400 4.600 13.500 4 5.800A2.600 2.600 0 0 1 6.600 3Z',
  chat: 'M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H8l-6 5V5a2 2 0 0 1 2-2Zm0 2v12.7L7.300 15H20V5ZM7 7.500h10v1.800H7ZM7 11h7v1.800H7Z',
  close: 'M6.400 19 5 17.600l5.600-5.600L5 6.400 6.400 5l5.600 5.600L17.600 5 19 6.400 13.400 12l5.600 5.600-1.400 1.400-5.600-5.600Z',
  tab: 'M5 21a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h7v2H5v14h14v-7h2v7a2 2 0 0 1-2 2ZM9.700 15.700l-1.400-1.400L17.600 5H14V3h7v7h-2V6.400Z',
};

/** @param {keyof typeof SHAPES} shape @param {string} classes */
export function icon(shape, classes) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', `icon ${classes} trunkline-icon`);
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('width', '24');
  svg.setAttribute('height', '24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('fill-rule', 'evenodd');
  path.setAttribute('d', SHAPES[shape]);
  svg.append(path);
  return svg;
}

/**
 * A text of the catalogue, with what stands in its braces.
 * @param {Record<string, string>} words @param {string} name @param {Record<string, string>} values
 */
export const say = (words, name, values = {}) =>
  (words[name] ?? name).replace(/\{([a-z_]+)\}/g, (whole, key) => values[key] ?? whole);
