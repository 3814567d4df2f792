// SPDX-License-Identifier: AGPL-3.0-or-later
// One call of ours, in the leading tab: what SIP says and what the media say become news, what the member wants becomes both. However it
// ends, it ends once, and everything of it with it.

import { CommandError } from '../session/tabs.js';
import { Deadlines } from './deadlines.js';
import { Description } from './description.js';
import { coded } from './far-media.js';
import { outcomeOf, refusalWithin, takenBack } from './outcome.js';

/** @typedef {import('../model/calls.js').News} News */
/** @typedef {import('../model/calls.js').Reason} Reason */
/** @typedef {import('./far-media.js').Patch} Patch */
/** @typedef {import('./library.js').SipSession} SipSession */
/** @typedef {import('./library.js').Response} Response */
/**
 * `ask`: of the media, in whatever tab. `news`: what has happened. `isReady`: whether words reach the server. `over`: it is.
 * @typedef {{ ask: (tab: string, verb: string, args?: unknown[]) => Promise<any>, news: (news: News) => void, isReady: () => boolean,
 *   random: () => number, over: () => void, probe: () => void }} Edges
 */

/** From the answer to the first sound, and from the loss of the path to giving up, ms. */
const longestConnecting = 20_000;
const longestLoss = 30_000;
/** Between two tries to find a path again, ms. */
const betweenTries = 4_000;

export class Line {
  /**
   * @param {string} id
   * @param {'in' | 'out'} direction
   * @param {Edges} edges
   */
  constructor(id, direction, edges) {
    this.id = id;
    this.direction = direction;
    this.edges = edges;
    /** @type {SipSession | null} */
    this.session = null;
    /** Whose tab has the media. @type {string | null} */
    this.tab = null;
    /** Whose tab makes ready for it while it rings. @type {string | null} */
    this.expectedIn = null;
    this.description = new Description({
      offer: (how) => this.ask('offer', [how]), answer: (sdp) => this.ask('answer', [sdp]), accept: (sdp) => this.ask('accept', [sdp]),
      withdraw: () => this.ask('withdraw', []),
    });
    this.isOver = false;
    this.isAnswered = false;
    this.isConnected = false;
    this.hasRung = false;
    /** Whether it goes to another server. */
    this.isElsewhere = false;
    this.isOffering = false;
    /** What another offer is to be, once the present one is through. @type {{ restart: boolean } | null} */
    this.wanted = null;
    this.deadlines = new Deadlines();
  }

  /**
   * @param {string} verb
   * @param {unknown[]} [args]
   * @returns {Promise<any>}
   */
  ask(verb, args = []) {
    return this.tab === null ? Promise.reject(new CommandError('tab-closed')) : this.edges.ask(this.tab, verb, args);
  }

  /** @param {SipSession} session */
  hold(session) {
    this.session = session;
    session.stateChange.addListener((state) => {
      if (state === 'Established') this.answered();
      // What says more of the reason comes in the same turn.
      if (state === 'Terminated') queueMicrotask(() => this.end(this.untold(), false));
    });
    session.delegate = {
      onCancel: (/** @type {{ request: import('./library.js').Message }} */ { request }) => this.end(takenBack(request.getHeader('Reason')), false),
      onBye: (/** @type {{ accept: () => void }} */ bye) => {
        bye.accept();
        this.end('they-hung-up', false);
      },
      // Nobody sends us to somebody else.
      onRefer: (/** @type {{ reject: () => void }} */ referral) => referral.reject(),
    };
  }

  // ---- a call that we place ----

  /**
   * @param {string} tab
   * @param {unknown} opening what the media are opened with
   * @param {() => SipSession} place
   */
  async dial(tab, opening, place) {
    this.tab = tab;
    try {
      await this.ask('open', [opening]);
      if (this.isOver) return this.close(tab);
      const session = place();
      this.hold(session);
      await session.invite({
        requestDelegate: {
          onProgress: ({ message }) => this.rang(message.statusCode ?? 0), onReject: ({ message }) => this.end(outcomeOf(message.statusCode ?? 480, this.hasRung, this.isElsewhere), false),
        },
      });
      if (!this.isOver) this.edges.news({ is: 'sent' });
    } catch (error) {
      this.end(this.reasonOf(error), false);
    }
    return undefined;
  }

  /** @param {number} status */
  rang(status) {
    if (status < 180 || this.isOver) return;
    this.hasRung = true;
    this.edges.news({ is: 'rings' });
  }

  // ---- a call that comes ----

  /**
   * It rings, and a tab makes ready what neither asks nor sends anything.
   * @param {string} tab
   * @param {unknown} opening
   */
  expect(tab, opening) {
    this.expectedIn = tab;
    void this.edges.ask(tab, 'expect', [opening]).catch(() => undefined);
  }

  /** @param {string | null} tab that needs it no more */
  close(tab) {
    if (tab !== null) void this.edges.ask(tab, 'close').catch(() => undefined);
  }

  /**
   * Taken up in a tab. What cannot be had there is told, and it rings on.
   * @param {string} tab
   * @param {unknown} opening
   */
  async answer(tab, opening) {
    if (this.tab !== null || this.isOver || !this.session) throw new CommandError('answered-elsewhere');
    const { session } = this;
    this.tab = tab;
    if (this.expectedIn !== tab) this.close(this.expectedIn);
    this.expectedIn = null;
    this.edges.news({ is: 'preparing', tab });
    try {
      await this.ask('open', [opening]);
      await this.description.prepare(session.body);
    } catch (error) {
      this.close(tab);
      this.tab = null;
      this.edges.news({ is: 'unprepared' });
      throw coded(error);
    }
    if (this.isOver) {
      this.close(tab);
      throw new CommandError('they-hung-up');
    }
    await session.accept().catch((error) => this.end(this.reasonOf(error)));
  }

