// SPDX-License-Identifier: AGPL-3.0-or-later
// One member's connection to the chat server, over as many WebSockets as it takes: the machine of `machine.js`, run over sockets and
// time, and started again after each loss until the server has said that these credentials will not do.

import { answer } from './answers.js';
import { pause } from './backoff.js';
import { capsElement, ours, verification, withCalls } from './caps.js';
import { Channel } from './channel.js';
import { Emitter } from './emitter.js';
import { XmppError } from './errors.js';
import { bareJid } from './jid.js';
import { KeepAlive } from './keepalive.js';
import { Login } from './login.js';
import { machine, step, takes } from './machine.js';
import { NS } from './namespaces.js';
import { Requests } from './requests.js';
import { child, el, serialize, withAttrs, withChildren, within } from './xml.js';

/** @typedef {import('./xml.js').Tree} Tree */
/** @typedef {import('./machine.js').Deed} Deed */
/** @typedef {import('./machine.js').Happening} Happening */
/** @typedef {import('./acknowledgements.js').Counts} Counts */

/**
 * What another tab needs to go on with a stream. Plain data.
 * @typedef {{jid: string, counts: Counts}} Saved
 */

/**
 * @typedef {object} Account
 * @property {string} websocket
 * @property {string} username
 * @property {string} domain
 * @property {() => Promise<string> | string} password asked for at each login; kept no longer than that takes
 * @property {boolean} [takesCalls] whether apps may offer to call us (XEP-0167)
 * @property {Saved | null} [resume] a stream to go on with; if none is given, that of this session, should it have one
 */

/**
 * online: `resumed` if nothing was lost in between; else `lost` is what was sent and never acknowledged. offline: it connects again
 * by itself. ended: it does not. stanza: every message and presence, and our own server's pushes of contacts and blocks, already
 * answered. acked: the server has taken the message or presence with this id.
 * @typedef {{online: {jid: string, resumed: boolean, lost: ReadonlyArray<Tree>}, stanza: Tree, acked: string,
 *   offline: {reason: string, retryInMs: number}, ended: {reason: string}}} Events
 */

const seconds = 1000;
const loginTime = 30 * seconds;
const answerTime = 30 * seconds;
/** A stream that lasted as long as this begins the next row of failures at once. */
const stable = 60 * seconds;
/** Bytes. Chromium sends what is longer in several frames, now and then, and Prosody takes whole ones only and ends the connection. */
export const longestStanza = 65_536;

/** What these files are served as says exactly which they are. */
const edition = /\/web\/([^/]+)\//.exec(import.meta.url)?.[1] ?? '';

/** @extends {Emitter<Events>} */
export class XmppSession extends Emitter {
  /**
   * @param {object} [given]
   * @param {(url: string) => import('./channel.js').WebSocketLike} [given.connect]
   * @param {() => number} [given.now] milliseconds
   * @param {() => number} [given.random]
   * @param {import('./requests.js').Timers} [given.timers]
   * @param {(message: string) => void} [given.log] never told what was said
   * @param {Crypto} [given.crypto]
   * @param {import('./answers.js').Software} [given.software] what is said to who asks for the version
   */
  constructor(given = {}) {
    super(given.log ?? (() => {}));
    this.connect = given.connect ?? ((url) => new WebSocket(url, 'xmpp'));
    this.now = given.now ?? (() => Date.now()); // others stand still while the machine sleeps
    this.random = given.random ?? Math.random;
    this.timers = given.timers ?? { set: (run, ms) => setTimeout(run, ms), clear: (timer) => clearTimeout(/** @type {number} */ (timer)) };
    this.crypto = given.crypto ?? crypto;
    this.software = given.software ?? { name: 'Trunkline', version: edition };
    this.requests = new Requests(this.timers);
    /** @type {Account | null} */
    this.account = null;
    /** @type {import('./machine.js').Machine} */
    this.machine = machine({ username: '', domain: '' });
    /** @type {Channel | null} */
    this.channel = null;
    /** @type {Login | null} */
    this.login = null;
    /** @type {Record<'login' | 'retry', unknown>} */
    this.timer = { login: null, retry: null };
    this.failures = 0;
    /** @type {number | null} */
    this.onlineSince = null;
    this.life = new KeepAlive({
      now: this.now, timers: this.timers, gone: () => this.happen({ type: 'lost' }),
      ask: (timeout) => this.iq(el('iq', { type: 'get', to: this.machine.domain }, el('ping', { xmlns: NS.ping })), timeout),
    });
    this.info = ours;
    this.ver = '';
  }

