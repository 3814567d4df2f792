// SPDX-License-Identifier: AGPL-3.0-or-later
// What a call takes from this member's microphone and camera. Whatever is taken is given back, also when it is handed out too late.

import { MediaError } from './failure.js';

/** @typedef {import('./devices.js').Wanted} Wanted */
/** @typedef {Pick<import('./devices.js').Devices, 'get' | 'choose' | 'on'> & Partial<Pick<import('./devices.js').Devices, 'permission'>>} Source */

export class Local {
  /**
   * @param {{ devices: Source, stream: MediaStream, signal: AbortSignal, gone: (kind: 'audio' | 'video') => void }} edges
   *   `signal`: the call is over; `gone`: a device was unplugged, or taken away by the browser
   */
  constructor({ devices, stream, signal, gone }) {
    this.devices = devices;
    this.stream = stream;
    this.signal = signal;
    this.gone = gone;
    this.isSilent = false;
    /** @type {MediaStreamTrack | null} */
    this.microphone = null;
    /** @type {MediaStreamTrack | null} */
    this.camera = null;
    /** @type {Map<MediaStreamTrack, () => void>} */
    this.listeners = new Map();
  }

  /**
   * @param {Wanted} wanted
   * @returns {Promise<MediaError | null>} why there is no camera, if one was wanted and the microphone is there all the same
   * @throws {MediaError}
   */
  async take(wanted) {
    /** @type {MediaError | null} */
    let missing = null;
    let taken;
    try {
      taken = await this.devices.get(wanted);
    } catch (error) {
      if (this.signal.aborted) throw new MediaError('closed');
      if (!wanted.audio || !wanted.video) throw error;
      taken = await this.devices.get({ audio: true, video: false });
      missing = new MediaError('no-camera', error);
    }
    if (this.signal.aborted) {
      for (const track of taken.getTracks()) track.stop();
      throw new MediaError('closed');
    }
    for (const track of taken.getTracks()) this.keep(track);
    if (wanted.audio && !this.microphone) throw new MediaError('no-microphone');
    return missing;
  }

  /**
   * Once, when a device is plugged in or out, unless the call is over before.
   * @param {() => void} then
   */
  whenPlugged(then) {
    if (this.signal.aborted) return;
    const end = () => {
      stop();
      this.signal.removeEventListener('abort', end);
    };
    const stop = this.devices.on('changed', () => {
      end();
      then();
    });
    this.signal.addEventListener('abort', end);
  }

  /** @param {boolean} on nothing is heard of this side, whatever the microphone hears */
  silence(on) {
    this.isSilent = on;
    if (this.microphone) this.microphone.enabled = !on;
  }

  dropCamera() {
    this.drop(this.camera);
    this.camera = null;
  }

  stop() {
    this.drop(this.camera);
    this.drop(this.microphone);
    this.camera = null;
    this.microphone = null;
  }

  /** @param {MediaStreamTrack} track */
  keep(track) {
    if (track.kind === 'audio') {
      this.drop(this.microphone);
      this.microphone = track;
      track.enabled = !this.isSilent;
      track.contentHint = 'speech';
    } else {
      this.drop(this.camera);
      this.camera = track;
    }
    // Browsers tell of this when the device goes, never because of stop().
    const gone = () => {
      this.drop(track);
      if (track === this.microphone) this.microphone = null;
      if (track === this.camera) this.camera = null;
      this.gone(track.kind === 'audio' ? 'audio' : 'video');
    };
    this.listeners.set(track, gone);
    track.addEventListener('ended', gone);
    this.stream.addTrack(track);
  }

  /** @param {MediaStreamTrack | null} track */
  drop(track) {
    if (!track) return;
    const listener = this.listeners.get(track);
    if (listener) track.removeEventListener('ended', listener);
    this.listeners.delete(track);
    track.stop();
    this.stream.removeTrack(track);
  }
}
