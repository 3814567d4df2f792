// SPDX-License-Identifier: AGPL-3.0-or-later
// Looks every two seconds at how a call is going.

import { judge, sample } from './quality.js';

/** @typedef {import('./quality.js').Quality} Quality */
/** @typedef {import('./quality.js').Sample} Sample */

/** ms */
export const every = 2000;
/** A call that gets better has to stay so for as many looks: a line that changes all the time says nothing. */
const steady = 2;

export class Watch {
  /**
   * @param {{ peer: RTCPeerConnection, timers: import('./ice.js').Timers, now: () => number, signal: AbortSignal,
   *   isPaused: () => boolean, judged: (quality: Quality | null) => void, alive: () => void }} edges
   *   `isPaused`: nothing is to be heard now (hold); `judged`: only what differs, null while paused; `alive`: something came through
   */
  constructor({ peer, timers, now, signal, isPaused, judged, alive }) {
    this.peer = peer;
    this.timers = timers;
    this.now = now;
    this.signal = signal;
    this.isPaused = isPaused;
    this.judged = judged;
    this.alive = alive;
    /** @type {Sample | null} */
    this.last = null;
    this.heardAt = 0;
    /** @type {Quality | null} */
    this.told = null;
    this.better = 0;
    /** @type {unknown} */
    this.timer = null;
    signal.addEventListener('abort', () => this.stop(), { once: true });
  }

  start() {
    // What is never heard at all is to be noticed too.
    this.last ??= sample([], this.now());
    this.heardAt ||= this.last.at;
    if (this.timer === null && !this.signal.aborted) this.timer = this.timers.set(() => void this.look(), every);
  }

  stop() {
    if (this.timer !== null) this.timers.clear(this.timer);
    this.timer = null;
  }

  async look() {
    /** @type {Sample | null} */
    let now = null;
    try {
      now = sample((await this.peer.getStats()).values(), this.now());
    } catch {
      // closed meanwhile, or the browser is busy: the next look tells
    }
    this.timer = null;
    if (this.signal.aborted) return;
    this.start();
    if (!now) return;
    const before = this.last;
    this.last = now;
    if (!before) return;
    if (now.received > before.received) this.heardAt = now.at;
    if (now.answers > before.answers) this.alive();
    if (this.isPaused()) {
      this.heardAt = now.at;
      this.tell(null);
    } else {
      this.settle(judge(before, now, now.at - this.heardAt));
    }
  }

  /** @param {Quality} quality */
  settle(quality) {
    const order = ['good', 'poor', 'bad'];
    if (this.told !== null && order.indexOf(quality) < order.indexOf(this.told)) {
      this.better += 1;
      if (this.better < steady) return;
    }
    this.better = 0;
    this.tell(quality);
  }

  /** @param {Quality | null} quality */
  tell(quality) {
    if (this.told === quality) return;
    this.told = quality;
    this.judged(quality);
  }
}
