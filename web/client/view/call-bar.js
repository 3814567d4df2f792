// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file The line above everything that says of a call which is not in sight: with whom, how long, and how to end it or to get to it.
 */

import { lengthWords, phaseKey, secondsOf } from './call-words.js';
import { fill, h, put } from './dom.js';
import { icon } from './icons.js';
import { nameOf } from './people.js';
import { button, iconButton, sentence } from './pieces.js';

/**
 * @typedef {import('./context.js').Context} Context
 * @typedef {import('./call-shapes.js').Call} Call
 */

export class CallBar {
  #shown = '';

  /**
   * @param {Context} context
   * @param {{open: () => void, answer: (call: Call) => void, decline: (call: Call) => void}} acts
   */
  constructor(context, acts) {
    this.context = context;
    this.acts = acts;
    this.time = h('span', { class: 'call-bar__time' });
    this.element = h('div', { class: 'call-bar', role: 'region', 'aria-label': context.words('call_bar'), hidden: true, data: { test: 'call-bar' } });
  }

  /**
   * @param {Call|null} call the one that goes on, if it is not in sight
   * @param {boolean} isHere whether it is heard in this tab
   * @param {readonly Call[]} waiting calls that ring and were put aside
   */
  update(call, isHere, waiting) {
    const key = [call && [call.id, isHere, call.muted, call.name, call.phase, call.onHold, call.heldByThem], ...waiting.map(({ id }) => id)].join(' ');
    this.element.hidden = !call && waiting.length === 0;
    if (this.#shown !== key) {
      this.#shown = key;
      const focused = /** @type {HTMLElement|null} */ (this.element.contains(document.activeElement) ? document.activeElement : null)?.dataset.test;
      fill(this.element, call && this.#line(call, isHere), ...waiting.map((one) => this.#waiting(one)));
      if (focused) /** @type {HTMLElement|null} */ (this.element.querySelector(`[data-test="${focused}"]`))?.focus();
    }
    if (call) this.tick(call);
  }

  /** @param {Call} call */
  tick(call) {
    const seconds = secondsOf(call, this.context.now());
    put(this.time, seconds === null ? '' : lengthWords(seconds));
  }

  /** @param {Call} call @param {boolean} isHere */
  #line(call, isHere) {
    const { words, session, failed } = this.context;
    const who = nameOf(call);
    const phase = phaseKey(call);
    if (!isHere) {
      return h('div', { class: 'call-bar__line', data: { test: 'call-elsewhere' } }, icon('phone'),
        h('p', { class: 'call-bar__words' }, ...sentence(words, 'call_other_tab', { who })), this.time, this.#end(call));
    }
    return h('div', { class: 'call-bar__line' },
      h('button', { type: 'button', class: 'call-bar__open', data: { test: 'call-open' }, on: { click: () => this.acts.open() } },
        icon('phone'), h('span', { class: 'call-bar__words' }, ...sentence(words, 'call_with', { who })),
        phase && h('span', { class: 'call-bar__phase', text: words(phase, { who }) }), this.time),
      iconButton(call.muted ? 'microphoneOff' : 'microphone', words('call_mute'), () => session.mute(call.id, !call.muted).catch(failed),
        { 'aria-pressed': call.muted ? 'true' : 'false', data: { test: 'bar-mute' } }),
      this.#end(call));
  }

  /** @param {Call} call */
  #end(call) {
    const { words, session, failed } = this.context;
    return iconButton('hangUp', words('call_hang_up'), () => session.hangUp(call.id).catch(failed), { class: 'icon-button--end', data: { test: 'bar-hang-up' } });
  }

  /** @param {Call} call */
  #waiting(call) {
    const { words } = this.context;
    const who = nameOf(call);
    return h('div', { class: 'call-bar__line', data: { test: 'call-waiting', address: call.address } }, icon('phone'),
      h('p', { class: 'call-bar__words' }, ...sentence(words, 'call_said_incoming', { who })),
      call.canAnswer !== false && button(words('incoming_answer'), () => this.acts.answer(call), { class: 'button--answer button--small', data: { test: 'bar-answer' } }),
      button(words('incoming_decline'), () => this.acts.decline(call), { class: 'button--danger button--small', data: { test: 'bar-decline' } }));
  }
}
