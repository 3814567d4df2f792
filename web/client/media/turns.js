// SPDX-License-Identifier: AGPL-3.0-or-later
// One thing after the other, in the order asked for: descriptions of a call must not overtake each other.

import { MediaError, negotiationFailure } from './failure.js';

export class Turns {
  /** @param {AbortSignal} signal what has not begun by then does not */
  constructor(signal) {
    this.signal = signal;
    /** @type {Promise<unknown>} */
    this.last = Promise.resolve();
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>} rejects with a MediaError
   */
  take(work) {
    const done = this.last.then(() => {
      if (this.signal.aborted) throw new MediaError('closed');
      return work();
    }).catch((error) => {
      throw negotiationFailure(error, this.signal.aborted);
    });
    this.last = done.catch(() => {});
    return done;
  }
}
