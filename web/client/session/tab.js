// SPDX-License-Identifier: AGPL-3.0-or-later
// One tab: it leads or follows, speaks with the page around it, and knows what its member is looking at.

import { bare, domain } from '../model/address.js';
import { applyAll, nothing } from '../model/state.js';
import { Calls } from '../calls/calls.js';
import { library } from '../calls/library.js';
import { XmppError } from '../xmpp/errors.js';
import { Board } from './board.js';
import { CallTab } from './call-tab.js';
import { Commands } from './commands.js';
import { Leader } from './leader.js';
import { Muted } from './muted.js';
import { note } from './noting.js';
import { Notifications } from './notify.js';
import { Outbox } from './outbox.js';
import { Page } from './page.js';
import { Portal, PortalError } from './portal.js';
import { SignedOut } from './signed-out.js';
import { CommandError, Tabs } from './tabs.js';
import { whom } from './whom.js';

/** @typedef {import('../model/state.js').Event} Event */
/** @typedef {import('../../shared/frame-protocol.js').FromPage} FromPage */
/** @typedef {Extract<FromPage, { type: 'hello' }>} Hello */
/**
 * What a tab shows; whether it may show notifications; who is signed in at the page around it, and since when it knows (ms since 1970).
 * @typedef {{ open: string | null, isVisible: boolean, canTell: boolean, account: string | null, since: number }} Looking
 */

const lock = 'trunkline:connection';
const channelName = 'trunkline';

export class Tab {
  /**
   * @param {{ window: Window & typeof globalThis, home: string, stream: () => import('../xmpp/session.js').XmppSession,
   *   words?: (key: string) => string, library?: string }} edges `library`: where SIP.js lies
   */
  constructor({ window, home, stream, words = (key) => key, library = '' }) {
    this.window = window;
    this.library = library;
    this.stream = stream;
    this.id = crypto.randomUUID();
    this.board = new Board();
    this.portal = new Portal(window.fetch.bind(window));
    this.muted = new Muted(this.portal);
    this.outbox = new Outbox(window.indexedDB);
    this.notifications = new Notifications({ open: (address) => this.say('open', address), words });
    /** @type {Leader | null} */
    this.leader = null;
    /** @type {Commands | null} */
    this.commands = null;
    /** @type {Hello | null} */
    this.hello = null;
    /** @type {Looking} */
    this.looking = { open: null, isVisible: false, canTell: false, account: null, since: Date.now() };
    /** The leading tab is another account's: nothing of it is for this one. */
    this.isApart = false;
    /** Somebody else has signed in since. */
    this.isOver = false;
    /** @type {Map<string, Looking>} */
    this.others = new Map();
    /** @type {Map<string, Set<(value: any) => void>>} */
    this.hearers = new Map();
    this.page = new Page({ window, home, hear: (message) => this.hear(message) });
    this.hasAsked = false;
    this.board.subscribe((state) => {
      this.page.show(state.phase, state.unread, state.calls.some(({ direction, phase }) => direction === 'in' && phase === 'ringing'));
      this.askIfSeen();
    });
    /** @type {Tabs | null} */
    this.tabs = null;
    this.calls = new CallTab({
      id: this.id, window, board: this.board, tabs: () => this.tabs, calls: () => this.leader?.calls ?? null, shown: (call) => this.say('media', call),
    });
    if (!this.page.isAround) this.begin();
    this.watch();
  }

  get state() {
    return this.board.state;
  }

  begin() {
    if (this.tabs) return;
    this.tabs = new Tabs({
      id: this.id, channel: new BroadcastChannel(channelName), locks: this.window.navigator.locks, lock,
      part: {
        lead: (legacy) => this.lead(/** @type {import('./leader.js').Legacy | null} */ (legacy)),
        follow: (events) => this.isApart || this.show(applyAll(this.state, events)),
        show: (state) => this.show(state),
        state: () => this.board.state,
        run: (name, args, progress) => this.run(name, args, progress),
        tab: (from, value) => this.beside(from, /** @type {Looking | null} */ (value)),
        page: (value) => this.pageWord(value),
        post: (from, value) => this.calls.far.hear(from, value),
      },
    });
    this.tabs.tellTabs(this.looking);
  }