  get online() {
    return this.machine.phase === 'online';
  }

  /** Our full address; empty before the first login. */
  get jid() {
    return this.machine.jid;
  }

  /** @param {Account} account */
  start(account) {
    const { username, domain, resume = this.saved(), takesCalls = false } = account;
    this.stop({ resumable: true });
    this.account = account;
    this.info = takesCalls ? withCalls : ours;
    this.ver = '';
    const mine = bareJid(resume?.jid) === `${username}@${domain}` ? resume : null;
    this.machine = machine({ username, domain, jid: mine?.jid ?? '', counts: mine?.counts ?? null });
    this.failures = 0;
    this.open();
  }

  /**
   * Ends it. Nothing is told after this.
   * @param {object} [how]
   * @param {boolean} [how.resumable] only cuts the connection, so that who has `saved()` can go on with the stream
   */
  stop(how) {
    this.account = null;
    if (how?.resumable !== true) {
      this.channel?.write(el('close', { xmlns: NS.framing }));
      this.machine = { ...this.machine, counts: null };
    }
    this.drop();
    this.requests.interrupt();
  }

  /**
   * Sends a stanza, or keeps it for when the stream is resumed. Presence that says that we are here is told what we can do.
   * @param {Tree} stanza a message, presence or iq
   * @returns {boolean} false if it was not taken: there is no stream, nor one that could be resumed
   * @throws {XmppError} `too-large`
   */
  send(stanza) {
    let whole = within(NS.client, stanza);
    const isAvailable = whole.name === 'presence' && whole.attrs.type === undefined;
    if (isAvailable && this.ver !== '' && !child(whole, 'c', NS.caps)) whole = withChildren(whole, capsElement(this.ver));
    if (new TextEncoder().encode(serialize(whole)).length > longestStanza) throw new XmppError('too-large', '', 'modify');
    if (this.account === null || !takes(this.machine)) return false;
    this.happen({ type: 'send', tree: whole });
    return true;
  }

  /**
   * Asks, and waits for the answer.
   * @param {Tree} request an iq; it is given an id if it has none
   * @param {number} [timeout] milliseconds
   * @returns {Promise<Tree>} the answer, of the type result
   * @throws {XmppError} what was answered instead; or `timeout`, `interrupted`, `offline`, `too-large`
   */
  async iq(request, timeout = answerTime) {
    const id = request.attrs.id ?? this.crypto.randomUUID();
    const answered = this.requests.answer(id, request.attrs.to, timeout);
    try {
      if (!this.send(request.attrs.id === undefined ? withAttrs(request, { id }) : request)) throw new XmppError('offline', '', 'wait');
    } catch (error) {
      this.requests.forget(id);
      throw error;
    }
    return answered;
  }

  /** What goes on with this stream elsewhere; null while there is nothing to go on with. @returns {Saved | null} */
  saved() {
    const { jid, counts } = this.machine;
    return counts === null || counts.id === '' ? null : { jid, counts };
  }

  /** The network is back, or somebody looks again: connects at once, or sees whether the connection still lives. */
  nudge() {
    if (this.account === null) return;
    if (this.online) this.life.nudge();
    else if (this.channel === null || this.life.isQuiet) this.open();
  }

