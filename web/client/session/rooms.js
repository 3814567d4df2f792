// SPDX-License-Identifier: AGPL-3.0-or-later
// Rooms (XEP-0045): coming in and staying in, making one, inviting, leaving for good. Which rooms the member is in is kept at their
// account (XEP-0402), so every device knows.

import { bookmarksIn, infoIn, itemsIn } from '../model/account.js';
import { isBareAddress, local } from '../model/address.js';
import * as names from '../model/names.js';
import { admit, askInfo, askItemsOf, bookmark, dropBookmark, enter, inviteByRoom, nameRoom, putOut, quit } from '../model/outgoing.js';
import { own } from '../model/own.js';
import { roomLocal } from '../model/said.js';
import { shownName } from '../model/shown.js';
import { CommandError } from './tabs.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('../model/account.js').Bookmark} Bookmark */
/** @typedef {import('./wire.js').Wire} Wire */

/** How long entering may take, ms. */
const patience = 20_000;
const mostNicks = 5;

export class Rooms {
  /**
   * @param {Wire} wire
   * @param {import('./sync.js').Sync} sync
   */
  constructor(wire, sync) {
    this.wire = wire;
    this.sync = sync;
    /** @type {Map<string, { resolve: () => void, reject: (error: CommandError) => void, tries: number }>} */
    this.entering = new Map();
    /** @type {Set<string>} rooms whose archive is known up to now */
    this.caughtUp = new Set();
  }

  /** After a login: a new stream is in no room. */
  outOfAll() {
    this.caughtUp.clear();
    for (const address of this.wire.state.order) {
      const { kind, joined } = this.wire.state.conversations[address];
      if (kind === 'room' && joined !== 'no') this.wire.emit([{ type: 'conversation', address, patch: { joined: 'no', members: [], typing: [] } }]);
    }
  }

  /** Into all rooms that are kept. */
  async enterAll() {
    const answer = await this.wire.ask(askItemsOf(names.bookmarks)).catch(() => null);
    await this.changed(bookmarksIn(answer ? itemsIn(answer) : null));
  }

  /**
   * Rooms that another device has kept just now, or all of them.
   * @param {Bookmark[]} bookmarks
   */
  async changed(bookmarks) {
    await Promise.all(bookmarks.filter((one) => one.autojoin).map((one) => this.join(one.room, one.name, one.nick).catch(() => undefined)));
  }

  /**
   * @param {string} room
   * @param {string} [name]
   * @param {string} [nick]
   */
  async join(room, name = '', nick = '') {
    const { wire } = this;
    if (!isBareAddress(room)) throw new CommandError('no-address');
    const old = own(wire.state.conversations, room);
    if (old?.joined === 'yes') return;
    const chosen = nick || old?.nick || local(wire.me);
    wire.emit([{
      type: 'conversation', address: room,
      patch: { kind: 'room', joined: 'joining', nick: chosen, self: null, isContact: false, ...(name ? { name } : {}), ...(old ? {} : { since: wire.context().now }) },
    }]);
    await this.enter(room, chosen);
    if (!name) await this.askName(room);
  }

  /**
   * @param {string} room
   * @param {string} nick
   * @returns {Promise<void>}
   */
  enter(room, nick) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.left(room, 'timeout'), patience);
      const end = () => {
        clearTimeout(timer);
        this.entering.delete(room);
      };
      this.entering.set(room, {
        tries: 0,
        resolve: () => (end(), resolve()),
        reject: (error) => (end(), reject(error)),
      });
      this.wire.send(enter(room, nick));
    });
  }

  /** @param {string} room */
  entered(room) {
    this.entering.get(room)?.resolve();
    void this.sync.room(room).then(() => this.caughtUp.add(room), () => undefined);
  }

  /**
   * @param {string} room
   * @param {string} why
   */
  left(room, why) {
    this.caughtUp.delete(room);
    const waiting = this.entering.get(room);
    if (why === 'conflict' && waiting && waiting.tries < mostNicks) {
      waiting.tries += 1;
      const nick = `${local(this.wire.me)}${waiting.tries + 1}`;
      this.wire.emit([{ type: 'conversation', address: room, patch: { joined: 'joining', nick } }]);
      this.wire.send(enter(room, nick));
      return;
    }
    if (why === 'timeout') this.wire.emit([{ type: 'conversation', address: room, patch: { joined: 'no' } }]);
    waiting?.reject(new CommandError(why));
  }

  /** The stream is gone: nobody is in any room. */
  interrupted() {
    for (const waiting of [...this.entering.values()]) waiting.reject(new CommandError('offline'));
  }

  /**
   * @param {string} name
   * @returns {Promise<string>} the room
   */
  async create(name) {
    const { wire } = this;
    const host = wire.state.rooms;
    if (!host) throw new CommandError('no-rooms');
    const shown = shownName(name) || local(wire.me);
    const room = `${roomLocal(shown, crypto.randomUUID().slice(0, 8))}@${host}`;
    await this.join(room, shown, local(wire.me));
    await wire.ask(nameRoom(room, shown)).catch(() => null);
    await this.keep(room);
    return room;
  }

  /** @param {string} room */
  async keep(room) {
    const { name, nick } = this.wire.state.conversations[room];
    await this.wire.ask(bookmark(room, name, nick)).catch(() => null);
  }

  /**
   * Lets somebody in who is to be invited. Answers whether they have to be told by ourselves.
   * @param {string} room
   * @param {string} address
   */
  async admit(room, address) {
    const me = own(this.wire.state.conversations, room)?.members.find((one) => one.isMe);
    if (me?.role === 'owner' || me?.role === 'admin') {
      await this.wire.ask(admit(room, address));
      return true;
    }
    this.wire.send(inviteByRoom(room, address, crypto.randomUUID()));
    return false;
  }

  /**
   * @param {string} room
   * @param {string} nick
   */
  async remove(room, nick) {
    const member = own(this.wire.state.conversations, room)?.members.find((one) => one.nick === nick);
    if (!member) throw new CommandError('not-there');
    if (member.address) await this.wire.ask(putOut(room, { address: member.address }));
    await this.wire.ask(putOut(room, { nick })).catch((error) => {
      if (!member.address) throw error; // who lost the membership is out already
    });
  }

  /** @param {string} room */
  async leave(room) {
    const { nick, joined } = this.wire.state.conversations[room] ?? { nick: '', joined: 'no' };
    await this.wire.ask(dropBookmark(room)).catch(() => null);
    if (joined === 'yes' || joined === 'joining') this.wire.send(quit(room, nick));
    this.wire.emit([{ type: 'gone', address: room }]);
  }

  /** @param {string} room */
  async askName(room) {
    const info = infoIn(await this.wire.ask(askInfo(room)).catch(() => /** @type {any} */ (null)));
    const name = info.identities.find((one) => one.category === 'conference')?.name;
    if (name) this.wire.emit([{ type: 'conversation', address: room, patch: { name } }]);
  }

  /**
   * What the server has beside people.
   * @param {string[]} hosts
   */
  async look(hosts) {
    for (const host of hosts) {
      const info = infoIn(await this.wire.ask(askInfo(host)).catch(() => /** @type {any} */ (null)));
      if (info.identities.some((one) => one.category === 'conference')) this.wire.emit([{ type: 'archive', patch: { rooms: host } }]);
      if (!info.features.includes(names.upload)) continue;
      const limit = Number(info.fields['max-file-size']);
      const uploads = { address: host, limit: Number.isSafeInteger(limit) && limit > 0 ? limit : null };
      this.wire.emit([{ type: 'archive', patch: { uploads } }]);
    }
  }
}
