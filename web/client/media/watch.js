// SPDX-License-Identifier: AGPL-3.0-or-later
// Looks every two seconds at how a call is going; more often while its way through the network is lost.

import { judge, sample } from './quality.js';

/** @typedef {import('./quality.js').Quality} Quality */
/** @typedef {import('./quality.js').Sample} Sample */

/** ms */
export const every = 2000;
export const everyWhileLost = 500;
/** A call that gets better has to stay so for as many looks: a line that changes all the time says nothing. */
const steady = 2;

export class Watch {
  /**
   * @param {{ peer: RTCPeerConnection, timers: import('./ice.js').Timers, now: () => number, signal: AbortSignal,
   *   isPaused: () => boolean, isLost: () => boolean, judged: (quality: Quality | null) => void, alive: () => void, moved: () => void }} edges
   *   `isPaused`: nothing is to be heard now (hold); `judged`: only what differs, null while paused; `alive`: something came through;
   *   `moved`: we send from another address, and nothing comes there
   */
  constructor({ peer, timers, now, signal, isPaused, isLost, judged, alive, moved }) {
    this.peer = peer;
    this.timers = timers;
    this.now = now;
    this.signal = signal;
    this.isPaused = isPaused;
    this.judged = judged;
    this.alive = alive;
    this.isLost = isLost;
    this.moved = moved;
    this.hasMoved = false;
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
    if (this.timer === null && !this.signal.aborted) this.timer = this.timers.set(() => void this.look(), this.isLost() ? everyWhileLost : every);
  }

  /** The way is lost: looks at once whether it is. */
  hurry() {
    if (this.timer === null) return; // it looks just now
    this.stop();
    this.start();
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
    const isPaused = this.isPaused();
    const isHeard = now.received > before.received;
    // The browser changes to another address by itself, but the media relay goes on sending to the old one until it is told. On hold
    // nothing tells whether it does.
    if (before.from !== '' && now.from !== before.from) this.hasMoved = true;
    else if (isHeard) this.hasMoved = false;
    if (this.hasMoved && (isPaused || (!isHeard && now.from === before.from))) {
      this.hasMoved = false;
      this.moved();
    }
    if (isHeard || (isPaused && now.answers > before.answers)) this.alive();
    if (isHeard || isPaused) this.heardAt = now.at;
    if (isPaused) this.tell(null);
    else if (!this.isLost()) this.settle(judge(before, now, now.at - this.heardAt));
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
