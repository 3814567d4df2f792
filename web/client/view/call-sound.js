// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file What is heard of a call. It stands beside the views, so that it stays when they change.
 */

import { play } from '../media/play.js';
import { h } from './dom.js';

export class CallSound {
  #stream = /** @type {MediaStream|null} */ (null);
  /** Whether the browser waits for a press before it plays. */
  isRefused = false;

  /**
   * @param {import('./context.js').Context} context
   * @param {() => void} changed
   */
  constructor(context, changed) {
    this.context = context;
    this.changed = changed;
    this.element = h('audio', { autoplay: true, data: { test: 'remote-audio' } });
    this.stopHearing = context.session.devices.on('changed', () => {
      if (this.#stream) void this.#play();
    });
  }

  /** @param {MediaStream|null} stream */
  set(stream) {
    if (this.#stream === stream) return;
    this.#stream = stream;
    void this.#play();
  }

  /** After a press, which is what the browser waited for. */
  again() {
    void this.#play();
  }

  stop() {
    this.stopHearing();
    this.set(null);
  }

  async #play() {
    const stream = this.#stream;
    const is = await play(this.element, stream, this.context.session.devices.chosen.speaker) === 'blocked';
    if (this.#stream !== stream || this.isRefused === is) return;
    this.isRefused = is;
    this.changed();
  }
}
