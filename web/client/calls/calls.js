// SPDX-License-Identifier: AGPL-3.0-or-later
// All calls, in the leading tab: what the member wants, who calls, and what becomes of tabs and of the way to the server. A member is
// in one call at a time; others may ring meanwhile, a few of them.

import { bare, domain, isBareAddress } from '../model/address.js';
import { callInHand, isLive, newCall, ringing } from '../model/calls.js';
import { own } from '../model/own.js';
import { CommandError } from '../session/tabs.js';
import { dialled } from './address.js';
import { Line } from './line.js';
import { Telephone } from './phone.js';

/** @typedef {import('../model/state.js').State} State */
/** @typedef {import('../model/state.js').Event} Event */
/** @typedef {import('../model/calls.js').Call} Call */
/** @typedef {import('./library.js').SipSession} SipSession */
/** @typedef {import('./far-media.js').FarMedia} FarMedia */
/** @typedef {import('./far-media.js').Patch} Patch */

/** Whoever calls beyond these is told that the member cannot be reached. */
const mostRinging = 4;

export class Calls {
  /**
   * @param {{ emit: (events: Event[]) => void, state: () => State, now: () => number, media: FarMedia, load: () => Promise<import('./library.js').Library>,
   *   account: () => import('./phone.js').Account | null, nameOf: (address: string) => Promise<string>, random: () => number,
   *   watch?: (tab: string, gone: () => void) => () => void, log?: (message: string) => void, note?: (call: Call, key: string) => void }} edges
   *   `watch`: for a tab that is killed. `note`: a call is over; `key` is what all of the member's browsers call it
   */
  constructor(edges) {
    this.edges = edges;
    /** By SIP and by Jingle. @type {Map<string, Line | import('../jingle/coming.js').ComingLine | import('../jingle/going.js').GoingLine>} */
    this.lines = new Map();
    /**
     * Whoever makes calls the other way.
     * @type {import('../jingle/jingle.js').Jingle | null}
     */
    this.jingle = null;
    this.telephone = new Telephone({
      load: edges.load, account: edges.account, name: () => edges.state().me?.name ?? '', random: edges.random, log: edges.log ?? (() => undefined),
      told: (phone) => edges.emit([{ type: 'phone', phone }]), incoming: (session) => this.incoming(session),
      back: () => [...this.lines.values()].forEach((line) => line.moved()),
      sure: () => [...this.lines.values()].forEach((line) => line.sure()),
    });
  }

  /** Chat is online: calls may be, too. */
  begin() {
    this.forgetOthers();
    if (this.edges.account() !== null) this.telephone.begin();
    else this.stop();
  }

  /** @param {import('../model/calls.js').Reason} [reason] why what lasts ends */
  stop(reason = 'signed-out') {
    for (const line of [...this.lines.values()]) line.end(reason);
    this.telephone.stop();
  }

  nudge() {
    this.telephone.nudge();
  }

  /** Calls of a tab that led before this one, and has taken them along. */
  forgetOthers() {
    const lost = this.edges.state().calls.filter((call) => isLive(call) && !this.lines.has(call.id));
    const at = this.edges.now();
    if (lost.length > 0) this.edges.emit(lost.map(({ id }) => ({ type: 'callNews', id, at, news: { is: 'ended', reason: 'tab-closed' } })));
  }

  // ---- what the member wants ----

  /**
   * @param {string} id
   * @param {string} text whom
   * @param {{ video: boolean, tab: string }} how
   * @returns {string | Promise<string>} the call, which goes on by itself
   */
  call(id, text, { video, tab }) {
    const { state, now, emit } = this.edges;
    if (state().calls.some((call) => call.id === id)) return id;
    const wanted = dialled(String(text), state().me?.address ?? '');
    if (wanted.code !== null) throw new CommandError(wanted.code);
    const { address, way } = wanted;
    if (way === 'sip' && !this.telephone.isReady) throw new CommandError(this.telephone.phase === 'offline' ? 'offline' : 'not-ready');
    const terms = way === 'jingle' ? this.byJingle().terms(address) : {};
    if (callInHand(state())) throw new CommandError('in-a-call');
    const theirs = way === 'jingle' ? state().calls.find((call) => call.kind === 'jingle' && call.address === address && call.direction === 'in' && isLive(call)) : undefined;
    if (theirs && theirs.canAnswer !== false) return this.answer(theirs.id, { video: video && theirs.wantsVideo, tab }).then(() => theirs.id);
    emit([{ type: 'called', call: newCall({
      id, address, name: this.knownName(address), direction: 'out', kind: way, at: now(), tab, sendsVideo: video, wantsVideo: way === 'jingle' && video, ...terms,
    }) }]);
    if (way === 'jingle') {
      const line = this.byJingle().place(id, address);
      void line.dial(tab, this.opening(video));
      this.watch(line, tab);
    } else {
      const line = this.line(id, 'out');
      line.isElsewhere = domain(address) !== domain(state().me?.address);
      void line.dial(tab, this.opening(video), () => this.telephone.place(address, line.description));
      this.watch(line, tab);
    }
    void this.name(id, address);
    return id;
  }

  byJingle() {
    if (this.jingle === null) throw new CommandError('not-ready');
    return this.jingle;
  }

  /**
   * @param {string} id
   * @param {{ video: boolean, tab: string }} how
   */
  async answer(id, { video, tab }) {
    const line = this.lineOf(id);
    const other = callInHand(this.edges.state());
    if (other && other.id !== id) this.hangUp(other.id);
    this.watch(line, tab);
    await line.answer(tab, this.opening(video));
  }

