// SPDX-License-Identifier: AGPL-3.0-or-later
// What is to happen to a call later, unless something else happens before: each by its name, and once.

export class Deadlines {
  constructor() {
    /** @type {Map<string, ReturnType<typeof setTimeout>>} */
    this.waiting = new Map();
  }

  /** @param {string} what */
  has(what) {
    return this.waiting.has(what);
  }

  /**
   * Takes the place of an earlier one of that name.
   * @param {string} what
   * @param {number} ms
   * @param {() => void} then
   */
  set(what, ms, then) {
    this.clear(what);
    this.waiting.set(what, setTimeout(() => {
      this.waiting.delete(what);
      then();
    }, ms));
  }

  /** @param {string[]} whats */
  clear(...whats) {
    for (const what of whats) {
      clearTimeout(this.waiting.get(what));
      this.waiting.delete(what);
    }
  }

  clearAll() {
    this.clear(...this.waiting.keys());
  }
}
