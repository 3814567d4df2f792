// SPDX-License-Identifier: AGPL-3.0-or-later
// Calls as far as they are this tab's: its microphone, its sound, its ringing, and that it is not closed by mistake while somebody talks.

import { FarMedia } from '../calls/far-media.js';
import { MediaDesk } from '../calls/media-desk.js';
import { CallMedia } from '../media/call-media.js';
import { Devices } from '../media/devices.js';
import { Ring } from '../media/ring.js';
import { isLive } from '../model/calls.js';

/** @typedef {import('../model/state.js').State} State */
/** @typedef {import('../calls/calls.js').Calls} Calls */
/** @typedef {import('./tabs.js').Tabs} Tabs */

/** @param {string} tab */
const claimOf = (tab) => `trunkline:tab:${tab}`;

export class CallTab {
  /**
   * @param {{ id: string, window: Window & typeof globalThis, board: import('./board.js').Board, tabs: () => Tabs | null, calls: () => Calls | null,
   *   shown: (call: string) => void }} edges `calls`: of the leading tab, if this is it. `shown`: streams have come or gone
   */
  constructor({ id, window, board, tabs, calls, shown }) {
    this.id = id;
    this.window = window;
    this.tabs = tabs;
    this.devices = new Devices({ capture: window.navigator.mediaDevices });
    this.ring = new Ring({ AudioContext: window.AudioContext });
    this.desk = new MediaDesk({
      make: (call, { iceServers, relayOnly, wanted, trickles }, changed) => new CallMedia({
        id: call, iceServers, relayOnly, wanted, devices: this.devices, changed, found: trickles ? (found) => void (found && changed({ found })) : undefined,
      }),
      report: (call, patch) => this.far.tell(tabs()?.leader ?? null, call, patch), shown: (call) => this.later(() => shown(call)),
    });
    this.far = new FarMedia({
      me: id, send: (to, word) => tabs()?.post(to, word), changed: (from, call, patch) => calls()?.changed(from, call, patch),
      perform: (call, verb, args) => this.perform(call, verb, args),
    });
    // So that it is known when a call begins.
    void this.devices.permission('microphone');
    this.chosen = this.devices.chosen;
    this.devices.on('changed', () => this.change());
    this.sounds = '';
    this.warns = false;
    this.warn = (/** @type {BeforeUnloadEvent} */ event) => {
      event.preventDefault();
      event.returnValue = ''; // what older browsers heed
    };
    /** @type {Promise<void> | null} */
    this.claimed = null;
    board.subscribe((state) => this.follow(state));
  }

  /**
   * @param {string} call
   * @param {string} verb
   * @param {any[]} args
   */
  async perform(call, verb, args) {
    const done = await this.desk.perform(call, verb, args);
    if (verb === 'tone' && done) this.ring.key(args[0]);
    return done;
  }

  /**
   * Once what the other side waits for is said: drawing takes longer. No timer, since a tab that nobody looks at has those once in a second.
   * @param {() => void} run
   */
  later(run) {
    const { port1, port2 } = new this.window.MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      run();
    });
    port1.start();
    port2.postMessage(null);
  }

  /** While this tab lives, its name is locked, so that the leading tab learns of its end however it ends. */
  claim() {
    const { locks } = this.window.navigator;
    this.claimed ??= locks ? new Promise((resolve) => void locks.request(claimOf(this.id), () => {
      resolve();
      return new Promise(() => {}); // until the tab goes
    })) : Promise.resolve();
    return this.claimed;
  }

  /**
   * @param {string} tab
   * @param {() => void} gone
   * @returns {() => void} stops watching
   */
  watch(tab, gone) {
    const stop = new AbortController();
    this.window.navigator.locks?.request(claimOf(tab), { signal: stop.signal }, gone).catch(() => undefined);
    return () => stop.abort();
  }

  /** @param {State} state */
  follow(state) {
    this.desk.follow(state);
    const isLeader = this.tabs()?.isLeader === true;
    const live = state.calls.filter((call) => isLive(call));
    const isNeeded = live.some((call) => call.tab === this.id || (isLeader && call.tab !== null));
    if (isNeeded !== this.warns) {
      this.warns = isNeeded;
      if (isNeeded) this.window.addEventListener('beforeunload', this.warn);
      else this.window.removeEventListener('beforeunload', this.warn);
    }
    this.sound(state, isLeader);
  }

  /**
   * One tab rings, whichever is looked at; whoever called hears it ring there.
   * @param {State} state
   * @param {boolean} isLeader
   */
  sound({ calls }, isLeader) {
    const isBusy = calls.some((call) => call.phase === 'talking' || call.phase === 'connecting');
    const rings = isLeader && !isBusy && calls.some((call) => call.direction === 'in' && call.phase === 'ringing');
    const ringsBack = calls.some((call) => call.direction === 'out' && call.phase === 'ringing' && call.tab === this.id);
    const sounds = rings ? 'ring' : ringsBack ? 'ringBack' : '';
    if (sounds === this.sounds) return;
    this.sounds = sounds;
    if (sounds === '') this.ring.close();
    else this.ring.start(sounds);
  }

  /** Another device was chosen: it is used at once. */
  change() {
    const { chosen: before, devices: { chosen: now } } = this;
    this.chosen = now;
    /** @type {{ microphone?: string | null, camera?: string | null }} */
    const choice = {};
    if (now.microphone !== before.microphone) choice.microphone = now.microphone;
    if (now.camera !== before.camera) choice.camera = now.camera;
    if (Object.keys(choice).length > 0) for (const media of this.desk.open.values()) media.use(choice).catch(() => undefined); // the old one stays
  }

  /** The tab goes. */
  stop() {
    this.desk.closeAll();
    this.ring.close();
  }
}
