// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Where messages are written. Enter sends, Shift and Enter begin a line; on a touch screen Enter begins a line.
 */

import { h } from './dom.js';
import { emojiButton } from './emoji-picker.js';
import { iconButton } from './pieces.js';
import { Tray } from './tray.js';

/** After how long without a key one counts as not typing, in milliseconds. */
const PAUSE = 5000;

/** What was written and not sent, by conversation, while the page lives. @type {Map<string, string>} */
const drafts = new Map();

/** Who signs out leaves none to who signs in. */
export const forgetDrafts = () => drafts.clear();

export class Composer {
  /** @type {{key: string, before: string}|null} */
  #correcting = null;
  #typing = false;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #pause;

  /**
   * @param {import('./context.js').Context} context
   * @param {string} address
   * @param {() => {key: string, text: string}|null} lastOwn the message that Arrow-Up corrects
   */
  constructor(context, address, lastOwn) {
    this.context = context;
    this.address = address;
    this.lastOwn = lastOwn;
    const { words } = context;
    this.text = h('textarea', {
      class: 'composer__text', rows: 1, dir: 'auto', placeholder: words('write'), 'aria-label': words('write_label'), data: { test: 'compose' },
      enterkeyhint: 'send', autocomplete: 'off',
      on: {
        input: () => this.#changed(), keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
        paste: (/** @type {ClipboardEvent} */ event) => this.#pasted(event), blur: () => this.#stopTyping(),
      },
    });
    this.text.value = drafts.get(address) ?? '';
    this.tray = new Tray(context, () => this.#changed(false));
    this.files = h('input', {
      type: 'file', multiple: true, hidden: true, tabindex: -1, data: { test: 'file' },
      on: {
        change: () => {
          this.tray.add(this.files.files ?? []);
          this.files.value = '';
          this.text.focus();
        },
      },
    });
    this.sendButton = iconButton('send', words('send'), () => this.#send(), { class: 'composer__send', data: { test: 'send' } });
    this.correctionLine = h('div', { class: 'composer__correction', hidden: true }, h('span', { text: words('correcting') }),
      h('button', { type: 'button', class: 'text-button', text: words('cancel'), on: { click: () => this.#endCorrection() } }));
    this.element = h('div', { class: 'composer' }, this.correctionLine, this.tray.element,
      h('div', { class: 'composer__row' },
        iconButton('attach', words('attach'), () => this.files.click()), this.files, this.text,
        emojiButton(context, (emoji) => this.#insert(emoji)), this.sendButton));
    this.#changed(false);
  }

  /** To be called once the composer stands in the page. */
  placed() {
    this.#grow();
  }

  focus() {
    this.text.focus();
  }

  /** @param {Iterable<File>} files */
  attach(files) {
    this.tray.add(files);
    this.text.focus();
  }

  /** @param {{key: string, text: string}} message */
  correct({ key, text }) {
    if (!this.#correcting) this.#correcting = { key, before: this.text.value };
    else this.#correcting.key = key;
    this.text.value = text;
    this.correctionLine.hidden = false;
    this.#changed(false);
    this.text.focus();
    this.text.setSelectionRange(text.length, text.length);
  }

  stop() {
    this.#stopTyping();
  }

  #endCorrection() {
    this.text.value = this.#correcting?.before ?? '';
    this.#correcting = null;
    this.correctionLine.hidden = true;
    this.#changed(false);
    this.text.focus();
  }

  /** @param {boolean} [typed] whether by a key */
  #changed(typed = true) {
    const { value } = this.text;
    if (!this.#correcting) {
      if (value) drafts.set(this.address, value);
      else drafts.delete(this.address);
    }
    this.sendButton.setAttribute('aria-disabled', value.trim() || !this.tray.empty ? 'false' : 'true');
    this.#grow();
    if (!typed) return;
    if (value.trim()) {
      if (!this.#typing) this.context.session.typing(this.address, true).catch(() => {});
      this.#typing = true;
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.#stopTyping(), PAUSE);
    } else {
      this.#stopTyping();
    }
  }

  #stopTyping() {
    clearTimeout(this.#pause);
    if (!this.#typing) return;
    this.#typing = false;
    this.context.session.typing(this.address, false).catch(() => {});
  }

  #grow() {
    if (!this.text.isConnected) return;
    this.text.style.height = 'auto';
    this.text.style.height = `${this.text.scrollHeight + 2}px`;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey && !matchMedia('(hover: none) and (pointer: coarse)').matches) {
      event.preventDefault();
      this.#send();
    } else if (event.key === 'ArrowUp' && !this.text.value && !event.shiftKey) {
      const last = this.lastOwn();
      if (last) {
        event.preventDefault();
        this.correct(last);
      }
    } else if (event.key === 'Escape' && this.#correcting) {
      event.stopPropagation();
      this.#endCorrection();
    }
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    this.tray.add(files);
  }

  /** @param {string} text */
  #insert(text) {
    this.text.setRangeText(text, this.text.selectionStart, this.text.selectionEnd, 'end');
    this.#changed();
    this.text.focus();
  }

  #send() {
    const { session, failed } = this.context;
    const text = this.text.value.trim();
    if (!this.tray.empty) this.tray.send(this.address);
    if (!text) return;
    const correcting = this.#correcting;
    this.#typing = false;
    clearTimeout(this.#pause);
    if (correcting) {
      this.#endCorrection();
      session.correct(this.address, correcting.key, text).catch(failed);
      return;
    }
    this.text.value = '';
    this.#changed(false);
    session.send(this.address, text).catch((error) => {
      if (!this.text.value) {
        this.text.value = text;
        this.#changed(false);
      }
      failed(error);
    });
  }
}