  /** @param {import('./leader.js').Legacy | null} legacy */
  lead(legacy) {
    const emit = (/** @type {Event[]} */ events) => {
      if (events.length === 0 || this.isOver) return;
      this.board.apply(events);
      this.tabs?.publish(events);
    };
    this.leader = new Leader({
      board: this.board, emit, portal: this.portal, outbox: this.outbox, stream: this.stream,
      askPage: (why) => {
        this.askOwnPage(why);
        this.tabs?.tellPages({ ask: why });
      },
      tell: (address, key) => void this.notify(address, key),
      wiped: () => void this.outbox.wipe(), signedOut: new SignedOut(this.window), phone: (leader) => this.phone(leader),
    });
    this.commands = new Commands(this.leader);
    this.leader.start({ account: this.hello?.account ?? null, isAlone: !this.page.isAround, legacy });
  }

  /** @param {Leader} leader */
  phone(leader) {
    return new Calls({
      emit: (events) => leader.emit(events), state: () => leader.state, now: () => this.portal.now(), media: this.calls.far, load: () => library(this.library),
      account: () => leader.phoneAccount(), random: Math.random, watch: (tab, gone) => this.calls.watch(tab, gone), log: (message) => console.warn(message),
      nameOf: async (address) => (await whom(leader, `xmpp:${address}`)).patch.name ?? '',
      note: (call, key) => void note(this.portal, call, key, domain(leader.me)).catch(() => undefined),
    });
  }

  /**
   * @param {string} name
   * @param {unknown[]} args
   * @param {(part: number) => void} progress
   */
  async run(name, args, progress) {
    if (!this.commands) throw new CommandError('not-ready');
    try {
      return await this.commands.run(name, args, progress);
    } catch (error) {
      throw refusal(error);
    }
  }

  /**
   * @param {string} name
   * @param {unknown[]} args
   * @param {(part: number) => void} [progress]
   */
  async command(name, args, progress) {
    if (this.isOver && name === 'needTicket') this.window.location.reload();
    if (this.isOver) throw new CommandError('signed-out');
    if (!this.tabs) throw new CommandError('not-ready');
    return this.tabs.command(name, args, progress);
  }

  // ---- the other tabs ----

  /**
   * What the leading tab shows, if it is this member's.
   * @param {import('../model/state.js').State} state
   */
  show(state) {
    const { account } = this.looking;
    this.isApart = account !== null && state.me !== null && state.me.address !== bare(account);
    this.board.replace(this.isApart ? { ...nothing, phase: 'waiting' } : state);
  }

  /**
   * A browser is signed in to the home server as one member: the page that was loaded last says as whom, and an older one of
   * somebody else's keeps nothing.
   * @param {string} from
   * @param {Looking | null} looking
   */
  beside(from, looking) {
    if (looking === null) {
      this.others.delete(from);
      this.calls.far.gone(from);
      return this.leader?.calls?.tabGone(from);
    }
    this.others.set(from, looking);
    const account = this.looking.account ?? this.state.me?.address ?? null;
    if (account === null || looking.account === null || bare(looking.account) === bare(account) || looking.since <= this.looking.since) return undefined;
    this.isOver = true;
    this.leader?.stop(false);
    this.leader = null;
    this.commands = null;
    this.tabs?.leave(null);
    this.board.replace({ ...nothing, phase: 'ended', reason: 'signed-out' });
    return undefined;
  }

  // ---- the page around ----

