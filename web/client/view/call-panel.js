// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file The call that is heard in this tab: with whom, how it stands, and all that can be done with it; after it, why it ended and
 * the ways back.
 */

import { shownName } from '../model/shown.js';
import { openDeviceCheck } from './call-check.js';
import { keypad } from './call-keypad.js';
import { callErrorWords, placeCall } from './call-place.js';
import { CallStage } from './call-stage.js';
import { lengthWords, phaseKey, qualityKey, reasonKey, revealKey, secondsOf, waysBack } from './call-words.js';
import { fill, h, put, set } from './dom.js';
import { icon } from './icons.js';
import { nameOf, serverOf } from './people.js';
import { bdi, button, iconButton, panelCloser, sentence } from './pieces.js';

/**
 * @typedef {import('./context.js').Context} Context
 * @typedef {import('./call-shapes.js').Call} Call
 */

export class CallPanel {
  /** @type {Call|null} */
  #call = null;
  #keys = /** @type {ReturnType<typeof keypad>|null} */ (null);
  #ended = '';

  /**
   * @param {Context} context
   * @param {{sound: () => void}} acts `sound`: the press that a browser waits for before it plays
   */
  constructor(context, acts) {
    this.context = context;
    const { words } = context;
    this.title = h('h2', { class: 'head__name', tabindex: -1 });
    this.line = h('p', { class: 'head__line' });
    this.timer = h('span', { role: 'timer', 'aria-live': 'off', data: { test: 'call-timer' } });
    this.state = h('bdi');
    fill(this.line, this.state, this.timer);
    this.stage = new CallStage(context);
    this.quality = h('p', { class: 'call__quality', hidden: true, role: 'status' }, icon('warning'), h('span'));
    this.reveals = h('p', { class: 'call__note', hidden: true, data: { test: 'call-reveals' } });
    this.refused = h('div', { class: 'call__quality', hidden: true }, icon('warning'), h('span', { text: words('call_sound_refused') }),
      button(words('call_sound_play'), acts.sound, { class: 'button--small', data: { test: 'play-sound' } }));
    this.mute = this.#toggle('microphone', 'call_mute', 'mute', (call) => this.#session.mute(call.id, !call.muted));
    this.camera = this.#toggle('video', 'call_camera', 'camera', (call) => this.#session.camera(call.id, !call.sendsVideo));
    this.hold = this.#toggle('pause', 'call_hold', 'hold', (call) => this.#session.hold(call.id, !call.onHold));
    this.keysButton = h('button', { type: 'button', class: 'control', 'aria-expanded': 'false', data: { test: 'keypad' }, on: { click: () => this.#turnKeys() } },
      icon('keypad'), h('span', { class: 'control__words', text: words('keypad') }));
    this.devices = h('button', { type: 'button', class: 'control', data: { test: 'devices' }, on: { click: () => void openDeviceCheck(context) } },
      icon('settings'), h('span', { class: 'control__words', text: words('call_devices') }));
    this.keysPlace = h('div', { class: 'call__keys', hidden: true });
    this.hangUp = button(words('call_hang_up'), () => {
      if (this.#call) this.#session.hangUp(this.#call.id).catch(context.failed);
    }, { class: 'button--danger call__end', data: { test: 'hang-up' } }, 'hangUp');
    this.controls = h('div', { class: 'call__controls' },
      h('div', { class: 'controls', role: 'group', 'aria-label': words('call_controls') }, this.mute, this.camera, this.hold, this.keysButton, this.devices), this.hangUp);
    this.after = h('div', { class: 'call__after', hidden: true });
    this.element = h('section', { class: 'call', 'aria-label': words('call_region'), data: { test: 'call-panel' } },
      h('header', { class: 'head' }, iconButton('back', words('call_back_to_chat'), () => this.#back(), { class: 'call__back', data: { test: 'call-back-to-chat' } }),
        h('div', { class: 'head__words' }, this.title, this.line), panelCloser(context)),
      this.reveals, this.quality, this.refused, this.stage.element, this.keysPlace, this.controls, this.after);
  }

  get #session() {
    return this.context.session;
  }

  /**
   * @param {Call} call
   * @param {{local: MediaStream|null, remote: MediaStream|null}|null} media
   * @param {boolean} isRefused whether the browser plays no sound yet
   */
  update(call, media, isRefused) {
    const { words } = this.context;
    const before = this.#call;
    this.#call = call;
    const who = nameOf(call);
    const isOver = call.phase === 'ended';
    if (before?.id !== call.id || before.name !== call.name) fill(this.title, bdi(who));
    if (before?.id !== call.id) this.#closeKeys();
    set(this.element, 'data-phase', call.phase);
    set(this.element, 'data-quality', call.quality ?? '');
    set(this.element, 'data-reason', call.reason ?? '');
    set(this.element, 'data-address', call.address);
    const isAnswered = call.answeredAt !== null;
    put(this.state, isOver ? words('call_over') : isAnswered ? '' : shownName(call.address, 160));
    const phase = phaseKey(call);
    this.tick();
    const reveals = revealKey(call);
    this.reveals.hidden = reveals === null;
    put(this.reveals, reveals ? words(reveals, { who, server: serverOf(this.#session.state.me?.address ?? '') }) : '');
    const quality = qualityKey(call);
    this.quality.hidden = quality === null;
    put(/** @type {Node} */ (this.quality.lastChild), quality ? words(quality) : '');
    this.refused.hidden = isOver || !isRefused;
    this.stage.update(call, media, phase ? sentence(words, phase, { who }) : []);
    const hadFocus = this.element.contains(document.activeElement);
    this.controls.hidden = isOver;
    if (isOver) this.#closeKeys();
    this.after.hidden = !isOver;
    press(this.mute, call.muted, call.muted ? 'microphoneOff' : 'microphone');
    press(this.camera, call.sendsVideo, call.sendsVideo ? 'video' : 'videoOff');
    press(this.hold, call.onHold, call.onHold ? 'play' : 'pause');
    const talks = call.phase === 'talking' || call.phase === 'reconnecting';
    for (const one of [this.hold, this.keysButton, this.camera]) set(one, 'disabled', !talks);
    // An app that calls another way knows no telephone's keys, and no camera that joins later.
    this.keysButton.hidden = call.kind === 'jingle';
    this.camera.hidden = call.kind === 'jingle' && !call.wantsVideo;
    if (isOver) this.#over(call);
    // What had the focus is gone: it goes to what has come.
    if (hadFocus && !this.element.contains(document.activeElement)) this.focus();
    if (hadFocus && isOver && before?.phase !== 'ended') this.title.focus();
  }

  tick() {
    if (!this.#call) return;
    const seconds = secondsOf(this.#call, this.context.now());
    put(this.timer, seconds === null ? '' : `${this.state.textContent ? ' · ' : ''}${lengthWords(seconds)}`);
  }

  focus() {
    this.title.focus();
  }

  stop() {
    this.stage.stop();
    this.#closeKeys();
    this.#call = null;
    this.#ended = '';
  }

  /** @param {Call} call */
  #over(call) {
    const key = `${call.id} ${call.reason}`;
    if (this.#ended === key) return;
    this.#ended = key;
    const { context } = this;
    const { words, session } = context;
    const who = nameOf(call);
    const server = serverOf(session.state.me?.address ?? '');
    const dismiss = () => session.dismissCall(call.id).catch(context.failed);
    const ways = {
      again: () => button(words(call.reason === 'no-camera' ? 'call_again_voice' : 'call_again'), () => {
        void dismiss();
        void placeCall(context, call.address);
      }, { data: { test: 'call-back' } }, 'phone'),
      write: () => button(words('call_write'), () => {
        void dismiss();
        context.show(call.address);
      }, { class: 'button--secondary' }, 'chat'),
      check: () => button(words('check_title'), () => void openDeviceCheck(context), { class: 'button--secondary' }, 'microphone'),
    };
    fill(this.after, h('p', { class: 'call__reason' }, ...sentence(words, reasonKey(call.reason), { who, server })),
      h('div', { class: 'actions' }, ...waysBack(call).map((way) => ways[way]()),
        button(words('close'), () => void dismiss(), { class: 'button--secondary', data: { test: 'dismiss-call' } })));
  }

  #back() {
    const { session, show, turn } = this.context;
    const address = this.#call?.address ?? '';
    if (Object.hasOwn(session.state.conversations, address)) show(address);
    else turn('list');
  }

  #turnKeys() {
    if (this.#keys) {
      this.#closeKeys();
      return;
    }
    this.#keys = keypad(this.context, (key) => {
      if (this.#call) this.#session.tone(this.#call.id, key).catch(this.context.failed);
    });
    fill(this.keysPlace, this.#keys.element);
    this.keysPlace.hidden = false;
    set(this.keysButton, 'aria-expanded', 'true');
    this.#keys.focus();
  }

  #closeKeys() {
    if (!this.#keys) return;
    const hadFocus = this.keysPlace.contains(document.activeElement);
    this.#keys = null;
    fill(this.keysPlace);
    this.keysPlace.hidden = true;
    set(this.keysButton, 'aria-expanded', 'false');
    if (hadFocus) this.keysButton.focus();
  }

  /**
   * @param {import('./icons.js').IconName} picture
   * @param {string} key
   * @param {string} test
   * @param {(call: Call) => Promise<unknown>} act
   */
  #toggle(picture, key, test, act) {
    return h('button', {
      type: 'button', class: 'control', 'aria-pressed': 'false', data: { test, picture },
      on: {
        click: () => {
          const call = this.#call;
          if (call) act(call).catch((error) => this.context.tell(callErrorWords(this.context, error, call.address)));
        },
      },
    }, icon(picture), h('span', { class: 'control__words', text: this.context.words(key) }));
  }
}

/**
 * @param {HTMLElement} control
 * @param {boolean} on
 * @param {import('./icons.js').IconName} picture
 */
function press(control, on, picture) {
  set(control, 'aria-pressed', on ? 'true' : 'false');
  if (control.dataset.picture === picture) return;
  control.dataset.picture = picture;
  control.firstElementChild?.replaceWith(icon(picture));
}
