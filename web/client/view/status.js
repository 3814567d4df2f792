// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file The line that says how the connection stands, when there is something to say.
 */

import { h, put, set } from './dom.js';

/** How long a connection may take before the line speaks of it, in milliseconds. */
const PATIENCE = 1200;

export class StatusLine {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;
  #phase = '';
  #retryAt = /** @type {number|null} */ (null);

  /** @param {import('./context.js').Context} context */
  constructor(context) {
    this.context = context;
    this.phase = h('span', { class: 'visually-hidden', 'aria-hidden': 'true', data: { test: 'status' } });
    this.words = h('span', { class: 'status__words' });
    this.line = h('p', { class: 'status', role: 'status', hidden: true }, h('span', { class: 'spinner', 'aria-hidden': 'true' }), this.words);
    this.element = h('div', { class: 'status-place' }, this.phase, this.line);
  }

  /** @param {import('./shapes.js').State} state */
  update({ phase, retryAt, phone }) {
    set(this.phase, 'data-phone', phone);
    set(this.phase, 'data-phase', phase);
    if (phase === this.#phase && retryAt === this.#retryAt) return;
    const was = this.#phase;
    this.#phase = phase;
    this.#retryAt = retryAt;
    put(this.phase, phase);
    set(this.element, 'data-phase', phase);
    clearTimeout(this.#timer);
    if (phase === 'offline') this.#say('status_offline');
    else if (phase === 'connecting' && was === 'offline') this.#say('status_connecting');
    else if (phase === 'connecting') this.#timer = setTimeout(() => this.#say('status_connecting'), PATIENCE);
    else this.line.hidden = true;
  }

  /** @param {string} key */
  #say(key) {
    this.line.hidden = false;
    put(this.words, this.context.words(key));
  }
}
