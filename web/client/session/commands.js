// SPDX-License-Identifier: AGPL-3.0-or-later
// What a member can do, carried out by the leading tab. Each may come twice (from a tab whose leader went away in the middle), so what
// makes something has its id from whoever asks.

import { bare, isBareAddress } from '../model/address.js';
import { messageOf, readMark, seen, typing } from '../model/outgoing.js';
import { find } from '../model/search.js';
import { longestText } from '../model/shown.js';
import { own } from '../model/own.js';
import { newestToRead } from '../model/unread.js';
import { longestStanza } from '../xmpp/session.js';
import { clean, el, serialize } from '../xmpp/xml.js';
import { addContact, previewContact } from './asking.js';
import { runCall } from './calling.js';
import { writing } from './outbox.js';
import { PortalError } from './portal.js';
import { CommandError } from './tabs.js';
import { upload } from './uploads.js';
import { addName, nameNeighbours, whom } from './whom.js';

/** @typedef {import('../model/state.js').Arrival} Arrival */
/** @typedef {import('../model/state.js').FileOffer} FileOffer */
/** @typedef {import('./leader.js').Leader} Leader */

/** With so many hits a search asks for no more of the archive; it asks for so many pages in all. */
const enoughHits = 20;
const searchPages = 40;

/** Bytes of a message that are not its words: addresses, ids, what it asks for. */
const envelope = 8192;

export class Commands {
  /** @param {Leader} leader */
  constructor(leader) {
    this.leader = leader;
    /** @type {Map<string, ReturnType<typeof setTimeout>>} */
    this.marking = new Map();
    /** @type {Map<string, AbortController>} */
    this.uploading = new Map();
    this.searched = 0;
    leader.caughtUp = () => {
      for (const address of leader.sync.unsaved) void this.publishRead(address);
      leader.sync.unsaved.clear();
      void nameNeighbours(leader);
    };
  }

  /**
   * @param {string} name
   * @param {any[]} args
   * @param {(part: number) => void} progress
   * @returns {Promise<any>}
   */
  async run(name, args, progress) {
    const [address, one] = args;
    switch (name) {
      case 'send':
        return this.write(address, one, this.arrival(one.id, { text: this.checked(one.text) }));
      case 'correct':
        return this.correct(address, one);
      case 'retry':
        return this.leader.mail.retry(address, this.messageOf(address, one));
      case 'discard':
        return this.leader.mail.discard(address, this.messageOf(address, one));
      case 'attach':
        return this.attach(address, one, progress);
      case 'cancel':
        return this.uploading.get(address)?.abort();
      case 'older':
        return this.leader.isOnline ? this.leader.sync.older(address) : undefined;
      case 'open':
        return this.open(address);
      case 'read':
        return this.read(address);
      case 'typing':
        return this.typing(address, one);
      case 'start':
        return this.start(address);
      case 'createRoom':
        return this.createRoom(address, one);
      case 'join':
        this.needOnline();
        await this.leader.rooms.join(bare(address));
        return this.leader.rooms.keep(bare(address));
      case 'leave':
        this.needOnline();
        await this.leader.rooms.leave(address);
        return this.leader.mail.forget(address);
      case 'invite':
        return this.invite(address, one);
      case 'remove':
        this.needOnline();
        return this.leader.rooms.remove(address, one);
      case 'answer':
        return this.leader.requests.answer(address, one);
      case 'previewContact':
        return previewContact(this.leader.portal, address);
      case 'addContact':
        return addContact(this.leader.portal, address);
      case 'search':
        return this.search(address);
      case 'switchOn':
        return this.switchOn();
      case 'needTicket':
        this.leader.signedOut.set(false);
        return this.leader.lease.tell({ type: 'wanted', hasPage: address === true });
      case 'signOut':
        return this.signOut();
      default:
        return runCall(this.leader, name, args);
    }
  }

  /**
   * @param {string} address
   * @param {{ id: string }} what
   * @param {Arrival} message
   * @param {string | null} [replaces]
   */
  async write(address, { id }, message, replaces = null) {
    const { leader } = this;
    const conversation = own(leader.state.conversations, address);
    if (leader.outbox.letters.has(id) || conversation?.messages.some((one) => one.mine && one.id === id)) return;
    if (!conversation && !isBareAddress(address)) throw new CommandError('no-address');
    const kind = conversation?.kind ?? 'chat';
    const tree = messageOf(address, kind === 'room', message, replaces);
    leader.emit(writing({ address, kind, message }));
    await leader.mail.post({ account: leader.me, id, address, kind, at: message.at, tree, message });
  }

  /**
   * @param {string} address
   * @param {{ id: string, file: File }} what
   * @param {(part: number) => void} progress
   */
  async attach(address, { id, file }, progress) {
    this.needOnline();
    const stop = new AbortController();
    this.uploading.set(id, stop);
    try {
      const offer = await upload(this.leader, file, progress, stop.signal);
      if (stop.signal.aborted) throw new CommandError('cancelled');
      await this.write(address, { id }, this.arrival(id, { kind: 'file', file: offer }));
    } finally {
      this.uploading.delete(id);
    }
  }

  /**
   * @param {string} address
   * @param {{ id: string, key: string, text: string }} what
   */
  async correct(address, { id, key, text }) {
    const message = this.messageOf(address, key);
    if (!message.mine || message.id === null || message.kind !== 'text') throw new CommandError('not-yours');
    await this.write(address, { id }, this.arrival(id, { text: this.checked(text), replaces: message.id }), message.id);
  }

