// SPDX-License-Identifier: AGPL-3.0-or-later
// After each login: what was missed. From the archive, from the last message that is known; the first time, backwards until there
// are conversations enough to show. Then how far was read, and the rooms.

import { itemsIn, readMarksIn, rosterItems } from '../model/account.js';
import { archived, letter } from '../model/incoming.js';
import * as names from '../model/names.js';
import { askItemsOf, askRoster, enableCarbons } from '../model/outgoing.js';
import { own } from '../model/own.js';
import { pageSize } from './archive.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('../model/state.js').Event} Event */
/** @typedef {import('../model/incoming.js').Context} Context */
/** @typedef {import('./wire.js').Wire} Wire */

/** So many conversations are looked for at first, in so many pages at most. */
const enough = 15;
const firstPages = 6;
/** What was missed is fetched up to so many pages; a longer gap begins anew. */
const mostMissed = 40;
/** Pages that may show nothing (receipts, marks) before scrolling back gives up for now. */
const emptyPages = 10;

export class Sync {
  /** @param {Wire} wire */
  constructor(wire) {
    this.wire = wire;
    this.isCaughtUp = false;
    /** @type {Map<string, string>} how far each conversation was read, for those that come later */
    this.readMarks = new Map();
    /** @type {Set<string>} conversations whose mark could not be kept at the account yet */
    this.unsaved = new Set();
    /** @type {Map<string, string>} where scrolling back goes on, where that is not at a message */
    this.cursors = new Map();
  }

  /** What was another member's. */
  forget() {
    this.isCaughtUp = false;
    this.readMarks.clear();
    this.unsaved.clear();
    this.cursors.clear();
  }

  /**
   * Everything after a login that did not take up the old stream. `announce` makes us available; it is sent between what has to
   * come before (so that nothing is delivered twice) and the archive (so that nothing is missed).
   * @param {Tree} announce
   */
  async run(announce) {
    const { wire } = this;
    this.isCaughtUp = false;
    const carbons = wire.ask(enableCarbons()).catch(() => null);
    const contacts = wire.ask(askRoster());
    const marks = wire.ask(askItemsOf(names.displayed)).catch(() => null);
    wire.archive.page({ before: '', max: 1 }).catch(() => null); // from now on the server keeps no offline messages for us
    wire.send(announce);
    const [missed] = await Promise.all([this.missed(marks), contacts.then((iq) => this.listContacts(iq)), carbons]);
    this.isCaughtUp = missed;
  }

  /** @param {Tree} iq */
  listContacts(iq) {
    const items = rosterItems(iq).flatMap(({ address, contact }) => (contact ? [[address, contact]] : []));
    this.wire.emit([{ type: 'contacts', contacts: Object.fromEntries(items) }]);
  }

  /**
   * @param {Promise<Tree | null>} marks
   * @returns {Promise<boolean>}
   */
  async missed(marks) {
    const position = this.wire.state.position;
    if (position !== null && (await this.forward(position))) {
      await this.takeMarks(marks);
      return true;
    }
    if (position !== null) this.wire.emit([{ type: 'reset' }]);
    const page = await this.wire.archive.page({ before: '' });
    const events = this.read(page.results, 'before', null);
    const items = await marks;
    this.wire.emit([
      ...events, ...this.noted(items),
      { type: 'archive', patch: { isListed: true, position: page.last, oldest: page.first, hasOlder: !page.complete } },
    ]);
    return true;
  }

  /**
   * @param {string} position
   * @returns {Promise<boolean>} false if the gap cannot be closed
   */
  async forward(position) {
    let after = position;
    for (let pages = 0; pages < mostMissed; pages += 1) {
      let page;
      try {
        page = await this.wire.archive.page({ after });
      } catch (error) {
        if (/** @type {any} */ (error)?.condition === 'item-not-found') return false; // too old to be kept
        throw error;
      }
      after = page.last ?? after;
      this.wire.emit([...this.read(page.results, 'after', null), { type: 'archive', patch: { position: after, isListed: true } }]);
      if (page.complete) return true;
    }
    return false;
  }

  /** @param {Promise<Tree | null>} marks */
  async takeMarks(marks) {
    this.wire.emit(this.noted(await marks));
  }

  /** More conversations, as long as there are few. */
  async fill() {
    for (let pages = 1; pages < firstPages && this.wire.state.order.length < enough && this.wire.state.hasOlder; pages += 1) await this.back();
  }

  /** One page further back in the member's archive. */
  async back() {
    const { oldest, hasOlder } = this.wire.state;
    if (!hasOlder || oldest === null) return;
    const page = await this.wire.archive.page({ before: oldest });
    this.wire.emit([
      ...this.read(page.results, 'before', null),
      { type: 'archive', patch: { oldest: page.first ?? oldest, hasOlder: !page.complete } },
    ]);
  }