  /** @param {FromPage} message */
  hear(message) {
    switch (message.type) {
      case 'hello': {
        const isFirst = this.hello === null;
        const isOther = !isFirst && this.hello?.account !== message.account;
        this.hello = message;
        this.look({ isVisible: message.visible && !this.window.document.hidden, account: message.account });
        this.askIfSeen();
        if (isOther) this.window.location.reload(); // somebody else has signed in there
        else this.begin();
        return this.say('surroundings', message);
      }
      case 'visible':
        this.look({ isVisible: message.visible });
        if (message.visible) this.awake();
        return undefined;
      case 'open':
        return this.say('open', message.address);
      case 'call':
        return this.say('call', message.address);
      default:
        if (this.leader) return this.leader.lease.tell(message);
        return this.tabs?.tellPages(message);
    }
  }

  /** @param {'start' | 'renew'} why */
  askOwnPage(why) {
    this.page.say({ type: 'need-ticket', why });
  }

  /**
   * From another tab: the leader wants a ticket, or another page has answered.
   * @param {any} value
   */
  pageWord(value) {
    if (value?.ask) this.askOwnPage(value.ask);
    else if (value?.notify) void (value.to === this.id && this.notifications.show(this.state, value.notify.address, value.notify.key));
    else this.leader?.lease.tell(value);
  }

  // ---- looking ----

  watch() {
    const { window } = this;
    const { document } = window;
    this.looking.isVisible = !this.page.isAround && !document.hidden;
    document.addEventListener('visibilitychange', () => {
      this.look({ isVisible: !document.hidden && (this.hello?.visible ?? true) });
      if (!document.hidden) this.awake();
    });
    window.addEventListener('online', () => this.awake());
    window.addEventListener('pageshow', ({ persisted }) => (persisted ? window.location.reload() : this.awake()));
    window.addEventListener('pagehide', () => this.gone());
    window.setInterval(() => this.looking.isVisible && void this.leader?.requests.look(), 30_000);
  }

  /** @param {Partial<Looking>} change */
  look(change) {
    this.looking = { ...this.looking, ...change, canTell: this.notifications.state === 'on' };
    this.tabs?.tellTabs(this.looking);
  }

  /** Somebody looks again, or the network is back. */
  awake() {
    this.leader?.nudge();
    this.hasAsked = false;
    this.askIfSeen();
  }

  /** Whoever looks at the client wants to be signed in: asked once, until they look again. */
  askIfSeen() {
    if (this.hasAsked || this.state.phase !== 'waiting' || !this.looking.isVisible || !this.page.isAround) return;
    this.hasAsked = true;
    void this.command('needTicket', [true]).catch(() => undefined);
  }

  /** The tab goes: the stream goes on in the next one, or ends here. */
  gone() {
    const { leader, tabs } = this;
    const hasHeirs = tabs !== null && tabs.others.size > 0;
    const legacy = leader && hasHeirs ? leader.leave() : null;
    leader?.stop(hasHeirs);
    this.calls.stop();
    tabs?.leave(legacy);
    this.leader = null;
    this.commands = null;
  }

  /**
   * The leading tab tells of a message, or has a tab tell of it that may.
   * @param {string} address
   * @param {string} key
   */
  async notify(address, key) {
    const teller = this.notifications.state === 'on' ? this.id : [...this.others].find(([, tab]) => tab.canTell)?.[0];
    const isSeen = [this.looking, ...this.others.values()].some((tab) => tab.isVisible && tab.open === address);
    if (!teller || isSeen || (await this.muted.has(address))) return;
    if (teller === this.id) this.notifications.show(this.state, address, key);
    else this.tabs?.tellPages({ notify: { address, key }, to: teller });
  }

  /**
   * @param {string} what
   * @param {unknown} value
   */
  say(what, value) {
    for (const hearer of this.hearers.get(what) ?? []) hearer(value);
  }
}

/**
 * What a command was refused for, in the form that passes between tabs.
 * @param {unknown} error
 */
function refusal(error) {
  if (error instanceof CommandError) return error;
  if (error instanceof PortalError) return new CommandError(error.code);
  return new CommandError(error instanceof XmppError ? error.condition : 'failed');
}