  // ---- while it lasts ----

  answered() {
    if (this.isOver || this.isAnswered) return;
    this.isAnswered = true;
    this.edges.news({ is: 'answered' });
    if (this.isConnected) this.edges.news({ is: 'connected' });
    else this.deadlines.set('connect', longestConnecting, () => this.end('no-path'));
  }

  /** @param {Patch} patch of the media */
  changed({ connection, error, reoffer, streams, ...detail }) {
    if (this.isOver) return;
    if (Object.keys(detail).length > 0) this.edges.news({ is: 'detail', detail });
    if (connection === 'connected') this.connected();
    if (connection === 'disconnected') this.lost();
    if (connection === 'failed') this.end(/** @type {Reason} */ (error ?? 'no-path'));
    if (reoffer) this.offer(false);
  }

  connected() {
    this.isConnected = true;
    if (!this.isAnswered) return;
    this.deadlines.clear('connect', 'loss', 'try');
    this.edges.news({ is: 'connected' });
  }

  /** The path is lost: another one is looked for, for a while. */
  lost() {
    this.isConnected = false;
    if (!this.isAnswered) return;
    this.edges.news({ is: 'lost' });
    this.edges.probe();
    if (!this.deadlines.has('loss')) this.deadlines.set('loss', longestLoss, () => this.end('network'));
    this.mend();
  }

  mend() {
    if (this.isOver || this.isConnected) return;
    this.deadlines.set('try', betweenTries, () => this.mend());
    this.offer(true);
  }

  /** The way to the server is another one: the other side has to learn where we are. */
  moved() {
    if (this.isAnswered && !this.isOver) this.offer(!this.isConnected);
  }

  /** The server still answers: what was kept until that was sure is said. */
  sure() {
    if (this.wanted) this.offer(false);
  }

  /**
   * Says anew what we send and take, once what was said before is through.
   * @param {boolean} restart
   */
  offer(restart) {
    this.wanted = { restart: restart || this.wanted?.restart === true };
    if (this.isOffering || this.isOver || !this.isAnswered || !this.session || !this.edges.isReady()) return;
    const { session, wanted } = this;
    this.wanted = null;
    this.isOffering = true;
    const done = (/** @type {() => void} */ then) => {
      this.isOffering = false;
      this.deadlines.clear('offer');
      if (this.isOver) return;
      then();
      if (this.wanted) this.offer(false);
    };
    const again = () => this.deadlines.set('again', this.pause(), () => this.offer(wanted.restart));
    // SIP.js waits as long as the transport may take, and for ever if the way was lost under it.
    this.deadlines.set('offer', 35_000, () => done(again));
    const { description } = this;
    const isWaiting = description.isOffered;
    session.invite({
      sessionDescriptionHandlerOptions: { restart: wanted.restart },
      requestDelegate: {
        onAccept: () => done(() => undefined),
        onReject: ({ message }) => done(() => {
          const refusal = refusalWithin(message.statusCode ?? 0);
          if (refusal === 'over') this.end(this.isConnected ? 'they-hung-up' : 'network');
          else if (refusal === 'later') again();
        }),
      },
    }).catch(async () => {
      // SIP.js makes the offer before it looks whether one of theirs has come meanwhile, and leaves it at that.
      if (!isWaiting && description.isOffered) await description.unsent().catch(() => undefined);
      done(again);
    });
  }

  /** After both spoke at once, who placed the call waits longer (RFC 3261, section 14.1). */
  pause() {
    return this.direction === 'out' ? 2100 + this.edges.random() * 1900 : this.edges.random() * 2000;
  }

  // ---- its end ----

  /**
   * @param {Reason} reason
   * @param {boolean} [tellThem]
   */
  end(reason, tellThem = true) {
    if (this.isOver) return;
    this.isOver = true;
    this.deadlines.clearAll();
    this.edges.news({ is: 'ended', reason });
    this.close(this.tab ?? this.expectedIn);
    if (tellThem) this.tellEnd(reason);
    this.edges.over();
  }

  /** @param {Reason} reason */
  tellEnd(reason) {
    const { session } = this;
    if (!session) return;
    /** @type {Promise<unknown>} */
    let told = Promise.resolve();
    if (session.state === 'Established') told = session.bye();
    else if (session.state !== 'Initial' && session.state !== 'Establishing') return;
    else if (this.direction === 'out') told = session.cancel();
    else told = session.reject({ statusCode: reason === 'declined' ? 603 : 480 });
    told.catch(() => undefined); // the way there is lost: the server ends it by itself
  }

  /** @returns {Reason} of an end that nothing else was said of */
  untold() {
    if (this.description.failure) return this.reasonOf(this.description.failure);
    if (this.isAnswered) return 'they-hung-up';
    return this.direction === 'in' ? 'missed' : 'unavailable';
  }

  /** @param {unknown} error @returns {Reason} */
  reasonOf(error) {
    return /** @type {Reason} */ (coded(this.description.failure ?? error).code);
  }
}
