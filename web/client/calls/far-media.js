// SPDX-License-Identifier: AGPL-3.0-or-later
// The way between the leading tab, which has the call, and the tab that has its sound and picture: questions with answers, each within
// its time, and word of what changes. When both are the same tab, it is a plain call.

import { CommandError } from '../session/tabs.js';

/**
 * @typedef {{ media: 'ask', id: number, call: string, verb: string, args: unknown[] } | { media: 'answer', id: number, value?: unknown, code?: string }
 *   | { media: 'changed', call: string, patch: Patch }} Word
 * @typedef {{ connection?: 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed', quality?: 'good' | 'poor' | 'bad' | null, sendsVideo?: boolean,
 *   seesVideo?: boolean, heldByThem?: boolean, lacksMicrophone?: boolean, lacksCamera?: boolean, error?: string, reoffer?: true, streams?: true, found?: RTCIceCandidateInit }} Patch what CallMedia tells of;
 *   `found`: an address, for whoever asked for each as it is found
 */

/** For what a tab does at once, and for what its member is asked before, ms. */
const promptly = 15_000;
const withPermission = 120_000;
const asksMember = new Set(['offer', 'answer', 'camera', 'prepare']);

export class FarMedia {
  /**
   * @param {{ me: string, send: (to: string, word: Word) => void, perform: (call: string, verb: string, args: any[]) => Promise<unknown>,
   *   changed: (from: string, call: string, patch: Patch) => void }} edges `me`: this tab. `perform`: as the tab with the media.
   *   `changed`: as the leader
   */
  constructor({ me, send, perform, changed }) {
    this.me = me;
    this.send = send;
    this.perform = perform;
    this.changed = changed;
    this.last = 0;
    /** @type {Map<number, { tab: string, resolve: (value: any) => void, reject: (error: Error) => void, timer: ReturnType<typeof setTimeout> }>} */
    this.asked = new Map();
  }

  /**
   * @param {string} tab whose media
   * @param {string} call
   * @param {string} verb
   * @param {unknown[]} [args] what can be cloned
   * @returns {Promise<any>} rejects with `{ code }`
   */
  ask(tab, call, verb, args = []) {
    return new Promise((resolve, reject) => {
      this.last += 1;
      const id = this.last;
      const timer = setTimeout(() => this.settle(id, (one) => one.reject(new CommandError('tab-closed'))), asksMember.has(verb) ? withPermission : promptly);
      this.asked.set(id, { tab, resolve, reject, timer });
      if (tab !== this.me) return this.send(tab, { media: 'ask', id, call, verb, args });
      this.perform(call, verb, args).then((value) => this.settle(id, (one) => one.resolve(value)), (error) => this.settle(id, (one) => one.reject(coded(error))));
      return undefined;
    });
  }

  /**
   * Word for the leader.
   * @param {string | null} leader
   * @param {string} call
   * @param {Patch} patch
   */
  tell(leader, call, patch) {
    if (leader === this.me) this.changed(this.me, call, patch);
    else if (leader !== null) this.send(leader, { media: 'changed', call, patch });
  }

  /**
   * @param {string} from
   * @param {any} word
   */
  hear(from, word) {
    if (word?.media === 'ask') void this.answer(from, word);
    else if (word?.media === 'changed') this.changed(from, word.call, word.patch);
    else if (word?.media === 'answer') {
      this.settle(word.id, (one) => (word.code === undefined ? one.resolve(word.value) : one.reject(new CommandError(word.code))));
    }
  }

  /** @param {string} tab that was closed */
  gone(tab) {
    for (const [id, one] of this.asked) if (one.tab === tab) this.settle(id, () => one.reject(new CommandError('tab-closed')));
  }

  /**
   * @param {string} from
   * @param {Extract<Word, { media: 'ask' }>} word
   */
  async answer(from, { id, call, verb, args }) {
    try {
      this.send(from, { media: 'answer', id, value: await this.perform(call, verb, args) });
    } catch (error) {
      this.send(from, { media: 'answer', id, code: coded(error).code });
    }
  }

  /**
   * @param {number} id
   * @param {(one: { resolve: (value: any) => void, reject: (error: Error) => void }) => void} end
   */
  settle(id, end) {
    const one = this.asked.get(id);
    if (!one) return; // too late, or of a leader before
    this.asked.delete(id);
    clearTimeout(one.timer);
    end(one);
  }
}

/**
 * @param {any} error
 * @returns {CommandError} `no-common-media` stands for whatever a browser may say of a description
 */
export function coded(error) {
  return error instanceof CommandError ? error : new CommandError(typeof error?.code === 'string' ? error.code : 'no-common-media');
}
