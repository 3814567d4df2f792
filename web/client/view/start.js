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
    else if (state.phase === 'waiting') fill(element, ...this.#waiting());
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

  #waiting() {
    const { words, page } = this.context;
    return [
      icon('chat', 'start__icon'),
      h('h2', { class: 'start__title', tabindex: -1, text: words('waiting_title') }),
      h('p', { class: 'start__lead', text: words(page.framed ? 'waiting' : 'waiting_alone') }),
      ...this.#ways('waiting_button'),
    ];
  }

  /** @param {State} state */
  #ended(state) {
    const { words } = this.context;
    const reason = state.reason ?? '';
    const calm = reason === 'signed-out';
    return [
      icon(calm ? 'signOut' : 'warning', 'start__icon'),
      h('h2', { class: 'start__title', tabindex: -1, text: words(calm ? 'ended_out_title' : 'ended_title') }),
      h('p', { class: 'start__lead', text: reasonWords(words, reason) || words('ended') }),
      ...(calm || !reason ? this.#ways('again') : []),
    ];
  }

  /**
   * How to go on: the page around proves who is there; in a tab of its own the member signs in to the portal.
   * @param {string} key the words of the button
   */
  #ways(key) {
    const { words, session, page } = this.context;
    const wrong = errorLine();
    /** @param {string} label @param {string} extra */
    const go = (label, extra) => {
      const pressed = button(words(label), () => busy(pressed, wrong, this.context, () => session.needTicket()), { class: extra });
      return pressed;
    };
    if (page.framed) return [wrong, go(key, 'button--block')];
    return [
      wrong,
      h('a', { class: 'button button--block', href: '/', target: '_blank', rel: 'noopener' }, h('span', { text: words('sign_in') })),
      go('signed_in_now', 'button--secondary button--block'),
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
