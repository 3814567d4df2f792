// SPDX-License-Identifier: AGPL-3.0-or-later
// Brings what is in the outbox to the server, once: what was given to a stream is the stream's to bring (XEP-0198); after a stream
// that is gone, the archives say what the server has.

import { indexOfOwn } from '../model/messages.js';
import { messageOf } from '../model/outgoing.js';
import { own } from '../model/own.js';
import { XmppError } from '../xmpp/errors.js';

/** @typedef {import('./outbox.js').Letter} Letter */
/** @typedef {import('../model/state.js').Message} Message */

const soon = 8_000; // ms
/** From how long before the time of a letter on it is looked for in the archive, ms. */
const early = 600_000;
const clocks = 2_000;
/** Deletions are remembered up to so many: the archive of that time is hardly listed again. */
const mostGone = 500;

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
    if (!letter || letter.error !== undefined || letter.isGone) return; // taken by our server, and refused all the same
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
   * Strikes out what the archive has. It has what was refused, too: of what is sent again only what came since counts.
   * @param {Letter[]} letters for one address
   */
  async compare(letters) {
    for (const isAgain of [false, true]) {
      const these = letters.filter((letter) => (letter.isAgain === true) === isAgain);
      if (these.length === 0) continue;
      const present = await this.leader.sync.present(these[0], new Set(these.map(({ id }) => id)), isAgain ? clocks : early);
      for (const id of present) this.acked(id);
    }
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
   * The member has left the room.
   * @param {string} room
   */
  async forget(room) {
    for (const { id, address } of this.outbox.all()) if (address === room) await this.outbox.drop(id);
  }

  /**
   * What cannot be sent is kept, so that it is not lost, nor shown as sent when the archive has it.
   * @param {Letter} letter
   * @param {string} error
   */
  fail(letter, error) {
    const { address, id, message } = letter;
    this.leader.emit([{ type: 'failed', address, id, error }]);
    if (message.replaces === null) void this.outbox.put({ ...letter, error });
    else void this.outbox.drop(id);
  }

  /**
   * A server, ours or the other's, has answered a message with an error.
   * @param {{ address: string, id: string, error: string }} refusal
   */
  refused({ address, id, error }) {
    const conversation = own(this.leader.state.conversations, address);
    const message = conversation?.messages[conversation ? indexOfOwn(conversation, id) : -1];
    if (conversation && message?.state === 'failed') void this.outbox.put({ ...this.letterOf(address, message), error });
  }

  /**
   * What failed, once more.
   * @param {string} address
   * @param {Message} message
   */
  async retry(address, message) {
    if (!message.mine || message.state !== 'failed' || message.id === null) return;
    const letter = { ...this.letterOf(address, message), at: this.leader.context().now, isAgain: true };
    this.leader.emit([{ type: 'retried', address, id: message.id }]);
    this.handed.delete(letter.id);
    await this.outbox.put(letter);
    this.hand(letter);
  }

  /**
   * What failed is not shown any more, whatever the archive has.
   * @param {string} address
   * @param {Message} message
   */
  async discard(address, message) {
    if (!message.mine || message.state !== 'failed' || message.id === null) return;
    const { tree, ...letter } = this.letterOf(address, message);
    this.leader.emit([{ type: 'discarded', address, id: message.id }]);
    const nothing = { ...letter.message, text: '', file: null, invitation: null };
    await this.outbox.put({ ...letter, tree: { ...tree, children: [] }, message: nothing, isGone: true });
    for (const { id } of this.outbox.all().filter(({ isGone }) => isGone).slice(0, -mostGone)) await this.outbox.drop(id);
  }

  /**
   * @param {string} address
   * @param {Message} message
   * @returns {Letter}
   */
  letterOf(address, message) {
    const { id, key, by, from, at, text, file, invitation } = message;
    const kind = own(this.leader.state.conversations, address)?.kind ?? 'chat';
    /** @type {import('../model/state.js').Arrival} */
    const arrival = {
      key, id, archiveId: null, by, from, mine: true, at, text, state: 'waiting', kind: message.kind, file, invitation, hasOriginId: true,
      wantsMark: false, isCut: false, replaces: null, isLive: true,
    };
    return { account: this.leader.me, id: id ?? '', address, kind, at, tree: messageOf(address, kind === 'room', arrival), message: arrival };
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
