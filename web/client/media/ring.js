// SPDX-License-Identifier: AGPL-3.0-or-later
// What a call sounds like before it is one: ringing, ring-back, busy, and the keys. Each is a short recording, made here and repeated by the
// browser: nothing ticks, so nothing is left behind. A browser that forbids sound until the page was touched plays none.

/** @typedef {{ frequencies: number[], on: number, off: number }} Cadence Hz and seconds */

/** Ring-back and busy as ITU-T E.180 has them for most of Europe; keys as ITU-T Q.23 does. */
export const cadences = {
  ring: { frequencies: [480, 620], on: 1, off: 2 },
  ringBack: { frequencies: [425], on: 1, off: 4 },
  busy: { frequencies: [425], on: 0.5, off: 0.5 },
};

const rows = [697, 770, 852, 941];
const columns = [1209, 1336, 1477];
const keys = ['123', '456', '789', '*0#'];

/**
 * @param {string} key one of 0 to 9, * and #
 * @returns {number[] | null} its two frequencies
 */
export function frequencies(key) {
  if (key.length !== 1) return null;
  const row = keys.findIndex((each) => each.includes(key));
  return row < 0 ? null : [/** @type {number} */ (rows[row]), /** @type {number} */ (columns[/** @type {string} */ (keys[row]).indexOf(key)])];
}

/**
 * One turn of a cadence.
 * @param {Cadence} cadence
 * @param {number} rate samples a second
 * @returns {Float32Array}
 */
export function recording({ frequencies: tones, on, off }, rate) {
  const samples = new Float32Array(Math.round((on + off) * rate));
  const sounding = Math.round(on * rate);
  const edge = Math.max(1, Math.round(0.01 * rate)); // without it, it clicks
  for (let index = 0; index < sounding; index += 1) {
    const fade = Math.min(1, index / edge, (sounding - index) / edge);
    for (const tone of tones) samples[index] += (fade * Math.sin((2 * Math.PI * tone * index) / rate)) / tones.length;
  }
  return samples;
}

export class Ring {
  /** @param {{ AudioContext?: typeof AudioContext | undefined, volume?: number }} edges */
  constructor({ AudioContext: Context = globalThis.AudioContext, volume = 0.15 } = {}) {
    this.Context = Context;
    this.volume = volume;
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {AudioBufferSourceNode | null} */
    this.repeating = null;
  }

  /**
   * Until stop(), or something else is to be heard.
   * @param {keyof typeof cadences} which
   */
  start(which) {
    this.stop();
    this.repeating = this.sound(cadences[which], true);
  }

  /**
   * The sound of a key, beside all else.
   * @param {string} key
   */
  key(key) {
    const tones = frequencies(key);
    if (tones) this.sound({ frequencies: tones, on: 0.12, off: 0 }, false);
  }

  stop() {
    this.repeating?.stop();
    this.repeating = null;
  }

  /** Gives the browser's audio back; may be used again. */
  close() {
    this.stop();
    const { context } = this;
    this.context = null;
    if (context && context.state !== 'closed') void context.close();
  }

  /**
   * @param {Cadence} cadence
   * @param {boolean} loop
   * @returns {AudioBufferSourceNode | null}
   */
  sound(cadence, loop) {
    try {
      if (!this.Context) return null;
      const context = this.context ??= new this.Context();
      void context.resume().catch(() => {});
      const samples = recording(cadence, context.sampleRate);
      const buffer = context.createBuffer(1, samples.length, context.sampleRate);
      buffer.copyToChannel(samples, 0);
      const gain = context.createGain();
      gain.gain.value = this.volume;
      const source = context.createBufferSource();
      Object.assign(source, { buffer, loop });
      source.connect(gain).connect(context.destination);
      source.onended = () => {
        source.disconnect();
        gain.disconnect();
      };
      source.start();
      return source;
    } catch {
      return null; // no audio device, or too many contexts: a call is not lost over that
    }
  }
}
