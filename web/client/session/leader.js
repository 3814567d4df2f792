// SPDX-License-Identifier: AGPL-3.0-or-later
// The leading tab's work: holds lease and stream, turns what comes into events, and sends what is in the outbox.

import { Jingle } from '../jingle/jingle.js';
import { addressesIn, bookmarksIn, isRosterPush, kept, readMarksIn, rosterItems } from '../model/account.js';
import { bare, domain, local } from '../model/address.js';
import { ignored, letter, opened } from '../model/incoming.js';
import * as names from '../model/names.js';
import { roomPresence } from '../model/occupants.js';
import { askItems, available, receipt } from '../model/outgoing.js';
import { own } from '../model/own.js';
import { child } from '../xmpp/xml.js';
import { Archive } from './archive.js';
import { Lease } from './lease.js';
import { writing } from './outbox.js';
import { Requests } from './requests.js';
import { Rooms } from './rooms.js';
import { Mail } from './mail.js';
import { SignedOut } from './signed-out.js';
import { Sync } from './sync.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('../model/state.js').Event} Event */
/** @typedef {import('../model/incoming.js').Errand} Errand */
/** @typedef {import('./leasing.js').Lease} LeaseState */
/** @typedef {import('../xmpp/session.js').XmppSession} XmppSession */
/** @typedef {{ saved: import('../xmpp/session.js').Saved | null, handed: string[], isCaughtUp: boolean }} Legacy */

const typingLasts = 30_000; // ms
const mostWaiting = 5000; // messages
const again = 10_000; // ms, after the stream was ended in a way that only time mends

export class Leader {
  /**
   * @param {{ board: import('./board.js').Board, emit: (events: Event[]) => void, portal: import('./portal.js').Portal,
   *   outbox: import('./outbox.js').Outbox, stream: () => XmppSession, askPage: (why: 'start' | 'renew') => void,
   *   tell: (address: string, key: string) => void, wiped: () => void, signedOut?: SignedOut, phone?: (leader: Leader) => import('../calls/calls.js').Calls }} edges
   */
  constructor({ board, emit, portal, outbox, stream, askPage, tell, wiped, signedOut = new SignedOut(), phone }) {
    this.board = board;
    this.emit = emit;
    this.portal = portal;
    this.outbox = outbox;
    this.stream = stream();
    this.tell = tell;
    this.wiped = wiped;
    this.signedOut = signedOut;
    this.archive = new Archive(this);
    this.sync = new Sync(this);
    this.rooms = new Rooms(this, this.sync);
    this.requests = new Requests(this, portal);
    this.mail = new Mail(this);
    this.calls = phone?.(this) ?? null;
    this.jingle = this.calls && new Jingle({ calls: this.calls, wire: this, account: () => this.phoneAccount() });
    this.lease = new Lease({ portal, random: Math.random, askPage, changed: (now, before) => this.leased(now, before) });
    /** @type {Legacy | null} */
    this.legacy = null;
    /** @type {Map<string, ReturnType<typeof setTimeout>>} */
    this.typingTimers = new Map();
    /** What comes while it is asked what was missed: it goes after that. @type {Tree[] | null} */
    this.waiting = null;
    /** Called when nothing is missed any more. */
    this.caughtUp = () => {};
    this.round = 0;
    this.me = '';
    this.listen();
  }

  get state() {
    return this.board.state;
  }

  get isOnline() {
    return this.stream.online;
  }

  /** @returns {import('../model/incoming.js').Context} */
  context() {
    return { me: this.me, now: this.portal.now(), state: this.board.state };
  }

  /** @param {Tree} tree */
  send(tree) {
    return this.stream.send(tree);
  }

  /** @param {Tree} tree */
  ask(tree) {
    return this.stream.iq(tree);
  }

  /**
   * @param {{ account: string | null, isAlone: boolean, legacy: Legacy | null }} how
   */
  start({ account, isAlone, legacy }) {
    this.legacy = legacy;
    this.lease.tell({ type: 'begin', account, isAlone, isOut: this.signedOut.is });
  }

  /** For the next to go on with; the stream is left as it is. @returns {Legacy} */
  leave() {
    const legacy = { saved: this.stream.saved(), handed: [...this.mail.handed], isCaughtUp: this.sync.isCaughtUp };
    this.stop(true);
    return legacy;
  }

