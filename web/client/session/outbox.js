// SPDX-License-Identifier: AGPL-3.0-or-later
// What was written and is not known to be with the server, or was refused: kept by the browser (IndexedDB), for each account, until it
// is sent. Without such a store (some private windows) it lives as long as the tab does.

/**
 * `error`: it was refused, and is not sent unless the member says so; the archive may have it all the same. `isAgain`: the member has
 * said so, at the time `at`. `isGone`: the member has deleted it; only that is kept of it.
 * @typedef {{ account: string, id: string, address: string, kind: 'chat' | 'room', at: number, tree: import('../xmpp/xml.js').Tree,
 *   message: import('../model/state.js').Arrival, error?: string, isAgain?: boolean, isGone?: boolean }} Letter
 */

const store = 'letters';
/** How long what is on its way may take, before it is kept for the case that the tab dies, ms. */
const pause = 200;

export class Outbox {
  /** @param {IDBFactory | undefined} factory */
  constructor(factory) {
    /** @type {Map<string, Letter>} */
    this.letters = new Map();
    /** Those that are not kept by the browser, since they are on their way. @type {Set<string>} */
    this.held = new Set();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.database = factory ? opened(factory) : Promise.resolve(null);
  }

  /**
   * What an account has left here, oldest first. Forgets what other accounts have.
   * @param {string} account
   */
  async load(account) {
    const all = await this.run('readwrite', (letters) => letters.getAll());
    for (const letter of /** @type {Letter[]} */ (all ?? [])) {
      if (letter.account === account) this.letters.set(letter.id, letter);
      else void this.run('readwrite', (letters) => letters.delete(letter.id));
    }
    return this.all();
  }

  /** All of them, oldest first. */
  all() {
    return [...this.letters.values()].sort((one, other) => one.at - other.at);
  }

  /** What is to be sent, oldest first. */
  list() {
    return this.all().filter(({ error, isGone }) => error === undefined && !isGone);
  }

  /** @param {Letter} letter */
  async put(letter) {
    this.letters.set(letter.id, letter);
    this.held.delete(letter.id);
    await this.run('readwrite', (letters) => letters.put(letter));
  }

  /**
   * What was given to a connection: most of it the server has before anything could happen to this tab, and the browser's store would
   * only slow that down.
   * @param {Letter} letter
   */
  hold(letter) {
    this.letters.set(letter.id, letter);
    this.held.add(letter.id);
    this.timer ??= setTimeout(() => void this.keep(), pause);
  }

  /** Has the browser keep what was only held. */
  async keep() {
    clearTimeout(this.timer);
    this.timer = undefined;
    const late = this.list().filter(({ id }) => this.held.has(id));
    this.held.clear();
    await Promise.all(late.map((letter) => this.put(letter)));
  }

  /** @param {string} id */
  async drop(id) {
    if (!this.letters.delete(id) || this.held.delete(id)) return;
    await this.run('readwrite', (letters) => letters.delete(id));
  }

  async wipe() {
    this.letters.clear();
    this.held.clear();
    await this.run('readwrite', (letters) => letters.clear());
  }

  /**
   * @template T
   * @param {IDBTransactionMode} mode
   * @param {(letters: IDBObjectStore) => IDBRequest<T>} action
   * @returns {Promise<T | null>}
   */
  async run(mode, action) {
    const database = await this.database;
    if (!database) return null;
    return new Promise((resolve) => {
      try {
        const transaction = database.transaction(store, mode);
        const request = action(transaction.objectStore(store));
        transaction.commit(); // at once: the tab may be gone before the browser would do it by itself
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = transaction.onerror = () => resolve(null);
      } catch {
        resolve(null);
      }
    });
  }
}

/**
 * @param {IDBFactory} factory
 * @returns {Promise<IDBDatabase | null>}
 */
function opened(factory) {
  return new Promise((resolve) => {
    try {
      const request = factory.open('trunkline', 1);
      request.onupgradeneeded = () => void request.result.createObjectStore(store, { keyPath: 'id' });
      request.onsuccess = () => resolve(request.result);
      request.onerror = request.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

/**
 * What was written, as the member sees it: a message, or other words for one that was written before; that it was refused, or deleted.
 * @param {Pick<Letter, 'address' | 'kind' | 'message' | 'error' | 'isGone'>} letter
 * @returns {import('../model/state.js').Event[]}
 */
export function writing({ address, kind, message, error, isGone }) {
  const id = message.id ?? '';
  if (isGone) return [{ type: 'discarded', address, id }];
  if (message.replaces !== null) return [{ type: 'messages', address, kind, list: [message], place: 'after' }];
  return [{ type: 'written', address, kind, message }, ...(error === undefined ? [] : [/** @type {const} */ ({ type: 'failed', address, id, error })])];
}
