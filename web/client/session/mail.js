// SPDX-License-Identifier: AGPL-3.0-or-later
// From the outbox into the stream: each message once, whatever happens to streams and tabs in between.

import { own } from '../model/state.js';

/** @typedef {import('./outbox.js').Letter} Letter */

const soon = 8_000; // ms

export class Mail {
  /** @param {import('./leader.js').Leader} leader */
  constructor(leader) {
    this.leader = leader;
    /** What was given to the stream that is open, and so is the stream's to bring. @type {Set<string>} */
    this.handed = new Set();
    this.isSettled = false;
  }

  /** @param {string} id */
  acked(id) {
    const letter = this.leader.outbox.letters.get(id);
    this.handed.delete(id);
    if (!letter) return;
    this.leader.emit([{ type: 'sent', address: letter.address, id }]);
    void this.leader.outbox.drop(id);
  }

  /**
   * Sends what is in the outbox and was not given to this stream. If the stream is a new one, the server may have some of it
   * from the one before: the archive says which.
   * @param {boolean} isWhole
   */
  async settle(isWhole) {
    const open = this.leader.outbox.list().filter((letter) => !this.handed.has(letter.id));
    if (!isWhole) {
      /** @type {Map<string, typeof open>} */
      const byAddress = new Map();
      for (const letter of open) byAddress.set(letter.address, [...(byAddress.get(letter.address) ?? []), letter]);
      for (const letters of byAddress.values()) {
        const present = await this.leader.sync.present(letters[0], new Set(letters.map(({ id }) => id))).catch((error) => {
          if (this.leader.stream.online && letters[0].kind === 'room') return new Set(); // not in the room any more: it will say so itself
          throw error;
        });
        for (const id of present) this.acked(id);
      }
    }
    this.isSettled = true;
    for (const letter of this.leader.outbox.list()) this.hand(letter);
  }

  /** @param {Letter} letter */
  hand(letter) {
    if (!this.isSettled || !this.leader.stream.online || this.handed.has(letter.id) || !this.leader.outbox.letters.has(letter.id)) return;
    if (letter.kind === 'room' && own(this.leader.state.conversations, letter.address)?.joined !== 'yes') return; // when we are in
    this.handed.add(letter.id);
    this.leader.stream.send(letter.tree);
    // Who writes waits to see it sent: a connection that says nothing to that is asked whether it still lives.
    setTimeout(() => this.handed.has(letter.id) && this.leader.stream.nudge(), soon);
  }

  /** @param {Letter} letter */
  async post(letter) {
    await this.leader.outbox.put(letter);
    this.hand(letter);
  }
}