  /** @param {string} id */
  decline(id) {
    this.lines.get(id)?.end('declined');
  }

  /** @param {string} id */
  hangUp(id) {
    const line = this.lines.get(id);
    if (!line) return;
    if (line.isAnswered) line.end('hung-up');
    else line.end(line.direction === 'out' ? 'cancelled' : 'declined');
  }

  /** @param {string} id @param {boolean} on */
  async mute(id, on) {
    await this.lineOf(id).ask('mute', [on]);
    this.tell(id, { muted: on });
  }

  /** @param {string} id @param {boolean} on */
  async camera(id, on) {
    const line = this.lineOf(id);
    if (await line.ask('camera', [on])) line.offer(false);
  }

  /** @param {string} id @param {boolean} on */
  async hold(id, on) {
    const line = this.lineOf(id);
    const offers = await line.ask('hold', [on]);
    this.tell(id, { onHold: on });
    if (offers) line.offer(false);
  }

  /** @param {string} id @param {string} key */
  async tone(id, key) {
    await this.lineOf(id).ask('tone', [key]);
  }

  /** @param {string} id */
  dismiss(id) {
    this.edges.emit([{ type: 'callDismissed', id }]);
  }

  // ---- what comes ----

  /** @param {SipSession} session */
  incoming(session) {
    const { state, now, emit } = this.edges;
    const { user = '', host } = session.remoteIdentity.uri;
    const address = bare(`${user}@${host}`);
    if (!isBareAddress(address) || ringing(state()) >= mostRinging) {
      session.reject({ statusCode: 480 }).catch(() => undefined);
      return;
    }
    const id = crypto.randomUUID();
    const wantsVideo = /^m=video [1-9]/m.test(session.body ?? '');
    emit([{ type: 'called', call: newCall({ id, address, name: this.knownName(address), direction: 'in', at: now(), wantsVideo }) }]);
    const line = this.line(id, 'in');
    this.telephone.describe(session, line.description);
    line.hold(session);
    // A call in hand is not disturbed by what may become of another.
    if (!state().calls.some((call) => call.id !== id && isLive(call))) line.expect(this.edges.media.me, this.opening(false));
    void this.name(id, address);
  }

  /**
   * Word from the tab that has a call's media.
   * @param {string} tab
   * @param {string} id
   * @param {Patch} patch
   */
  changed(tab, id, patch) {
    const line = this.lines.get(id);
    if (line?.tab === tab) line.changed(patch);
  }

  /** @param {string} tab that was closed */
  tabGone(tab) {
    for (const line of [...this.lines.values()]) if (line.tab === tab && (line.direction === 'out' || line.isAnswered)) line.end('tab-closed');
  }

  // ---- pieces ----

  /**
   * @param {string} id
   * @param {'in' | 'out'} direction
   */
  line(id, direction) {
    const { media, emit, now, random } = this.edges;
    const line = new Line(id, direction, {
      ask: (tab, verb, args) => media.ask(tab, id, verb, args), news: (news) => emit([{ type: 'callNews', id, news, at: now() }]),
      isReady: () => this.telephone.isSure, random, over: () => this.over(id, id), probe: () => this.telephone.nudge(),
    });
    this.lines.set(id, line);
    return line;
  }

  /**
   * @param {string} id of a call that has ended
   * @param {string} key what all of the member's browsers call it
   */
  over(id, key) {
    this.lines.delete(id);
    const call = this.edges.state().calls.find((one) => one.id === id);
    if (call) this.edges.note?.(call, key);
  }

  /** @param {string} id */
  lineOf(id) {
    const line = this.lines.get(id);
    if (!line) throw new CommandError('they-hung-up');
    return line;
  }

  /**
   * A tab that is killed says no word.
   * @param {Line | import('../jingle/coming.js').ComingLine | import('../jingle/going.js').GoingLine} line
   * @param {string} tab
   */
  watch(line, tab) {
    const { watch, media } = this.edges;
    if (!watch || tab === media.me) return;
    const { over } = line.edges;
    const ignore = watch(tab, () => {
      media.gone(tab);
      this.tabGone(tab);
    });
    line.edges = { ...line.edges, over: () => { ignore(); over(); } };
  }

  /**
   * What a tab opens the media of a call with.
   * @param {boolean} video
   */
  opening(video) {
    const turn = this.edges.account()?.turn;
    const iceServers = turn ? [{ urls: turn.uris, username: turn.username, credential: turn.password }] : [];
    return { iceServers, relayOnly: false, wanted: { video } };
  }

  /**
   * @param {string} id
   * @param {import('../model/calls.js').Detail} detail
   */
  tell(id, detail) {
    this.edges.emit([{ type: 'callNews', id, at: this.edges.now(), news: { is: 'detail', detail } }]);
  }

  /** @param {string} address */
  knownName(address) {
    const { contacts, conversations } = this.edges.state();
    return own(contacts, address)?.name || own(conversations, address)?.name || address.slice(0, address.indexOf('@'));
  }

  /**
   * What whoever calls says of their name is not what they are shown as: the portal knows it.
   * @param {string} id
   * @param {string} address
   */
  async name(id, address) {
    const { contacts, conversations } = this.edges.state();
    if (own(contacts, address)?.name || own(conversations, address)?.verified) return;
    const name = await this.edges.nameOf(address).catch(() => '');
    if (name) this.tell(id, { name });
  }
}
