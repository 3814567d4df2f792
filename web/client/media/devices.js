// SPDX-License-Identifier: AGPL-3.0-or-later
// Microphones, cameras and speakers: what there is, which the member has chosen, and what they give.

import { Emitter } from '../xmpp/emitter.js';
import { MediaError, captureFailure } from './failure.js';
import { Level } from './level.js';

/** @typedef {{ id: string, label: string }} Device the label is empty until the browser has been allowed to use one */
/** @typedef {{ microphones: Device[], cameras: Device[], speakers: Device[] }} DeviceList */
/** @typedef {{ microphone: string | null, camera: string | null, speaker: string | null }} Chosen ids; null: as the browser likes */
/** @typedef {{ audio: boolean, video: boolean }} Wanted */
/** @typedef {Pick<MediaDevices, 'getUserMedia' | 'enumerateDevices' | 'addEventListener' | 'removeEventListener'>} Capture */

const kept = 'trunkline.devices';

export class Devices {
  /**
   * @param {{ capture?: Capture | undefined, store?: Pick<Storage, 'getItem' | 'setItem'> | null, log?: (message: string) => void }} edges
   *   `capture` is missing where the browser has none for this page
   */
  constructor({ capture = globalThis.navigator?.mediaDevices, store = ownStore(), log = () => {} } = {}) {
    this.capture = capture;
    this.store = store;
    /** @type {Emitter<{ changed: null }>} */
    this.emitter = new Emitter(log);
    this.listening = 0;
    /** @type {Map<string, { state: 'granted' | 'denied' | 'prompt' }>} */
    this.permissions = new Map();
    this.tell = () => this.emitter.emit('changed', null);
    /** @type {Chosen} */
    this.chosen = this.read();
  }

  /** @returns {Promise<DeviceList>} each device once; empty where the browser says nothing */
  async list() {
    /** @type {DeviceList} */
    const found = { microphones: [], cameras: [], speakers: [] };
    const all = await this.capture?.enumerateDevices().catch(() => []) ?? [];
    for (const { kind, deviceId, label } of all) {
      // Without permission browsers name nothing, and "communications" is one of the others once more.
      if (deviceId === '' || deviceId === 'communications') continue;
      const list = kind === 'audioinput' ? found.microphones : kind === 'videoinput' ? found.cameras : found.speakers;
      list.push({ id: deviceId, label });
    }
    return found;
  }

  /**
   * Keeps a choice in this browser. Null: as the browser likes.
   * @param {Partial<Chosen>} choice
   */
  choose(choice) {
    this.chosen = { ...this.chosen, ...choice };
    try {
      this.store?.setItem(kept, JSON.stringify(this.chosen));
    } catch {
      // without a store it holds until the page goes
    }
    this.tell();
  }

  /**
   * Asks the browser, which may ask the member: that may last.
   * @param {Wanted} wanted at least one
   * @returns {Promise<MediaStream>} whoever calls stops its tracks
   * @throws {MediaError}
   */
  async get(wanted) {
    if (!this.capture) throw new MediaError('denied');
    try {
      return await this.capture.getUserMedia(constraints(wanted, this.chosen)).catch((error) => {
        // What was chosen is gone: that must not keep anybody from talking.
        if (error?.name !== 'OverconstrainedError' || !this.capture) throw error;
        return this.capture.getUserMedia(constraints(wanted, { microphone: null, camera: null }));
      });
    } catch (error) {
      throw captureFailure(error, wanted);
    }
  }

  /**
   * Whether the browser will ask, as far as it says so.
   * @param {'microphone' | 'camera'} name
   * @returns {Promise<'granted' | 'denied' | 'prompt'>}
   */
  async permission(name) {
    if (!this.capture) return 'denied';
    let status = this.permissions.get(name);
    try {
      // It takes milliseconds to get, and says by itself when it changes.
      if (!status) this.permissions.set(name, status = await navigator.permissions.query({ name: /** @type {PermissionName} */ (name) }));
      return status.state;
    } catch {
      return 'prompt';
    }
  }

  /**
   * The microphone check: opens the chosen microphone and says how loud it is, until stopped.
   * @returns {Promise<Level>}
   * @throws {MediaError}
   */
  async check() {
    const stream = await this.get({ audio: true, video: false });
    try {
      return new Level(stream);
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      throw new MediaError('in-use', error);
    }
  }

  /**
   * `changed`: something was plugged or unplugged, allowed, or chosen.
   * @param {'changed'} name
   * @param {() => void} listener
   * @returns {() => void} stops listening
   */
  on(name, listener) {
    const stop = this.emitter.on(name, listener);
    if (this.listening === 0) this.capture?.addEventListener('devicechange', this.tell);
    this.listening += 1;
    let isOn = true;
    return () => {
      if (!isOn) return;
      isOn = false;
      stop();
      this.listening -= 1;
      if (this.listening === 0) this.capture?.removeEventListener('devicechange', this.tell);
    };
  }

  /** @returns {Chosen} */
  read() {
    try {
      const { microphone, camera, speaker } = JSON.parse(this.store?.getItem(kept) ?? '{}') ?? {};
      return { microphone: id(microphone), camera: id(camera), speaker: id(speaker) };
    } catch {
      return { microphone: null, camera: null, speaker: null };
    }
  }
}

/**
 * What is asked of the browser.
 * @param {Wanted} wanted
 * @param {Pick<Chosen, 'microphone' | 'camera'>} chosen
 * @returns {MediaStreamConstraints}
 */
export function constraints({ audio, video }, { microphone, camera }) {
  return {
    audio: audio && {
      echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: { ideal: 1 },
      ...(microphone === null ? {} : { deviceId: { exact: microphone } }),
    },
    video: video && {
      width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24, max: 30 },
      ...(camera === null ? { facingMode: { ideal: 'user' } } : { deviceId: { exact: camera } }),
    },
  };
}

/**
 * @param {unknown} value
 * @returns {string | null}
 */
function id(value) {
  return typeof value === 'string' && value !== '' ? value : null;
}

function ownStore() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
