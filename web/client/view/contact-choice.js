// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Contacts to choose from, where a name or an address is typed.
 */

import { fill, h } from './dom.js';
import { nameOf } from './people.js';
import { avatar, bdi } from './pieces.js';

/** @typedef {import('./context.js').Context} Context */

/** How many contacts are offered at once. */
const OFFERED = 50;

/**
 * The contacts that fit what was typed, by name.
 * @param {Readonly<Record<string, {name?: string|null}>>} contacts
 * @param {string} typed
 * @param {(address: string) => boolean} [isOffered]
 * @returns {{address: string, name: string}[]}
 */
export function fitting(contacts, typed, isOffered = () => true) {
  const wanted = typed.trim().replace(/^@/, '').toLocaleLowerCase();
  return Object.keys(contacts).filter(isOffered).map((address) => ({ address, name: nameOf({ address, name: contacts[address].name }) }))
    .filter(({ address, name }) => address.includes(wanted) || name.toLocaleLowerCase().includes(wanted))
    .sort((a, b) => a.name.localeCompare(b.name)).slice(0, OFFERED);
}

/**
 * The contacts that fit what stands in a field, to choose one instead of typing more.
 * @param {Context} context
 * @param {HTMLInputElement} input
 * @param {(address: string) => void} chosen
 * @param {(address: string) => boolean} [isOffered]
 * @returns {HTMLElement[]}
 */
export function contactChoice({ words, session }, input, chosen, isOffered) {
  const heading = h('h3', { class: 'subheading', text: words('contacts') });
  const known = h('ul', { class: 'people', role: 'list' });
  const offer = () => {
    const people = fitting(session.state.contacts, input.value, isOffered);
    heading.hidden = people.length === 0;
    fill(known, ...people.map((person) => h('li', null, h('button', { type: 'button', class: 'person', on: { click: () => chosen(person.address) } },
      avatar(person), h('span', { class: 'person__words' }, bdi(person.name, 'person__name'), bdi(person.address, 'person__address'))))));
  };
  input.addEventListener('input', offer);
  offer();
  return [heading, known];
}
