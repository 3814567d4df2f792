// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file All that is shown and heard of calls, put together: dialogs of those that ring, the line above everything, the panel, the
 * sound, and what is said to screen readers.
 */

import { CallBar } from './call-bar.js';
import { CallHistoryView } from './call-history.js';
import { IncomingCalls } from './call-incoming.js';
import { CallPanel } from './call-panel.js';
import { CallSound } from './call-sound.js';
import { current, finished, isCalm, isRingingHere, reasonKey } from './call-words.js';
import { h, put } from './dom.js';
import { nameOf, serverOf } from './people.js';
import { ticking } from './ticker.js';

/**
 * @typedef {import('./context.js').Context} Context
 * @typedef {import('./call-shapes.js').Call} Call
 */

/** How long the end of a call stands there when nothing is left to do, in milliseconds. */
const LINGERING = 5000;

/** How a call can end that rang here and was never heard here. */
const PASSING = new Set(['missed', 'answered-elsewhere', 'declined-elsewhere']);

export class CallsView {
  /** Calls that were heard in this tab. @type {Set<string>} */
  #here = new Set();
  #said = new Map();
  /** @type {Call|null} */
  #shown = null;
  /** The call that was put away here by itself: once is enough. */
  #dismissed = /** @type {string|null} */ (null);
  /** @type {(() => void)|null} */
  #stopTicking = null;

  /**
   * @param {Context} context
   * @param {() => void} changed
   */
  constructor(context, changed) {
    this.context = context;
    this.history = new CallHistoryView(context);
    this.incoming = new IncomingCalls(context, changed);
    this.sound = new CallSound(context, changed);
    this.panel = new CallPanel(context, { sound: () => this.sound.again() });
    this.bar = new CallBar(context, {
      open: () => context.turn('call'), answer: (call) => void this.incoming.answer(call, false), decline: (call) => this.incoming.decline(call),
    });
    // Hidden dialogs apart: what is modal keeps this from being heard, and says by itself that somebody calls.
    this.live = h('div', { class: 'visually-hidden', role: 'status', 'aria-live': 'assertive', data: { test: 'call-said' } });
    this.stopHearing = context.session.on('media', changed);
  }

  /** The call that the panel shows, or would show. */
  get call() {
    return this.#shown;
  }

  /**
   * Whether there is a call for the panel.
   * @param {import('./shapes.js').State} state
   */
  has({ calls }) {
    return this.#choose(calls) !== null;
  }

  /**
   * @param {import('./shapes.js').State} state
   * @param {boolean} isInSight whether the panel is where the member looks
   */
  update({ calls }, isInSight) {
    const { session } = this.context;
    const now = current(calls);
    const isHere = now !== null && now.tab !== null && now.tab === session.tab;
    const isNew = isHere && !this.#here.has(now.id);
    if (isHere) this.#here.add(now.id);
    this.#shown = this.#choose(calls);
    this.incoming.update(calls.filter(isRingingHere), calls);
    const media = isHere ? session.media(now.id) : null;
    this.sound.set(media?.remote ?? null);
    if (this.#shown) this.panel.update(this.#shown, media, this.sound.isRefused);
    else this.panel.stop();
    this.bar.update(isInSight && this.#shown ? null : now, isHere, calls.filter((call) => isRingingHere(call) && this.incoming.isAside(call.id)));
    this.#say(calls);
    this.#tickWhile(this.#shown !== null || now !== null);
    for (const id of this.#here) if (!calls.some((call) => call.id === id)) this.#here.delete(id);
    if (isNew) this.context.turn('call');
  }

  stop() {
    this.#stopTicking?.();
    this.#stopTicking = null;
    this.stopHearing();
    this.incoming.stop();
    this.sound.stop();
    this.panel.stop();
  }

  /**
   * The one that is heard here, or was, as long as no other goes on.
   * @param {readonly Call[]} calls
   */
  #choose(calls) {
    const now = current(calls);
    if (now !== null) return now.tab !== null && now.tab === this.context.session.tab ? now : null;
    const over = finished(calls);
    return over !== null && this.#here.has(over.id) ? over : null;
  }

  /** @param {boolean} needed */
  #tickWhile(needed) {
    if (needed === (this.#stopTicking !== null)) return;
    if (this.#stopTicking) {
      this.#stopTicking();
      this.#stopTicking = null;
    } else {
      this.#stopTicking = ticking(() => this.#tick());
    }
  }

  #tick() {
    const { session, now, failed } = this.context;
    const call = current(session.state.calls);
    if (call) this.bar.tick(call);
    this.panel.tick();
    const over = this.#shown;
    // Nobody has to put away what went as it was meant to; whoever is at its buttons is not hurried.
    if (over && over.id !== this.#dismissed && isCalm(over) && over.endedAt !== null && now() - over.endedAt > LINGERING
      && !this.panel.after.contains(document.activeElement)) {
      this.#dismissed = over.id;
      session.dismissCall(over.id).catch(failed);
    }
  }

  /**
   * What changes is said, once.
   * @param {readonly Call[]} calls
   */
  #say(calls) {
    const { words, session } = this.context;
    for (const call of calls) {
      const said = `${call.phase} ${call.onHold} ${call.heldByThem}`;
      const before = this.#said.get(call.id);
      if (before === said) continue;
      this.#said.set(call.id, said);
      const who = nameOf(call);
      if (call.phase === 'ended') {
        // What was over before this tab saw it is no news.
        const text = words(reasonKey(call.reason), { who, server: serverOf(session.state.me?.address ?? '') });
        if (before === undefined) continue;
        if (call.direction === 'in' && call.reason !== null && PASSING.has(call.reason)) this.context.tell(text);
        else put(this.live, text);
      } else if (isRingingHere(call)) {
        put(this.live, words(call.canAnswer === false ? 'incoming_other' : 'call_said_incoming', { who }));
      } else if (call.phase === 'talking') {
        put(this.live, words(call.onHold ? 'call_on_hold' : call.heldByThem ? 'call_held' : 'call_said_talking', { who }));
      } else {
        put(this.live, words(`call_${call.phase}`, { who }));
      }
    }
    for (const id of this.#said.keys()) if (!calls.some((call) => call.id === id)) this.#said.delete(id);
  }
}