  /** @param {boolean} resumable */
  stop(resumable) {
    this.lease.stop();
    this.calls?.stop('tab-closed');
    this.mail.stop();
    this.stream.stop({ resumable });
    for (const timer of this.typingTimers.values()) clearTimeout(timer);
  }

  nudge() {
    this.lease.nudge();
    this.stream.nudge();
    this.calls?.nudge();
  }

  // ---- lease ----

  /**
   * @param {LeaseState} now
   * @param {LeaseState} before
   */
  leased(now, before) {
    if (now.status === 'held' && now.grant) {
      const grant = now.grant;
      const isNew = grant !== before.grant && (before.grant === null || (before.todo?.do === 'ask' && !before.todo.renew));
      if (isNew) void this.connect(grant);
      else if (grant !== before.grant && this.stream.online) this.calls?.begin();
      else if (now.tries > 0 && this.stream.account === null) this.emit([{ type: 'phase', phase: 'offline', reason: 'unreachable' }]);
      return;
    }
    if (before.status === 'held' && now.status !== 'held') {
      this.stream.stop();
      this.calls?.stop();
    }
    if (now.status === before.status && now.why === before.why) return;
    if (now.status === 'ended' && (now.why === 'signed-out' || now.why === 'kept-out')) {
      this.wiped();
      this.forget();
    }
    if (now.status === 'off' && now.account !== null) this.belongTo(now.account, '');
    const phase = now.status === 'apart' ? 'offline' : now.status === 'looking' || now.status === 'held' ? 'starting' : now.status;
    this.emit([{ type: 'phase', phase, reason: now.status === 'apart' ? 'unreachable' : now.why }]);
  }

  /**
   * What was somebody else's is gone from the view.
   * @param {string} me
   * @param {string} name
   */
  belongTo(me, name) {
    if (this.state.me !== null && this.state.me.address !== me) this.forget();
    this.me = me;
    this.emit([{ type: 'me', me: { address: me, name } }]);
  }

  /** All that is a member's goes, here and in the other tabs; another may sit down now. */
  forget() {
    this.calls?.stop();
    this.sync.forget();
    this.emit([{ type: 'forget' }]);
  }

  /** @param {import('./leasing.js').Grant} grant */
  async connect(grant) {
    const me = bare(grant.address);
    this.belongTo(me, grant.display_name);
    if (this.stream.online) return this.calls?.begin(); // a new password for later; what is open stays open
    this.emit([{ type: 'phase', phase: 'connecting', reason: null }]);
    const letters = await this.outbox.load(me);
    this.emit(letters.flatMap(writing));
    const resume = this.legacy?.saved ?? this.stream.saved();
    this.stream.start({
      takesCalls: this.phoneAccount() !== null, websocket: /** @type {NonNullable<typeof grant.chat>} */ (grant.chat).websocket, username: local(me), domain: domain(me), resume,
      password: () => this.lease.state.grant?.chat?.password ?? '',
    });
  }

  /** What the lease says of calls; null without. */
  phoneAccount() {
    const calls = this.lease.state.grant?.calls ?? null;
    return calls?.password ? calls : null;
  }

  // ---- stream ----

  listen() {
    this.stream.on('online', ({ resumed }) => void this.online(resumed));
    this.stream.on('stanza', (tree) => this.take(tree));
    this.stream.on('acked', (id) => this.mail.acked(id));
    this.stream.on('offline', ({ reason, retryInMs }) => {
      this.rooms.interrupted();
      this.emit([{ type: 'phase', phase: 'offline', reason, retryAt: this.portal.now() + retryInMs }]);
    });
    this.stream.on('ended', ({ reason }) => {
      this.rooms.interrupted();
      this.emit([{ type: 'phase', phase: 'connecting', reason }]);
      if (reason === 'conflict') setTimeout(() => this.lease.tell({ type: 'spent' }), again);
      else this.lease.tell({ type: 'spent' });
    });
  }

