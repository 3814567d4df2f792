// SPDX-License-Identifier: AGPL-3.0-or-later
// Brings what is in the outbox to the server, once: what was given to a stream is the stream's to bring (XEP-0198); after a stream
// that is gone, the archives say what the server has.

import { own } from '../model/state.js';
import { XmppError } from '../xmpp/errors.js';

/** @typedef {import('./outbox.js').Letter} Letter */

const soon = 8_000; // ms

export class Mail {
  /** @param {import('./leader.js').Leader} leader */
  constructor(leader) {
    this.leader = leader;
    this.outbox = leader.outbox;
    /** What was given to the stream that is open. @type {Set<string>} */
    this.handed = new Set();
    this.isSettled = false;
    /** Rooms of which it is being asked what they have. @type {Set<string>} */
    this.asking = new Set();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.doubt = undefined;
  }

  /** The stream is a new one. */
  begin() {
    this.isSettled = false;
    this.handed.clear();
  }

  stop() {
    clearTimeout(this.doubt);
    void this.outbox.keep(); // the next tab finds it there
  }

  /** @param {string} id */
  acked(id) {
    const letter = this.outbox.letters.get(id);
    this.handed.delete(id);
    if (!letter) return;
    this.leader.emit([{ type: 'sent', address: letter.address, id }]);
    void this.outbox.drop(id);
  }

  /**
   * Sends what was not given to this stream. What is for rooms waits until we are in.
   * @param {boolean} isWhole whether this stream is all that there was
   */
  async settle(isWhole) {
    if (!isWhole) {
      /** @type {Map<string, Letter[]>} */
      const byAddress = new Map();
      for (const letter of this.outbox.list()) {
        if (letter.kind === 'chat' && !this.handed.has(letter.id)) byAddress.set(letter.address, [...(byAddress.get(letter.address) ?? []), letter]);
      }
      for (const letters of byAddress.values()) await this.compare(letters);
    }
    this.isSettled = true;
    for (const letter of this.outbox.list()) this.hand(letter);
  }

  /**
   * We are in the room.
   * @param {string} room
   */
  async settleRoom(room) {
    const letters = this.outbox.list().filter(({ id, address }) => address === room && !this.handed.has(id));
    if (letters.length === 0) return;
    this.asking.add(room);
    await this.compare(letters).catch(() => undefined); // it keeps no archive
    this.asking.delete(room);
    for (const letter of this.outbox.list()) if (letter.address === room) this.hand(letter);
  }

  /**
   * Strikes out what the archive has.
   * @param {Letter[]} letters for one address
   */
  async compare(letters) {
    const present = await this.leader.sync.present(letters[0], new Set(letters.map(({ id }) => id)));
    for (const id of present) this.acked(id);
  }

  /** @param {Letter} letter */
  hand(letter) {
    const { leader } = this;
    if (!this.isSettled || !leader.stream.online || this.handed.has(letter.id) || !this.outbox.letters.has(letter.id)) return;
    if (letter.kind === 'room' && (this.asking.has(letter.address) || own(leader.state.conversations, letter.address)?.joined !== 'yes')) return;
    try {
      if (!leader.stream.send(letter.tree)) return;
      this.handed.add(letter.id);
      // Who writes waits to see it sent: a connection that says nothing to that is asked whether it still lives.
      this.doubt ??= setTimeout(() => {
        this.doubt = undefined;
        if (this.handed.size > 0) leader.stream.nudge();
      }, soon);
    } catch (error) {
      this.fail(letter, error instanceof XmppError ? error.condition : 'failed'); // it will not go the next time either
    }
  }

  /**
   * Nothing more goes to this room: we are not let in.
   * @param {string} room
   * @param {string} why
   */
  giveUp(room, why) {
    for (const letter of this.outbox.list()) if (letter.address === room) this.fail(letter, why);
  }

  /**
   * @param {Letter} letter
   * @param {string} error
   */
  fail({ address, id }, error) {
    this.leader.emit([{ type: 'failed', address, id, error }]);
    void this.outbox.drop(id);
  }

  /**
   * Sends it, and has the browser keep it if it is not with the server soon.
   * @param {Letter} letter
   */
  async post(letter) {
    this.outbox.hold(letter);
    this.hand(letter);
    if (!this.handed.has(letter.id)) await this.outbox.keep();
  }
}
