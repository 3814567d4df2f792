// SPDX-License-Identifier: AGPL-3.0-or-later
// The telephone of this browser: registered at the server as long as the leading tab has a lease for calls. When the way there is lost,
// another one is looked for, with growing pauses; calls stay as they are meanwhile.

import { pause } from '../xmpp/backoff.js';

/** @typedef {import('./library.js').Library} Library */
/** @typedef {import('./library.js').SipSession} SipSession */
/** @typedef {import('./library.js').UserAgent} UserAgent */
/** @typedef {import('./library.js').Registerer} Registerer */
/** @typedef {import('./description.js').Description} Description */
/** @typedef {import('../model/calls.js').Phone} Phase */
/** @typedef {{ websocket: string, uri: string, username: string, password?: string,
 *   turn?: { username: string, password: string, uris: string[] } | null }} Account what the lease says of calls */

/** Seconds: how long the server keeps a registration that is not renewed. A connection that ends, it notices at once. */
const expires = 300;
/** How long the server has for a sign of life, ms. */
const patience = 3_000;

export class Telephone {
  /**
   * @param {{ load: () => Promise<Library>, account: () => Account | null, name: () => string, random: () => number, told: (phase: Phase) => void,
   *   incoming: (session: SipSession) => void, back: () => void, sure: () => void, log: (message: string) => void }} edges `account`: of the lease as it is
   *   now. `back`: registered, after the way there was another one. `sure`: it was looked whether the server still answers, and it does
   */
  constructor(edges) {
    this.edges = edges;
    /** @type {Library | null} */
    this.library = null;
    /** @type {UserAgent | null} */
    this.agent = null;
    /** @type {Registerer | null} */
    this.registerer = null;
    /** @type {WeakMap<SipSession, Description>} */
    this.descriptions = new WeakMap();
    /** Until the next try. @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.silence = undefined;
    this.failures = 0;
    /** Of what was begun before, nothing is heard any more. */
    this.round = 0;
    /** @type {Phase} */
    this.phase = 'off';
  }

  get isReady() {
    return this.phase === 'ready';
  }

  /** Whether it is so for sure: not while it is looked whether the server still answers. */
  get isSure() {
    return this.isReady && this.silence === undefined;
  }

  /** There is a lease for calls, or a new one. */
  begin() {
    if (this.phase !== 'off') {
      if (this.phase === 'offline') this.retry(0);
      return;
    }
    this.round += 1;
    this.tell('connecting');
    void this.connect(this.round);
  }

  /** No more calls here. */
  stop() {
    this.round += 1;
    clearTimeout(this.timer);
    this.timer = undefined;
    clearTimeout(this.silence);
    const { agent, registerer } = this;
    this.agent = null;
    this.registerer = null;
    this.failures = 0;
    this.tell('off');
    if (!agent) return;
    agent.delegate = {};
    // Said without waiting: the page may be going.
    if (registerer?.state === 'Registered' && agent.isConnected()) void registerer.unregister().catch(() => undefined);
    void agent.stop().catch(() => undefined);
  }

  /** The network is back, or a path of sound was lost: is the way to the server still there? */
  nudge() {
    if (this.phase === 'offline') this.retry(0);
    else if (this.phase === 'ready' && this.silence === undefined) {
      const { round } = this;
      this.silence = setTimeout(() => {
        this.silence = undefined;
        if (round === this.round) this.lost(true);
      }, patience);
      this.register();
    }
  }

  /**
   * @param {string} address
   * @param {Description} description
   * @returns {SipSession}
   */
  place(address, description) {
    const { library, agent } = this;
    const target = library?.UserAgent.makeURI(`sip:${address}`);
    if (!library || !agent || !target) throw Object.assign(new Error('no phone'), { code: 'not-ready' });
    const session = new library.Inviter(agent, target);
    this.descriptions.set(session, description);
    return session;
  }

  /**
   * @param {SipSession} session
   * @param {Description} description
   */
  describe(session, description) {
    this.descriptions.set(session, description);
  }

  /** @param {number} round */
  async connect(round) {
    try {
      this.library ??= await this.edges.load();
      if (round !== this.round) return;
      if (!this.agent) this.make(this.library);
      await this.agent?.start();
    } catch (error) {
      this.edges.log(`calls cannot be had: ${error instanceof Error ? error.message : 'unknown'}`);
      if (round === this.round) this.lost(false);
    }
  }

