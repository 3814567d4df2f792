// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file The list of conversations, latest first. Arrow keys move in it, one of them is reached by Tab.
 */

import { shownText } from '../model/shown.js';
import { KeyedList, fill, h, put, set } from './dom.js';
import { icon } from './icons.js';
import { nameOf, senderName } from './people.js';
import { avatar, bdi, button, sentence } from './pieces.js';
import { rove } from './popup.js';
import { isQuiet } from './rows.js';
import { fullTime, shortTime } from './times.js';
import { counted } from './words.js';

/**
 * @typedef {import('./shapes.js').Conversation} Conversation
 * @typedef {import('./shapes.js').State} State
 * @typedef {import('./context.js').Context} Context
 */

export class ListView {
  #open = /** @type {string|null} */ (null);
  #day = 0;

  /**
   * @param {Context} context
   * @param {() => void} begin opens the dialog for a new chat
   */
  constructor(context, begin) {
    this.context = context;
    const { words } = context;
    this.requestsWords = h('span', { class: 'list__requests-words' });
    this.requestsCount = h('span', { class: 'badge', 'aria-hidden': 'true' });
    this.requests = h('button', { type: 'button', class: 'list__requests', data: { test: 'requests' }, on: { click: () => context.turn('requests') } },
      icon('requests'), this.requestsWords, this.requestsCount);
    this.items = h('ul', { class: 'list__items', role: 'list', 'aria-label': words('conversations') });
    this.items.addEventListener('keydown', (event) => rove(event, this.#buttons()));
    this.empty = h('div', { class: 'empty', hidden: true }, icon('chat', 'empty__icon'), h('h2', { class: 'empty__title', text: words('empty_title') }),
      h('p', { text: words('empty') }), button(words('new_chat'), begin, {}, 'plus'));
    this.loading = h('p', { class: 'list__loading', hidden: true }, h('span', { class: 'spinner' }), h('span', { text: words('list_loading') }));
    this.element = h('div', { class: 'list' }, this.requests, this.loading, this.empty, this.items);
    this.list = new KeyedList(this.items, {
      key: (/** @type {Conversation} */ one) => one.address,
      same: (a, b) => a === b && !this.#stale,
      create: (one) => {
        const item = h('li', null, h('button', {
          type: 'button', class: 'entry', data: { test: 'conversation', address: one.address }, tabindex: -1,
          on: { click: () => context.show(one.address) },
        }));
        this.#entry(item, one);
        return item;
      },
      update: (item, one) => this.#entry(item, one),
    });
  }

  #stale = false;

  /**
   * @param {State} state
   * @param {string|null} open the conversation that is open
   */
  update(state, open) {
    const { words, now } = this.context;
    const day = Math.floor(now() / 3600000);
    this.#stale = day !== this.#day;
    this.#day = day;
    const shown = state.order.map((address) => state.conversations[address]).filter(Boolean);
    this.list.set(shown);
    this.#stale = false;
    if (this.#open !== open) {
      for (const entry of this.#buttons()) set(entry, 'aria-current', entry.dataset.address === open ? 'true' : null);
      this.#open = open;
    }
    const buttons = this.#buttons();
    if (buttons.length > 0 && !buttons.some((entry) => entry.tabIndex === 0)) buttons[0].tabIndex = 0;
    const waits = state.requests.length;
    this.requests.hidden = waits === 0;
    put(this.requestsWords, waits ? counted(words, 'requests', waits) : '');
    put(this.requestsCount, String(waits));
    const none = shown.length === 0;
    this.loading.hidden = !none || state.isListed;
    this.empty.hidden = !none || !state.isListed;
  }

  #buttons() {
    return /** @type {HTMLButtonElement[]} */ ([...this.items.querySelectorAll('.entry')]);
  }

  /**
   * @param {HTMLElement} item
   * @param {Conversation} one
   */
  #entry(item, one) {
    const { context } = this;
    const { words } = context;
    const entry = /** @type {HTMLButtonElement} */ (item.firstElementChild);
    const last = one.messages.at(-1);
    const at = last?.at ?? (one.since || null);
    entry.classList.toggle('entry--unread', one.unread > 0);
    set(entry, 'aria-current', this.#open === one.address ? 'true' : null);
    fill(entry, avatar(one), h('span', { class: 'entry__words' },
      h('span', { class: 'entry__top' },
        h('span', { class: 'entry__name' }, bdi(nameOf(one))),
        at !== null && h('time', {
          class: 'entry__time', datetime: new Date(at).toISOString(), title: fullTime(at, context.locale()), text: shortTime(at, context.now(), words, context.locale()),
        })),
      h('span', { class: 'entry__bottom' },
        h('span', { class: one.typing.length > 0 ? 'entry__last entry__last--typing' : 'entry__last', dir: 'auto' }, ...lastWords(context, one)),
        one.unread > 0 && h('span', { class: 'badge' }, h('span', { 'aria-hidden': 'true', text: one.unread > 99 ? '99+' : String(one.unread) }),
          h('span', { class: 'visually-hidden', text: counted(words, 'unread', one.unread) })))));
  }
}

/**
 * The last thing that was said, on one line.
 * @param {Context} context
 * @param {Conversation} one
 * @returns {import('./dom.js').Child[]}
 */
export function lastWords({ words }, one) {
  if (one.typing.length > 0) return one.kind === 'room' ? sentence(words, 'typing_one', { who: one.typing[0] }) : [words('typing')];
  const last = one.messages.at(-1);
  if (!last) return [one.kind === 'room' ? words('room') : bdi(one.address)];
  const who = isQuiet(last) ? [] : last.mine ? [words('you_said'), ' '] : one.kind === 'room' ? [bdi(senderName(one, last.from)), ': '] : [];
  const sign = last.state === 'failed' ? icon('warning', 'entry__icon') : null;
  const text = shownText(last.text.slice(0, 200).replace(/\s+/g, ' '));
  switch (last.kind) {
    case 'file':
      return [sign, ...who, icon('attach', 'entry__icon'), bdi(last.file?.name || words('file'))];
    case 'call':
      return [icon('callMissed', 'entry__icon'), words('call_missed_short')];
    case 'encrypted':
      return [sign, ...who, icon('lock', 'entry__icon'), words('message_encrypted_short')];
    case 'invitation':
      return [words('invitation_short')];
    default:
      return [sign, ...who, h('bdi', { text })];
  }
}
