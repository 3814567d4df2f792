// SPDX-License-Identifier: AGPL-3.0-or-later
// Notifications of the desktop: only after the member asked for them here, one for each message however many tabs there are (the
// leading tab shows them), none for what somebody is looking at. Browsers let frames show none: the client in a tab of its own does.

import { shownName, shownText } from '../model/shown.js';
import { own } from '../model/own.js';

/** @typedef {import('../model/state.js').State} State */
/** @typedef {'off' | 'on' | 'denied' | 'unavailable'} Willing */

const wish = 'trunkline.notifications';
const longest = 200;

export class Notifications {
  /** @param {{ open: (address: string) => void, words: (key: string) => string }} edges */
  constructor({ open, words }) {
    this.open = open;
    this.words = words;
  }

  /** @returns {Willing} */
  get state() {
    if (typeof Notification === 'undefined' || window.top !== window) return 'unavailable';
    if (Notification.permission === 'denied') return 'denied';
    return Notification.permission === 'granted' && read() ? 'on' : 'off';
  }

  /** @returns {Promise<Willing>} */
  async turnOn() {
    if (this.state === 'unavailable') return 'unavailable';
    if ((await Notification.requestPermission()) === 'granted') write(true);
    return this.state;
  }

  turnOff() {
    write(false);
    return this.state;
  }

  /**
   * @param {State} state
   * @param {string} address
   * @param {string} key
   */
  show(state, address, key) {
    if (this.state !== 'on') return;
    const conversation = own(state.conversations, address);
    const message = conversation?.messages.find((one) => one.key === key);
    if (!conversation || !message || message.mine) return;
    const text = message.kind === 'text' || message.kind === 'notice' ? shownText(message.text).slice(0, longest) : this.words(`kind_${message.kind}`);
    const body = conversation.kind === 'room' ? `${shownName(message.from)}: ${text}` : text;
    const shown = new Notification(shownName(conversation.name), { body, tag: `${address}/${key}`, icon: undefined });
    shown.onclick = () => {
      window.focus();
      this.open(address);
      shown.close();
    };
  }
}

function read() {
  try {
    return localStorage.getItem(wish) === 'yes';
  } catch {
    return false;
  }
}

/** @param {boolean} on */
function write(on) {
  try {
    if (on) localStorage.setItem(wish, 'yes');
    else localStorage.removeItem(wish);
  } catch {
    // without a store there are no notifications
  }
}
