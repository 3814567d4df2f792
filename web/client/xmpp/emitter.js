// SPDX-License-Identifier: AGPL-3.0-or-later
// Tells whoever listens. What a listener does wrong harms nobody but itself.

/** @template {Record<string, any>} Events */
export class Emitter {
  /** @param {(message: string) => void} log */
  constructor(log) {
    this.log = log;
    /** @type {Map<keyof Events, Set<(value: any) => void>>} */
    this.listeners = new Map();
  }

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(value: Events[Name]) => void} listener
   * @returns {() => void} stops listening
   */
  on(name, listener) {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {Events[Name]} value
   */
  emit(name, value) {
    for (const listener of [...this.listeners.get(name) ?? []]) {
      try {
        listener(value);
      } catch (error) {
        this.log(`a listener for ${String(name)} failed: ${error instanceof Error ? error.stack ?? error.message : 'unknown'}`);
      }
    }
  }
}
