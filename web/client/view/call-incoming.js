// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Somebody is calling: a dialog in every tab. It takes the focus itself and gives none to a button, so that a key that was
 * meant for a message answers nothing. Escape puts it aside; it declines nothing.
 */

import { callErrorWords, isCallable, isNeighbour, placeCall } from './call-place.js';
import { current } from './call-words.js';
import { h } from './dom.js';
import { nameOf } from './people.js';
import { avatar, bdi, button, iconButton, sentence } from './pieces.js';

/**
 * @typedef {import('./context.js').Context} Context
 * @typedef {import('./call-shapes.js').Call} Call
 */

let count = 0;

export class IncomingCalls {
  /** @type {Map<string, {dialog: HTMLDialogElement, before: Element|null, busy: boolean}>} */
  #open = new Map();
  /** @type {Set<string>} */
  #aside = new Set();
  /** Why the last answer failed: it rings on then. @type {Map<string, string>} */
  #wrong = new Map();

  /**
   * @param {Context} context
   * @param {() => void} changed
   */
  constructor(context, changed) {
    this.context = context;
    this.changed = changed;
  }

  /**
   * @param {readonly Call[]} calls those that ring
   * @param {readonly Call[]} all
   */
  update(calls, all) {
    const keep = new Set(all.map(({ id }) => id));
    const ids = new Set(calls.map(({ id }) => id));
    for (const id of [...this.#open.keys()]) if (!ids.has(id)) this.#close(id);
    for (const id of [...this.#aside]) if (!ids.has(id)) this.#aside.delete(id);
    for (const id of [...this.#wrong.keys()]) if (!keep.has(id)) this.#wrong.delete(id);
    for (const call of calls) {
      const shown = this.#open.get(call.id);
      const isBusy = this.#isBusy(call);
      if (shown && shown.busy !== isBusy) this.#close(call.id);
      if (!this.#aside.has(call.id) && !this.#open.has(call.id)) this.#show(call, isBusy);
    }
  }

  /** @param {string} id */
  isAside(id) {
    return this.#aside.has(id);
  }

  stop() {
    for (const id of [...this.#open.keys()]) this.#close(id);
  }

  /** @param {Call} call @param {boolean} video */
  async answer(call, video) {
    const { context } = this;
    const other = current(context.session.state.calls);
    try {
      if (other && other.id !== call.id) await context.session.hangUp(other.id);
      await context.session.answerCall(call.id, { video });
    } catch (error) {
      const code = /** @type {{code?: unknown}|null|undefined} */ (error)?.code;
      const after = context.session.state.calls.find(({ id }) => id === call.id);
      if (after?.phase === 'ended' && after.reason === code) return;
      const text = callErrorWords(context, error, call.address);
      this.#wrong.set(call.id, text);
      const line = this.#open.get(call.id)?.dialog.querySelector('.error-line');
      if (line) line.textContent = text;
      else if (!after || this.#aside.has(call.id)) context.tell(text);
    }
  }

  /** @param {Call} call */
  decline(call) {
    this.context.session.declineCall(call.id).catch(this.context.failed);
  }

  /** @param {Call} call */
  #isBusy(call) {
    const other = current(this.context.session.state.calls);
    return other !== null && other.id !== call.id;
  }

  /** @param {Call} call @param {boolean} isBusy */
  #show(call, isBusy) {
    const { context } = this;
    const { words } = context;
    count += 1;
    const id = `incoming-${count}`;
    const who = nameOf(call);
    const isOther = call.canAnswer === false;
    const line = isOther ? 'incoming_other' : isBusy ? 'incoming_busy' : call.wantsVideo ? 'incoming_video' : 'incoming_voice';
    // Whoever answers by ear hears before what an answer reveals.
    const note = call.kind === 'jingle' && !isOther && h('p', { class: 'incoming__note', id: `${id}-note`, text: words(call.isDirect ? 'call_direct' : 'call_relayed') });
    const wrong = h('p', { class: 'error-line', role: 'alert', text: this.#wrong.get(call.id) ?? '' });
    const aside = () => this.#putAside(call.id);
    const dialog = h('dialog', {
      class: 'dialog incoming', role: 'alertdialog', tabindex: -1, 'aria-labelledby': `${id}-who`, 'aria-describedby': note ? `${id}-line ${id}-note` : `${id}-line`,
      data: { test: 'incoming', address: call.address },
    },
    iconButton('down', words('incoming_later'), aside, { class: 'incoming__later', data: { test: 'incoming-later' } }),
    h('div', { class: 'incoming__face' }, avatar(call, 'avatar--call')),
    h('h2', { class: 'incoming__who', id: `${id}-who` }, bdi(who)),
    h('p', { class: 'incoming__address' }, bdi(call.address)),
    h('p', { class: 'incoming__line', id: `${id}-line` }, ...sentence(words, line, { who })),
    note,
    wrong,
    h('div', { class: 'incoming__ways' }, ...(isOther ? this.#otherWays(call) : this.#ways(call, isBusy))));
    // Escape would close it a second time without asking: it is heard before the browser hears it.
    dialog.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key !== 'Escape') return;
      event.preventDefault();
      aside();
    });
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      aside();
    });
    this.#open.set(call.id, { dialog, before: document.activeElement, busy: isBusy });
    document.body.append(dialog);
    // Now, and not before: a frame that came into the page with this would be told that it may not take the focus.
    dialog.autofocus = true;
    dialog.showModal();
    dialog.focus();
  }

  /** @param {Call} call @param {boolean} isBusy */
  #ways(call, isBusy) {
    const { words } = this.context;
    return [
      button(words(isBusy ? 'incoming_answer_busy' : 'incoming_answer'), () => void this.answer(call, false), { class: 'button--answer', data: { test: 'answer' } }, 'phone'),
      call.wantsVideo && button(words('incoming_answer_video'), () => void this.answer(call, true), { class: 'button--answer', data: { test: 'answer-video' } }, 'video'),
      button(words('incoming_decline'), () => this.decline(call), { class: 'button--danger', data: { test: 'decline' } }, 'hangUp'),
    ];
  }

  /**
   * An app calls in a way that this client cannot answer: it can call back, or leave the call to the member's other devices.
   * @param {Call} call
   */
  #otherWays(call) {
    const { context } = this;
    const { words, session } = context;
    return [
      isCallable(session.state, call.address) && isNeighbour(session.state, call.address) && button(words('call_back'), () => {
        session.dismissCall(call.id).catch(context.failed);
        void placeCall(context, call.address);
      }, { class: 'button--answer', data: { test: 'call-back' } }, 'phone'),
      button(words('call_write'), () => {
        this.#putAside(call.id);
        context.show(call.address);
      }, { class: 'button--secondary' }, 'chat'),
      button(words('incoming_decline'), () => this.decline(call), { class: 'button--danger', data: { test: 'decline' } }, 'hangUp'),
    ];
  }

  /** @param {string} id */
  #putAside(id) {
    this.#aside.add(id);
    this.#close(id);
    this.changed();
  }

  /** @param {string} id */
  #close(id) {
    const shown = this.#open.get(id);
    if (!shown) return;
    this.#open.delete(id);
    const { dialog, before } = shown;
    const hadFocus = dialog.contains(document.activeElement);
    dialog.close();
    dialog.remove();
    if (hadFocus && before instanceof HTMLElement && before.isConnected) before.focus();
  }
}
