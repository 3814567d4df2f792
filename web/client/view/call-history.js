// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file The calls that were: made, missed, refused; and a way to forget them.
 */

import { lengthWords, outcomeKey } from './call-words.js';
import { isCallable, openCallAddress, placeCall } from './call-place.js';
import { confirmDialog } from './dialog.js';
import { KeyedList, fill, h } from './dom.js';
import { icon } from './icons.js';
import { nameOf } from './people.js';
import { avatar, bdi, button, iconButton, panelCloser } from './pieces.js';
import { fullTime, shortTime } from './times.js';

/**
 * @typedef {import('./context.js').Context} Context
 * @typedef {import('./call-shapes.js').HistoryCall} HistoryCall
 */

const PICTURES = /** @type {const} */ ({ history_in: 'callIn', history_out: 'callOut', history_missed: 'callMissed', history_unanswered: 'callOut', history_declined: 'callMissed', history_refused: 'callOut' });

export class CallHistoryView {
  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    const { words } = context;
    this.title = h('h2', { class: 'head__name', tabindex: -1, text: words('history') });
    this.items = h('ul', { class: 'history__items', role: 'list' });
    this.none = h('div', { class: 'empty', hidden: true }, icon('phone', 'empty__icon'), h('h3', { class: 'empty__title', text: words('history_none_title') }),
      h('p', { text: words('history_none') }));
    this.loading = h('p', { class: 'list__loading' }, h('span', { class: 'spinner' }), h('span', { text: words('history_loading') }));
    this.clear = button(words('history_clear'), () => this.#clear(), { class: 'button--secondary button--small', data: { test: 'history-clear' } });
    this.element = h('section', { class: 'history', data: { test: 'call-history' } },
      h('header', { class: 'head' }, iconButton('back', words('back'), () => context.turn('list'), { class: 'head__back' }),
        h('div', { class: 'head__words' }, this.title),
        iconButton('phone', words('call_address'), () => openCallAddress(context), { data: { test: 'history-call' } }), panelCloser(context)),
      h('div', { class: 'history__scroll' },
        h('div', { class: 'history__top' }, h('p', { class: 'hint' }, icon('clock'), h('span', { text: words('history_hint') })), this.clear),
        this.loading, this.none, this.items));
    this.list = new KeyedList(this.items, {
      key: (/** @type {HistoryCall} */ one) => one.id,
      create: (one) => {
        const item = h('li', { class: 'history__item' });
        this.#item(item, one);
        return item;
      },
      update: (item, one) => this.#item(item, one),
    });
  }

  /** @param {import('./shapes.js').State} state */
  update({ history }) {
    this.list.set(history.list);
    const isEmpty = history.list.length === 0;
    this.loading.hidden = history.isLoaded || !isEmpty;
    this.none.hidden = !isEmpty || !history.isLoaded;
    this.clear.hidden = isEmpty;
  }

  /** Asks for the list anew: it is looked at now. */
  opened() {
    this.context.session.history().catch(this.context.failed);
  }

  focus() {
    this.title.focus();
  }

  #clear() {
    const { context } = this;
    const { words, session } = context;
    confirmDialog(context, { title: words('history_clear_title'), text: words('history_clear_text'), yes: words('history_clear_yes') }, async () => {
      await session.clearHistory();
      context.tell(words('history_cleared'));
      this.focus();
    });
  }

  /**
   * @param {HTMLElement} item
   * @param {HistoryCall} one
   */
  #item(item, one) {
    const { context } = this;
    const { words, session, locale, now } = context;
    const who = nameOf(one);
    const key = outcomeKey(one);
    Object.assign(item.dataset, { test: 'history-item', outcome: one.outcome, address: one.address });
    item.classList.toggle('history__item--missed', key === 'history_missed');
    fill(item,
      h('button', { type: 'button', class: 'history__open', on: { click: () => context.show(one.address) } }, avatar(one),
        h('span', { class: 'entry__words' }, h('span', { class: 'entry__top' }, h('span', { class: 'entry__name' }, bdi(who)),
          h('time', { class: 'entry__time', datetime: new Date(one.at).toISOString(), title: fullTime(one.at, locale()), text: shortTime(one.at, now(), words, locale()) })),
        h('span', { class: 'entry__bottom history__line' }, icon(PICTURES[/** @type {keyof typeof PICTURES} */ (key)] ?? 'phone', 'entry__icon'),
          h('span', { text: words(key) }), one.seconds !== null && one.outcome === 'answered' && h('span', { text: `· ${lengthWords(one.seconds)}` })))),
      isCallable(session.state, one.address) && iconButton('phone', words('call_back_whom', { who }), () => void placeCall(context, one.address), { data: { test: 'call-back' } }));
  }
}