  open() {
    const { account } = this;
    if (account === null) return;
    this.drop();
    const { username, domain, jid, counts } = this.machine;
    this.machine = machine({ username, domain, jid, counts });
    this.life.hear();
    this.login = new Login({ username, password: account.password, crypto: this.crypto, log: this.log });
    this.timer.login = this.timers.set(() => this.happen({ type: 'lost' }), loginTime);
    let socket;
    try {
      socket = this.connect(account.websocket);
    } catch (error) {
      this.log(`no connection: ${error instanceof Error ? error.name : 'unknown'}`);
      this.happen({ type: 'lost' });
      return;
    }
    this.channel = new Channel(socket, {
      opened: () => this.happen({ type: 'opened' }),
      heard: (tree) => {
        this.life.hear();
        this.happen({ type: 'stanza', tree });
      },
      unreadable: () => this.happen({ type: 'unreadable' }),
      lost: () => this.happen({ type: 'lost' }),
    }, this.log);
  }

  /** Lets go of the connection, without a word. */
  drop() {
    this.clear('login');
    this.clear('retry');
    this.life.stop();
    this.channel?.cut();
    this.channel = null;
    this.login = null;
    if (this.machine.phase !== 'unopened') this.machine = { ...this.machine, phase: 'over' };
  }

  /** @param {'login' | 'retry'} name */
  clear(name) {
    if (this.timer[name] !== null) this.timers.clear(this.timer[name]);
    this.timer[name] = null;
  }

  /** @param {Happening} event */
  happen(event) {
    const [next, deeds] = step(this.machine, event);
    this.machine = next;
    const { channel } = this;
    for (const deed of deeds) if (this.channel === channel) this.perform(deed); // who listens may have stopped it in between
  }

  /** @param {Deed} deed */
  perform(deed) {
    switch (deed.type) {
      case 'send':
        if (deed.tree.name === 'r') this.life.said();
        return this.channel?.write(deed.tree);
      case 'begin':
      case 'challenge':
      case 'verify':
        return void this.prove(deed);
      case 'stanza':
        return this.take(deed.tree);
      case 'acked':
        // Not of iqs: the ids of answers are whatever somebody else asked with.
        for (const { name, attrs } of deed.trees) if (name !== 'iq' && attrs.id !== undefined) this.emit('acked', attrs.id);
        return undefined;
      case 'online':
        return this.begin(deed);
      case 'end':
        return this.finish(deed.ending);
    }
  }

  /** @param {Extract<Deed, {type: 'begin' | 'challenge' | 'verify'}>} deed */
  async prove(deed) {
    const { login } = this;
    if (login === null) return;
    if (this.ver === '') this.ver = await verification(this.info, this.crypto.subtle);
    const outcome = await login.compute(deed);
    if (this.login === login) this.happen(outcome);
  }

  /** @param {Extract<Deed, {type: 'online'}>} deed */
  begin({ jid, resumed, lost }) {
    this.clear('login');
    this.onlineSince = this.now();
    if (!resumed) this.requests.interrupt();
    this.life.start();
    this.emit('online', { jid, resumed, lost: lost.filter((each) => each.name !== 'iq') });
  }

  /** @param {import('./endings.js').Ending} ending */
  finish({ reason, final }) {
    if (this.onlineSince !== null && Math.abs(this.now() - this.onlineSince) > stable) this.failures = 0;
    this.onlineSince = null;
    this.drop();
    if (final) {
      this.account = null;
      this.requests.interrupt();
      this.emit('ended', { reason });
    } else {
      this.retry(reason);
    }
  }

  /** @param {string} reason */
  retry(reason) {
    if (this.saved() === null) this.requests.interrupt();
    this.failures += 1;
    const retryInMs = pause(this.failures, this.random);
    this.timer.retry = this.timers.set(() => this.open(), retryInMs);
    this.emit('offline', { reason, retryInMs });
  }

  /** @param {Tree} stanza */
  take(stanza) {
    if (stanza.name !== 'iq') return this.emit('stanza', stanza);
    if (stanza.attrs.type === 'result' || stanza.attrs.type === 'error') {
      this.requests.settle(stanza, this.machine.jid);
      return undefined;
    }
    const { answer: reply, show } = answer(stanza, this.machine.jid, this.ver, this.software, this.info);
    if (reply !== null) this.send(reply);
    if (show) this.emit('stanza', stanza);
    return undefined;
  }
}