  /** @param {string} address */
  async open(address) {
    const { leader } = this;
    const conversation = own(leader.state.conversations, address);
    if (conversation && conversation.messages.length < 25 && conversation.older === 'more' && leader.isOnline) await leader.sync.older(address);
    if (conversation?.kind === 'chat' && conversation.verified === null) await addName(this.leader, address);
  }

  /**
   * Here and at the account at once; the sender hears of it if they are a contact and asked for it.
   * @param {string} address
   */
  read(address) {
    const { leader } = this;
    const conversation = own(leader.state.conversations, address);
    const archiveId = conversation ? newestToRead(conversation) : null;
    if (!conversation || archiveId === null) return;
    leader.emit([{ type: 'read', address, archiveId }]);
    leader.sync.readMarks.set(address, archiveId);
    clearTimeout(this.marking.get(address));
    this.marking.set(address, setTimeout(() => void this.publishRead(address), 500));
  }

  /** @param {string} address */
  async publishRead(address) {
    const { leader } = this;
    this.marking.delete(address);
    const conversation = own(leader.state.conversations, address);
    const archiveId = leader.sync.readMarks.get(address);
    if (!conversation || archiveId === undefined) return;
    const by = conversation.kind === 'room' ? address : leader.me;
    if (conversation.kind === 'chat' && conversation.isContact) {
      const last = conversation.messages.filter((one) => !one.mine && one.wantsMark && one.id !== null).pop();
      if (last?.id) leader.send(seen(address, last.id, crypto.randomUUID()));
    }
    await leader.ask(readMark(address, archiveId, by)).catch((error) => {
      if (['interrupted', 'offline', 'timeout'].includes(error?.condition)) leader.sync.unsaved.add(address);
    });
  }

  /**
   * @param {string} address
   * @param {boolean} on
   */
  typing(address, on) {
    const { leader } = this;
    const conversation = own(leader.state.conversations, address);
    if (!conversation || !leader.isOnline) return;
    if (conversation.kind === 'room' ? conversation.joined === 'yes' : conversation.isContact) leader.send(typing(address, conversation.kind === 'room', on));
  }

  /**
   * Whom somebody means, and a conversation with them.
   * @param {string} text `@name@server`, `name@server` or `xmpp:…`
   * @returns {Promise<string>}
   */
  async start(text) {
    const { leader } = this;
    const found = await whom(leader, text);
    if (found.address === leader.me) throw new CommandError('yourself');
    leader.emit([{ type: 'conversation', address: found.address, patch: { ...found.patch, since: leader.context().now } }]);
    if (leader.isOnline) await leader.sync.older(found.address).catch(() => undefined);
    return found.address;
  }

  /**
   * In what is here; if that is little, in more of the archive first.
   * @param {string} text
   */
  async search(text) {
    const { leader } = this;
    while (find(leader.state, text).length < enoughHits && this.searched < searchPages && leader.isOnline && leader.state.hasOlder) {
      this.searched += 1;
      await leader.sync.back().catch(() => undefined);
    }
    return find(leader.state, text);
  }

  /**
   * @param {string} name
   * @param {string[]} people
   * @returns {Promise<string>} the room
   */
  async createRoom(name, people) {
    this.needOnline();
    const guests = await Promise.all(people.map((text) => whom(this.leader, text)));
    const room = await this.leader.rooms.create(name);
    for (const { address } of guests) await this.invite(room, address);
    return room;
  }

  /**
   * @param {string} room
   * @param {string} text whom
   */
  async invite(room, text) {
    this.needOnline();
    const { leader } = this;
    const { address } = await whom(leader, text);
    if (!(await leader.rooms.admit(room, address))) return;
    const id = crypto.randomUUID();
    const invitation = { room, name: leader.state.conversations[room].name, from: leader.me, reason: '' };
    await this.write(address, { id }, this.arrival(id, { kind: 'invitation', invitation }));
  }

  async switchOn() {
    const { portal, lease } = this.leader;
    await portal.call('PUT', 'services/chat', { on: true });
    lease.tell({ type: 'switched-on' });
  }

  async signOut() {
    const { leader } = this;
    leader.stream.stop(); // its end by the server would be taken for a password that is spent
    await leader.portal.call('DELETE', 'web-session').catch((error) => {
      if (error instanceof PortalError && error.status > 0 && error.status < 500) return; // it is over already
      leader.lease.tell({ type: 'spent' });
      throw new CommandError('offline'); // who is told that they are signed out has to be
    });
    leader.signedOut.set(true);
    leader.lease.tell({ type: 'left' });
  }

  // ---- pieces ----

  /**
   * @param {string} id
   * @param {Partial<Arrival>} what
   * @returns {Arrival}
   */
  arrival(id, what) {
    return {
      key: `o:${id}`, id, archiveId: null, by: 'me', from: this.leader.me, mine: true, at: this.leader.context().now, text: '', state: 'waiting',
      kind: 'text', file: null, invitation: null, hasOriginId: true, wantsMark: false, isCut: false, replaces: null, isLive: true, ...what,
    };
  }

  /** @param {unknown} text */
  checked(text) {
    if (typeof text !== 'string' || text.trim() === '') throw new CommandError('empty');
    const written = new TextEncoder().encode(serialize(el('body', null, clean(text)))).length;
    if (text.length > longestText || written > longestStanza - envelope) throw new CommandError('too-long');
    return text;
  }

  /**
   * @param {string} address
   * @param {string} key
   */
  messageOf(address, key) {
    const message = own(this.leader.state.conversations, address)?.messages.find((one) => one.key === key);
    if (!message) throw new CommandError('not-there');
    return message;
  }

  needOnline() {
    if (!this.leader.isOnline) throw new CommandError('offline');
  }
}
