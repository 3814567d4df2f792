// SPDX-License-Identifier: AGPL-3.0-or-later
// The home server's page around this frame: who is signed in there, what it looks like, and its word that they are who they are.
// Only the page that the portal named is listened to, and only what the protocol knows (`shared/frame-protocol.js`).

import { marked, readFromPage } from '../../shared/frame-protocol.js';

/** @typedef {import('../../shared/frame-protocol.js').FromPage} FromPage */
/** @typedef {import('../../shared/frame-protocol.js').FromFrame} FromFrame */
/** @typedef {import('../model/state.js').Phase} Phase */

export class Page {
  /**
   * @param {{ window: Window, home: string, hear: (message: FromPage) => void }} edges `home`: the origin of the page
   */
  constructor({ window, home, hear }) {
    this.window = window;
    this.home = home;
    this.isAround = window.parent !== window;
    /** @type {string} */
    this.last = '';
    window.addEventListener('message', (event) => {
      if (!this.isAround || event.source !== window.parent || event.origin !== home) return;
      const message = readFromPage(event.data);
      if (message) hear(message);
    });
    this.say({ type: 'ready' });
  }

  /** @param {FromFrame} message */
  say(message) {
    if (this.isAround) this.window.parent.postMessage(marked(message), this.home);
  }

  /**
   * @param {Phase} phase
   * @param {number} unread
   * @param {boolean} isRinging whether somebody calls and waits for an answer
   */
  show(phase, unread, isRinging) {
    const state = phase === 'starting' ? 'waiting' : phase;
    const now = `${state} ${unread} ${isRinging}`;
    if (now === this.last) return;
    this.last = now;
    this.say({ type: 'state', state });
    this.say({ type: 'unread', count: unread });
    this.say({ type: 'ringing', on: isRinging });
  }
}
