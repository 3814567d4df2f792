// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Files that are about to be sent: shown before, with progress while they go, and a way to stop.
 */

import { h } from './dom.js';
import { isPicture } from './file.js';
import { icon } from './icons.js';
import { bdi, iconButton } from './pieces.js';
import { sizeWords } from './times.js';
import { errorWords } from './words.js';

/**
 * @typedef {object} Item
 * @property {File} file
 * @property {HTMLElement} element
 * @property {AbortController} stop
 * @property {boolean} going
 * @property {(text: string) => void} say
 * @property {HTMLProgressElement} progress
 * @property {() => void} gone
 */

export class Tray {
  /** @type {Item[]} */
  #items = [];

  /**
   * @param {import('./context.js').Context} context
   * @param {() => void} changed
   */
  constructor(context, changed) {
    this.context = context;
    this.changed = changed;
    this.element = h('ul', { class: 'tray', role: 'list', 'aria-label': context.words('attachments'), hidden: true });
  }

  get empty() {
    return this.#items.every((item) => item.going);
  }

  /** @param {Iterable<File>} files */
  add(files) {
    for (const file of files) this.#add(file);
    this.#show();
  }

  /**
   * Sends all that waits, one after the other.
   * @param {string} address
   */
  async send(address) {
    const { session, words } = this.context;
    for (const item of this.#items.filter((waiting) => !waiting.going)) {
      item.going = true;
      item.progress.hidden = false;
      item.say(words('attachment_sending'));
      this.changed();
      try {
        await session.attach(address, item.file, (share) => {
          item.progress.value = share;
        }, item.stop.signal);
        this.#remove(item);
      } catch (error) {
        if (item.stop.signal.aborted) {
          this.#remove(item);
        } else {
          item.going = false;
          item.progress.hidden = true;
          item.say(errorWords(words, error));
          item.element.classList.add('tray__item--failed');
        }
      }
      this.changed();
    }
  }

  /** @param {File} file */
  #add(file) {
    const { words, locale } = this.context;
    const picture = isPicture({ url: '', name: file.name, type: file.type });
    const url = picture ? URL.createObjectURL(file) : null;
    const line = h('span', { class: 'tray__line', 'aria-live': 'polite', text: sizeWords(file.size, locale()) });
    const progress = h('progress', { class: 'tray__progress', max: 1, value: 0, hidden: true, 'aria-label': words('attachment_progress', { name: file.name }) });
    const remove = iconButton('close', words('attachment_remove', { name: file.name }), () => {
      item.stop.abort();
      if (!item.going) this.#remove(item);
    });
    const element = h('li', { class: 'tray__item' }, url ? h('img', { class: 'tray__picture', src: url, alt: '' }) : icon('file', 'tray__icon'),
      h('span', { class: 'tray__words' }, bdi(file.name, 'tray__name'), line, progress), remove);
    /** @type {Item} */
    const item = {
      file, element, progress, going: false, stop: new AbortController(),
      say: (text) => {
        line.textContent = text;
      },
      gone: () => {
        if (url) URL.revokeObjectURL(url);
      },
    };
    this.#items.push(item);
    this.element.append(element);
  }

  /** @param {Item} item */
  #remove(item) {
    this.#items = this.#items.filter((other) => other !== item);
    item.element.remove();
    item.gone();
    this.#show();
  }

  #show() {
    this.element.hidden = this.#items.length === 0;
    this.changed();
  }
}