  /** @param {boolean} resumed */
  async online(resumed) {
    const { legacy } = this;
    this.legacy = null;
    this.round += 1;
    const { round } = this;
    if (resumed && legacy) {
      this.mail.handed = new Set(legacy.handed);
      this.sync.isCaughtUp = legacy.isCaughtUp;
    }
    const isWhole = resumed && this.sync.isCaughtUp;
    this.emit([{ type: 'phase', phase: 'online', reason: null }]);
    this.calls?.begin();
    try {
      if (!isWhole) {
        this.mail.begin();
        this.rooms.outOfAll();
        this.waiting = /** @type {Tree[]} */ ([]);
        await this.sync.run(available());
        if (round !== this.round) return;
        const { waiting } = this;
        this.waiting = null;
        for (const message of waiting) this.takeMessage(message);
        await this.sync.fill();
      }
      if (round !== this.round) return;
      await this.mail.settle(isWhole);
      this.caughtUp();
      void this.requests.look();
      if (isWhole) return;
      await Promise.all([this.rooms.enterAll(), this.lookAround()]);
    } catch {
      // Interrupted: the next login does it all again.
      if (round === this.round && this.stream.online) setTimeout(() => round === this.round && this.stream.online && void this.online(false), again);
    }
  }

  async lookAround() {
    if (this.state.rooms !== null && this.state.uploads !== null) return;
    await this.rooms.look(addressesIn(await this.ask(askItems(domain(this.me)))));
  }

  /** @param {Tree} tree */
  take(tree) {
    if (tree.name === 'message') return this.takeMessage(tree);
    if (tree.name === 'presence') return this.takePresence(tree);
    if (tree.name === 'iq' && child(tree, 'jingle', names.jingle)) return this.jingle?.take(tree);
    if (isRosterPush(tree, this.me)) this.emit(rosterItems(tree).map(({ address, contact }) => ({ type: 'contact', address, contact })));
    return undefined;
  }

  /** @param {Tree} message */
  takeMessage(message) {
    if (this.archive.takes(message, this.me)) return;
    if (this.waiting) {
      if (this.waiting.length < mostWaiting) this.waiting.push(message);
      return;
    }
    const news = kept(message, this.me);
    if (news) {
      if (news.node === names.displayed) this.emit(this.sync.keepMarks(readMarksIn(news.items)));
      if (news.node === names.bookmarks) void this.rooms.changed(bookmarksIn(news.items));
      return;
    }
    const one = opened(message, this.context());
    const { events, errands } = one ? letter(one, this.context()) : ignored;
    if (one) this.jingle?.hear(one);
    const fresh = events.filter((event) => event.type === 'messages' && own(this.state.conversations, event.address) === undefined);
    const marks = fresh.flatMap((event) => ('address' in event ? this.sync.markFor(event.address) : []));
    const positions = errands.flatMap((errand) => this.position(errand));
    if (events.length + positions.length > 0) this.emit([...events, ...marks, ...positions]);
    for (const event of events) if (event.type === 'failed') this.mail.refused(event);
    for (const errand of errands) this.run(errand);
    if (bare(message.attrs.from) === domain(this.me)) void this.requests.heard(); // notices say that somebody wrote
  }

  /**
   * The archive is known up to here, if what came before is.
   * @param {Errand} errand
   * @returns {Event[]}
   */
  position(errand) {
    if (errand.do !== 'position') return [];
    const { room, archiveId } = errand;
    if (room === null) return this.sync.isCaughtUp ? [{ type: 'archive', patch: { position: archiveId } }] : [];
    return this.rooms.caughtUp.has(room) ? [{ type: 'conversation', address: room, patch: { position: archiveId } }] : [];
  }

  /** @param {Errand} errand */
  run(errand) {
    if (errand.do === 'tell') this.tell(errand.address, errand.key);
    if (errand.do === 'receipt' && own(this.state.contacts, errand.to)) this.send(receipt(errand.to, errand.id, crypto.randomUUID()));
    if (errand.do === 'name') void this.rooms.askName(errand.room);
    if (errand.do !== 'typing') return;
    const { address, who } = errand;
    const key = `${address}\n${who}`;
    clearTimeout(this.typingTimers.get(key));
    this.typingTimers.set(key, setTimeout(() => {
      this.typingTimers.delete(key);
      this.emit([{ type: 'typing', address, who, on: false }]);
    }, typingLasts));
  }

  /** @param {Tree} presence */
  takePresence(presence) {
    if (presence.attrs.type === 'subscribe') return void this.requests.heard();
    const { events, entered, out } = roomPresence(presence, this.state);
    if (events.length > 0) this.emit(events);
    if (entered !== null) {
      this.rooms.entered(entered);
      void this.mail.settleRoom(entered);
    }
    if (out !== null) {
      this.rooms.left(out.room, out.why);
      if (own(this.state.conversations, out.room)?.joined === 'refused') this.mail.giveUp(out.room, out.why);
    }
    return undefined;
  }
}
