// SPDX-License-Identifier: AGPL-3.0-or-later
// The state of this tab, and who wants to know of it. Views hear of it once for all that happens at a time.

import { applyAll, nothing } from '../model/state.js';

/** @typedef {import('../model/state.js').State} State */
/** @typedef {import('../model/state.js').Event} Event */

export class Board {
  constructor() {
    /** @type {State} */
    this.state = nothing;
    /** @type {Set<(state: State) => void>} */
    this.watchers = new Set();
    this.isTelling = false;
  }

  /** @param {Event[]} events */
  apply(events) {
    const before = this.state;
    this.state = applyAll(this.state, events);
    if (this.state !== before) this.tell();
  }

  /** @param {State} state */
  replace(state) {
    this.state = state;
    this.tell();
  }

  /**
   * @param {(state: State) => void} watcher
   * @returns {() => void}
   */
  subscribe(watcher) {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  tell() {
    if (this.isTelling) return;
    this.isTelling = true;
    queueMicrotask(() => {
      this.isTelling = false;
      for (const watcher of this.watchers) watcher(this.state);
    });
  }
}
