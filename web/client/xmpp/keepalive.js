// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether the other end still lives: who is silent for long is asked for a sign of life (XEP-0199), and given up if there is none.

const seconds = 1000;
/** Far below the 900 s after which the proxy gives up. */
const silence = 60 * seconds;
const patience = 15 * seconds;
/** When somebody waits to see. */
const shortPatience = 5 * seconds;
/** How long what asks for an answer may go without one before it is asked for a sign of life. */
const unanswered = 8 * seconds;

export class KeepAlive {
  /**
   * @param {object} given
   * @param {() => number} given.now milliseconds, of a clock that goes on while the machine sleeps
   * @param {import('./requests.js').Timers} given.timers
   * @param {(timeout: number) => Promise<unknown>} given.ask for a sign of life; fails if there is none in time
   * @param {() => void} given.gone
   */
  constructor({ now, timers, ask, gone }) {
    this.now = now;
    this.timers = timers;
    this.ask = ask;
    this.gone = gone;
    this.heard = 0;
    /** @type {unknown} */
    this.timer = null;
    /** @type {unknown} */
    this.waiting = null;
    this.unansweredSince = 0;
    this.round = 0;
  }

  /** A connection begins, or has just said something. */
  hear() {
    this.heard = this.now();
  }

  /** Watches from now on. */
  start() {
    this.stop();
    this.hear();
    this.watch();
  }

  stop() {
    this.round += 1;
    for (const timer of [this.timer, this.waiting]) if (timer !== null) this.timers.clear(timer);
    this.timer = this.waiting = null;
  }

  /** Something was said that the other end answers at once: who writes a message soon learns that nobody hears it. */
  said() {
    const { heard } = this;
    if (this.timer === null || (this.waiting !== null && this.unansweredSince === heard)) return;
    if (this.waiting !== null) this.timers.clear(this.waiting);
    this.unansweredSince = heard;
    this.waiting = this.timers.set(() => {
      this.waiting = null;
      if (this.heard === heard) this.test(shortPatience);
    }, unanswered);
  }

  /** Whether nothing was heard for longer than anybody likes to wait. A clock that was set back counts as time that has passed. */
  get isQuiet() {
    return this.quiet > shortPatience;
  }

  get quiet() {
    return Math.abs(this.now() - this.heard);
  }

  /** Somebody looks, and would like to know. */
  nudge() {
    if (this.timer !== null && this.isQuiet) this.test(shortPatience);
  }

  /** @param {number} [pause] until it is looked again */
  watch(pause = silence) {
    this.timer = this.timers.set(() => {
      const left = silence - this.quiet;
      if (left <= 0) this.test(patience);
      this.watch(left > 0 ? left : silence);
    }, pause);
  }

  /** @param {number} timeout */
  test(timeout) {
    const { round, heard } = this;
    this.ask(timeout).catch(() => {
      if (this.round === round && this.heard === heard) this.gone();
    });
  }
}