  /**
   * Further back in one conversation.
   * @param {string} address
   */
  async older(address) {
    const { wire } = this;
    const conversation = own(wire.state.conversations, address);
    if (!conversation || conversation.older !== 'more') return;
    wire.emit([{ type: 'conversation', address, patch: { older: 'loading' } }]);
    let before = this.cursors.get(address) ?? conversation.messages.find((one) => one.archiveId !== null)?.archiveId ?? '';
    let older = /** @type {'more' | 'none'} */ ('more');
    try {
      const where = conversation.kind === 'room' ? { to: address } : { with: address.split('/')[0] };
      for (let pages = 0; pages < emptyPages && older === 'more'; pages += 1) {
        const page = await wire.archive.page({ ...where, before });
        const events = this.read(page.results, 'before', conversation.kind === 'room' ? address : null)
          .filter((event) => !('address' in event) || event.address === address);
        wire.emit(events);
        if (page.first !== null) before = page.first;
        this.cursors.set(address, before);
        if (page.complete) older = 'none';
        else if (events.some((event) => event.type === 'messages')) break;
      }
    } finally {
      wire.emit([{ type: 'conversation', address, patch: { older } }]);
    }
  }

  /**
   * What a room's archive has and we have not.
   * @param {string} room
   */
  async room(room) {
    const { wire } = this;
    const position = own(wire.state.conversations, room)?.position ?? null;
    let after = position;
    for (let pages = 0; after !== null && pages < mostMissed; pages += 1) {
      const page = await wire.archive.page({ to: room, after }).catch(() => null);
      if (page === null) break;
      after = page.last ?? after;
      wire.emit([...this.read(page.results, 'after', room), { type: 'conversation', address: room, patch: { position: after } }]);
      if (page.complete) return;
    }
    const page = await wire.archive.page({ to: room, before: '' });
    wire.emit([
      ...this.read(page.results, position === null ? 'before' : 'after', room),
      { type: 'conversation', address: room, patch: { position: page.last, older: page.complete ? 'none' : 'more' } },
      ...this.markFor(room),
    ]);
  }

  /**
   * Results as events: those of one conversation together.
   * @param {Tree[]} results
   * @param {'before' | 'after'} place
   * @param {string | null} room whose archive it is, or the member's own
   * @returns {Event[]}
   */
  read(results, place, room) {
    const context = this.wire.context();
    /** @type {Map<string, Extract<Event, { type: 'messages' }>>} */
    const batches = new Map();
    /** @type {Event[]} */
    const others = [];
    for (const result of results) {
      const one = archived(result, context);
      if (!one || (room !== null) !== (one.message.attrs.type === 'groupchat')) continue;
      for (const event of letter(one, context).events) {
        if (event.type !== 'messages') others.push(event);
        else if (room === null || event.address === room) {
          const batch = batches.get(event.address);
          if (batch) batch.list.push(...event.list);
          else batches.set(event.address, { ...event, list: [...event.list], place });
        }
      }
    }
    const fresh = [...batches.keys()].filter((address) => own(this.wire.state.conversations, address) === undefined);
    return [...batches.values(), ...others, ...fresh.flatMap((address) => this.markFor(address))];
  }

  /**
   * @param {string} address
   * @returns {Event[]}
   */
  markFor(address) {
    const archiveId = this.readMarks.get(address);
    return archiveId === undefined ? [] : [{ type: 'read', address, archiveId }];
  }

  /**
   * @param {Tree | null} iq
   * @returns {Event[]}
   */
  noted(iq) {
    return this.keepMarks(readMarksIn(iq ? itemsIn(iq) : null).filter((event) => !('address' in event) || !this.unsaved.has(event.address)));
  }

  /**
   * @param {Event[]} events
   * @returns {Event[]}
   */
  keepMarks(events) {
    for (const event of events) if (event.type === 'read') this.readMarks.set(event.address, event.archiveId);
    return events;
  }

  /**
   * Is this message with the server? Looked for in the archive from so long before it was written.
   * @param {{ address: string, kind: 'chat' | 'room', at: number }} about
   * @param {Set<string>} ids
   * @param {number} before ms
   * @returns {Promise<Set<string>>} which of them are
   */
  async present(about, ids, before) {
    const where = about.kind === 'room' ? { to: about.address } : { with: about.address.split('/')[0] };
    const start = about.at - before;
    /** @type {Set<string>} */
    const found = new Set();
    /** @type {string | undefined} */
    let after;
    for (let pages = 0; pages < mostMissed && found.size < ids.size; pages += 1) {
      const page = await this.wire.archive.page({ ...where, start, after });
      const context = this.wire.context();
      for (const result of page.results) {
        const id = archived(result, context)?.message.attrs.id;
        if (id !== undefined && ids.has(id)) found.add(id);
      }
      if (page.complete || page.results.length < pageSize || page.last === null) break;
      after = page.last;
    }
    return found;
  }
}
