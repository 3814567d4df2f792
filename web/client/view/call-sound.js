// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file What is heard of a call. It stands beside the views, so that it stays when they change.
 */

import { attach } from './call-stage.js';
import { h } from './dom.js';

export class CallSound {
  #speaker = '';
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
    this.stopHearing = context.session.devices.on('changed', () => this.#speak());
  }

  /** @param {MediaStream|null} stream */
  play(stream) {
    if (this.#stream === stream) return;
    this.#stream = stream;
    if (stream) this.#speak();
    void attach(this.element, stream).then((plays) => {
      if (this.#stream === stream) this.#refused(!plays);
    });
  }

  /** After a press, which is what the browser waited for. */
  async again() {
    try {
      await this.element.play();
      this.#refused(false);
    } catch {
      // It still waits.
    }
  }

  stop() {
    this.stopHearing();
    this.play(null);
  }

  /** @param {boolean} is */
  #refused(is) {
    if (this.isRefused === is) return;
    this.isRefused = is;
    this.changed();
  }

  #speak() {
    const speaker = this.context.session.devices.chosen.speaker ?? '';
    const element = /** @type {HTMLAudioElement & {setSinkId?: (id: string) => Promise<void>}} */ (this.element);
    if (speaker === this.#speaker || !element.setSinkId) return;
    this.#speaker = speaker;
    // A loudspeaker that is gone: the system's own plays.
    element.setSinkId(speaker).catch(() => {
      this.#speaker = '';
    });
  }
}