  /** @param {Library} library */
  make(library) {
    const account = /** @type {Account} */ (this.edges.account());
    const { round, edges } = this;
    const agent = new library.UserAgent({
      uri: library.UserAgent.makeURI(account.uri), authorizationUsername: account.username, displayName: plain(edges.name()),
      transportOptions: { server: account.websocket, connectionTimeout: 10, traceSip: false },
      logBuiltinEnabled: false, logConfiguration: false, logLevel: 'error', userAgentString: 'Trunkline',
      // The server decides how long it rings.
      noAnswerTimeout: 600,
      sessionDescriptionHandlerFactory: (/** @type {SipSession} */ session) => this.descriptions.get(session),
    });
    // Another lease has another password, and the last one is what counts.
    Object.defineProperty(agent.configuration, 'authorizationPassword', { get: () => edges.account()?.password ?? '' });
    agent.delegate = {
      onConnect: () => this.connected(), onDisconnect: () => round === this.round && this.lost(false),
      onInvite: (/** @type {SipSession} */ session) => edges.incoming(session),
    };
    this.agent = agent;
    this.registerer = this.registererOf(agent, library);
  }

  /**
   * @param {UserAgent} agent
   * @param {Library} library
   */
  registererOf(agent, library) {
    const registerer = new library.Registerer(agent, { expires, refreshFrequency: 80, logConfiguration: false });
    registerer.stateChange.addListener((state) => {
      if (registerer !== this.registerer) return;
      if (state === 'Registered') this.registered();
      else if (state === 'Unregistered' && agent.isConnected()) this.refused();
    });
    return registerer;
  }

  /** The connection is there: what was on its way in the last one is lost. */
  connected() {
    const { agent, library, registerer } = this;
    if (!agent || !library || !registerer) return;
    if (registerer.waiting) {
      this.registerer = this.registererOf(agent, library);
      void registerer.dispose();
    }
    this.register();
  }

  register() {
    const { registerer } = this;
    const heard = () => {
      if (registerer !== this.registerer) return;
      const wasUnsure = this.isReady && this.silence !== undefined;
      clearTimeout(this.silence);
      this.silence = undefined;
      if (registerer?.state === 'Registered') this.registered();
      // A second refusal changes no state, so that nothing else tells of it.
      else if (this.timer === undefined) this.refused();
      if (wasUnsure && this.isReady) this.edges.sure();
    };
    registerer?.register({ requestDelegate: { onAccept: heard, onReject: heard } }).catch(() => undefined); // one is on its way
  }

  registered() {
    this.failures = 0;
    if (this.phase === 'ready') return;
    this.tell('ready');
    this.edges.back();
  }

  /** The server is there, and will not have us now: it may be busy, or the password a new one in a moment. */
  refused() {
    this.tell('offline');
    this.failures += 1;
    this.retry(pause(this.failures, this.edges.random) + 500);
  }

  /**
   * @param {boolean} isHanging the connection seems to be there, and nothing comes through it
   */
  lost(isHanging) {
    this.tell('offline');
    if (isHanging) {
      // Closing it takes as long as nobody answers: the next one does not wait for that.
      this.agent?.transport.disconnect().catch(() => undefined);
      return this.retry(0);
    }
    this.failures += 1;
    return this.retry(pause(this.failures, this.edges.random));
  }

  /** @param {number} ms */
  retry(ms) {
    clearTimeout(this.timer);
    const { round } = this;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (round !== this.round) return;
      if (!this.agent) void this.connect(round);
      else if (this.agent.isConnected()) this.register();
      else this.agent.transport.connect().catch(() => round === this.round && this.lost(false));
    }, ms);
  }

  /** @param {Phase} phase */
  tell(phase) {
    if (phase === this.phase) return;
    this.phase = phase;
    this.edges.told(phase);
  }
}

/**
 * A name as SIP.js puts it between quotes.
 * @param {string} name
 */
function plain(name) {
  return name.replace(/[\u0022\\\p{C}]/gu, '').slice(0, 80);
}
