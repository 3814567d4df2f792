// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file First messages of people who may not start a chat: read without their noticing, and answered.
 */

import { errorLine, busy } from './dialog.js';
import { KeyedList, fill, h } from './dom.js';
import { icon } from './icons.js';
import { nameOf } from './people.js';
import { avatar, bdi, button, iconButton, panelCloser, written } from './pieces.js';
import { fullTime, shortTime } from './times.js';
import { counted } from './words.js';

/**
 * @typedef {import('./shapes.js').Request} Request
 * @typedef {import('./context.js').Context} Context
 */

export class RequestsView {
  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    const { words } = context;
    this.title = h('h2', { class: 'head__name', tabindex: -1, text: words('requests_title') });
    this.items = h('ul', { class: 'requests__items', role: 'list' });
    this.none = h('div', { class: 'empty' }, icon('requests', 'empty__icon'), h('h3', { class: 'empty__title', text: words('requests_none_title') }),
      h('p', { text: words('requests_none') }));
    this.element = h('section', { class: 'requests', 'aria-label': words('requests_title') },
      h('header', { class: 'head' }, iconButton('back', words('back'), () => context.turn('list'), { class: 'head__back' }), h('div', { class: 'head__words' }, this.title), panelCloser(context)),
      h('div', { class: 'requests__scroll', tabindex: 0, role: 'group', 'aria-label': words('requests_title') },
        h('p', { class: 'hint' }, icon('eyeOff'), h('span', { text: words('requests_hint') })), this.none, this.items));
    this.list = new KeyedList(this.items, {
      key: (/** @type {Request} */ one) => `${one.kind} ${one.address}`,
      create: (one) => {
        const item = h('li', { class: 'request', data: { test: 'request', address: one.address } });
        this.#item(item, one);
        return item;
      },
      update: (item, one) => this.#item(item, one),
    });
  }

  /** @param {import('./shapes.js').State} state */
  update(state) {
    this.list.set(state.requests);
    this.none.hidden = state.requests.length > 0;
  }

  focus() {
    this.title.focus();
  }

  /**
   * @param {HTMLElement} item
   * @param {Request} one
   */
  #item(item, one) {
    const { context } = this;
    const { words, session } = context;
    const who = nameOf(one);
    const wrong = errorLine();
    const hidden = one.count - one.said.length;
    const answer = (/** @type {'accept'|'refuse'} */ which) => (/** @type {MouseEvent} */ event) => {
      busy(/** @type {HTMLButtonElement} */ (event.currentTarget), wrong, context, async () => {
        await session.answer(one.address, which);
        context.tell(words(`done_${which}`));
        if (which === 'accept' && one.kind === 'message') {
          context.accepted.add(one.address);
          context.show(one.address);
        } else {
          this.focus();
        }
      });
    };
    fill(item,
      h('div', { class: 'request__top' }, avatar(one), h('span', { class: 'person__words' }, h('h3', { class: 'person__name' }, bdi(who)), bdi(one.address, 'person__address')),
        h('time', { class: 'entry__time', datetime: new Date(one.at).toISOString(), title: fullTime(one.at, context.locale()), text: shortTime(one.at, context.now(), words, context.locale()) })),
      one.kind === 'contact' && h('p', { class: 'request__line', text: words('request_contact') }),
      ...one.said.map((said) => h('div', { class: 'bubble bubble--request', dir: 'auto' },
        ...(said.kind === 'call' ? [words('request_call')] : said.kind === 'invitation' ? [words('invitation_short'), ' ', ...written(said.text)] : written(said.text)))),
      one.kind === 'message' && hidden > 0 && h('p', { class: 'request__line', text: counted(words, 'request_more', hidden) }),
      wrong,
      h('div', { class: 'actions' },
        button(words('accept'), answer('accept'), { 'aria-label': words('accept_label', { who }), class: 'button--small' }, 'check'),
        button(words('refuse'), answer('refuse'), { 'aria-label': words('refuse_label', { who }), class: 'button--small button--secondary' }),
        // A page of the portal says what moderators would be told, and has the home server allow it, which a frame cannot show.
        one.kind === 'message' && h('a', {
          class: 'button button--small button--danger-quiet', href: `/requests/report?from=${encodeURIComponent(one.address)}`, target: '_blank', rel: 'noopener',
          'aria-label': words('report_label', { who }),
        }, h('span', { text: words('report') }))));
  }
}
