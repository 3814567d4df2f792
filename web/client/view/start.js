// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file What stands there before there are conversations: not signed in, chat not switched on, ended.
 */

import { busy, errorLine } from './dialog.js';
import { fill, h } from './dom.js';
import { icon } from './icons.js';
import { button, sentence } from './pieces.js';

/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('./shapes.js').State} State */

/** Reasons for which another try by the member can help. */
const MENDABLE = new Set(['home-server', 'unreachable', 'network', 'conflict', 'ticket-spent', 'expired']);

export class StartView {
  #shown = '';

  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    this.element = h('section', { class: 'start' });
  }

  /** @param {State} state */
  update(state) {
    const which = `${state.phase} ${state.reason} ${state.me?.address ?? this.context.session.surroundings?.account}`;
    if (which === this.#shown) return;
    this.#shown = which;
    const { element } = this;
    const had = element.contains(document.activeElement);
    if (state.phase === 'off') fill(element, ...this.#off(state));
    else if (state.phase === 'waiting') fill(element, ...this.#waiting(state));
    else if (state.phase === 'ended') fill(element, ...this.#ended(state));
    else fill(element, h('p', { class: 'start__loading' }, h('span', { class: 'spinner' }), h('span', { text: this.context.words('connecting') })));
    element.scrollTop = 0;
    if (had) this.focus();
  }

  focus() {
    this.element.querySelector('h2')?.focus();
  }

  /** @param {State} state */
  #off(state) {
    const { words, session, page } = this.context;
    const address = state.me?.address ?? session.surroundings?.account ?? '';
    const wrong = errorLine();
    const on = button(words('off_button'), () => busy(on, wrong, this.context, () => session.switchOn()), { class: 'button--block', data: { test: 'switch-on' } });
    const points = /** @type {const} */ ([['at', 'off_address'], ['eyeOff', 'off_presence'], ['server', 'off_servers'], ['requests', 'off_requests']]);
    return [
      !page.framed && icon('chat', 'start__icon'),
      h('h2', { class: 'start__title', tabindex: -1, text: words('off_title') }),
      h('p', { class: 'start__lead', text: words('off_lead') }),
      h('ul', { class: 'points', role: 'list' }, ...points.map(([sign, key]) => h('li', { class: 'point' }, h('span', { class: 'point__icon' }, icon(sign)),
        h('div', null, h('h3', { class: 'point__title', text: words(`${key}_title`) }), h('p', null, ...(key === 'off_address' && !address ? [words('off_address_same')] : sentence(words, key, { address }))))))),
      h('div', { class: 'start__actions' }, wrong, on, h('p', { class: 'start__small', text: words('off_later') }), page.framed && h('button', { type: 'button', class: 'text-button start__hide', data: { test: 'hide' }, text: words('hide'), on: { click: () => page.hide() } })),
    ];
  }

  /** @param {State} state */
  #waiting(state) {
    const { words, session, page } = this.context;
    const wrong = errorLine();
    const reason = state.reason ?? '';
    const kept = reason === 'kept-out' || reason === 'not-set-up' || reason === 'other-app';
    const go = button(words('waiting_button'), () => busy(go, wrong, this.context, () => session.needTicket()), { class: 'button--block' });
    return [
      icon(kept ? 'warning' : 'chat', 'start__icon'),
      h('h2', { class: 'start__title', tabindex: -1, text: words(kept ? 'kept_title' : 'waiting_title') }),
      h('p', { class: 'start__lead', text: reasonWords(words, reason) || words(page.framed ? 'waiting' : 'waiting_alone') }),
      wrong,
      page.framed && !kept && go,
      !page.framed && !kept && h('a', { class: 'button button--block', href: '/', target: '_blank', rel: 'noopener' }, h('span', { text: words('sign_in') })),
      !page.framed && !kept && button(words('signed_in_now'), () => busy(go, wrong, this.context, () => session.needTicket()), { class: 'button--secondary button--block' }),
    ];
  }

  /** @param {State} state */
  #ended(state) {
    const { words, session } = this.context;
    const wrong = errorLine();
    const reason = state.reason ?? '';
    const again = button(words('again'), () => busy(again, wrong, this.context, () => session.needTicket()), { class: 'button--block' });
    const calm = reason === 'signed-out' || reason === 'signed-out-here' || reason === 'by-member';
    return [
      icon(calm ? 'signOut' : 'warning', 'start__icon'),
      h('h2', { class: 'start__title', tabindex: -1, text: words(calm ? 'ended_out_title' : 'ended_title') }),
      h('p', { class: 'start__lead', text: reasonWords(words, reason) || words('ended') }),
      wrong, (calm || MENDABLE.has(reason) || !reason) && again,
    ];
  }
}

/**
 * @param {import('./words.js').Words} words
 * @param {string} reason
 */
function reasonWords(words, reason) {
  const key = `reason_${reason.replaceAll('-', '_')}`;
  const text = words(key);
  return reason && text !== key ? text : '';
}
