// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Search in conversations and in what was said.
 */

import { fill, h } from './dom.js';
import { icon } from './icons.js';
import { nameOf } from './people.js';
import { avatar, bdi, iconButton } from './pieces.js';
import { rove } from './popup.js';
import { shortTime } from './times.js';
import { shownText } from '../model/shown.js';
import { counted } from './words.js';

/** How long after a key the search begins, in milliseconds. */
const PAUSE = 180;
/** How much of a message stands before what was found. */
const BEFORE = 30;

/**
 * A text with what was searched for marked: before, found, after.
 * @param {string} text
 * @param {string} wanted
 * @returns {[string, string, string]}
 */
export function marked(text, wanted) {
  const line = text.replace(/\s+/g, ' ');
  const first = wanted.trim().split(/\s+/)[0] ?? '';
  const at = first ? line.toLocaleLowerCase().indexOf(first.toLocaleLowerCase()) : -1;
  if (at < 0) return [line.slice(0, 200), '', ''];
  const from = Math.max(0, at - BEFORE);
  return [(from > 0 ? '…' : '') + line.slice(from, at), line.slice(at, at + first.length), line.slice(at + first.length, at + 200)];
}

export class SearchField {
  #turn = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;

  /**
   * @param {import('./context.js').Context} context
   * @param {(searching: boolean) => void} changed
   */
  constructor(context, changed) {
    this.context = context;
    this.changed = changed;
    const { words } = context;
    this.input = h('input', {
      class: 'search__input', type: 'search', placeholder: words('search'), 'aria-label': words('search'), autocomplete: 'off', spellcheck: 'false',
      data: { test: 'search' },
      on: {
        input: () => this.#typed(),
        keydown: (/** @type {KeyboardEvent} */ event) => {
          if (event.key === 'Escape' && this.input.value) {
            event.stopPropagation();
            this.clear();
          } else if (event.key === 'ArrowDown') {
            const first = this.results.querySelector('button');
            if (first) {
              event.preventDefault();
              first.focus();
            }
          }
        },
      },
    });
    this.clearButton = iconButton('close', words('search_clear'), () => {
      this.clear();
      this.input.focus();
    }, { class: 'search__clear', hidden: true });
    this.element = h('div', { class: 'search', role: 'search' }, icon('search', 'search__icon'), this.input, this.clearButton);
    this.count = h('p', { class: 'search__count', role: 'status' });
    this.items = h('ul', { class: 'list__items', role: 'list', 'aria-label': words('search_results') });
    this.items.addEventListener('keydown', (event) => rove(event, /** @type {HTMLElement[]} */ ([...this.items.querySelectorAll('button')])));
    this.results = h('div', { class: 'list search__results', hidden: true }, this.count, this.items);
  }

  clear() {
    this.input.value = '';
    this.#typed();
  }

  #typed() {
    clearTimeout(this.#timer);
    const wanted = this.input.value.trim();
    this.clearButton.hidden = !this.input.value;
    this.results.hidden = !wanted;
    this.changed(Boolean(wanted));
    this.#turn += 1;
    if (!wanted) {
      fill(this.items);
      this.count.textContent = '';
      return;
    }
    const turn = this.#turn;
    this.count.textContent = this.context.words('search_going');
    this.#timer = setTimeout(async () => {
      try {
        const found = await this.context.session.search(wanted);
        if (turn === this.#turn) this.#show(wanted, found);
      } catch (error) {
        if (turn !== this.#turn) return;
        this.count.textContent = '';
        this.context.failed(error);
      }
    }, PAUSE);
  }

  /**
   * @param {string} wanted
   * @param {readonly {address: string, key: string, at: number, text: string}[]} found
   */
  #show(wanted, found) {
    const { context } = this;
    const { words, session } = context;
    const { conversations, order } = session.state;
    const low = wanted.toLocaleLowerCase();
    const named = order.map((address) => conversations[address]).filter((one) => one && (one.address.includes(low) || nameOf(one).toLocaleLowerCase().includes(low)));
    fill(this.items,
      ...named.map((one) => this.#entry(one, () => context.show(one.address), null, [bdi(one.address)])),
      ...found.filter((hit) => Object.hasOwn(conversations, hit.address)).map((hit) => {
        const [before, match, after] = marked(shownText(hit.text), wanted);
        return this.#entry(conversations[hit.address], () => context.show(hit.address, hit.key), hit.at,
          [h('bdi', null, before, match && h('mark', { text: match }), after)]);
      }));
    this.count.textContent = named.length + found.length === 0 ? words('search_none') : counted(words, 'search_found', named.length + found.length);
    const first = this.items.querySelector('button');
    if (first) first.tabIndex = 0;
  }

  /**
   * @param {import('./shapes.js').Conversation} one
   * @param {() => void} pressed
   * @param {number|null} at
   * @param {import('./dom.js').Child[]} line
   */
  #entry(one, pressed, at, line) {
    const { words, now, locale } = this.context;
    return h('li', null, h('button', { type: 'button', class: 'entry', tabindex: -1, data: { test: 'found' }, on: { click: pressed } }, avatar(one),
      h('span', { class: 'entry__words' }, h('span', { class: 'entry__top' }, h('span', { class: 'entry__name' }, bdi(nameOf(one))),
        at !== null && h('time', { class: 'entry__time', datetime: new Date(at).toISOString(), text: shortTime(at, now(), words, locale()) })),
      h('span', { class: 'entry__bottom' }, h('span', { class: 'entry__last', dir: 'auto' }, ...line)))));
  }
}
