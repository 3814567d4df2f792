// SPDX-License-Identifier: AGPL-3.0-or-later
// How loud a microphone is, for the check before a call.

/** Quieter than this is silence: decibels below full scale. */
const floor = -60;

export class Level {
  /** @param {MediaStream} stream its tracks are stopped with this */
  constructor(stream) {
    this.stream = stream;
    this.context = new AudioContext();
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.samples = new Float32Array(this.analyser.fftSize);
    this.source = this.context.createMediaStreamSource(stream);
    this.source.connect(this.analyser);
    // A page that was not touched yet may not run audio; then the level stays 0 until it was.
    void this.context.resume().catch(() => {});
  }

  /** @returns {number} 0 (silence) to 1 (as loud as can be), on a scale that grows as ears hear it */
  level() {
    this.analyser.getFloatTimeDomainData(this.samples);
    return loudness(this.samples);
  }

  /** Gives the microphone back. */
  stop() {
    for (const track of this.stream.getTracks()) track.stop();
    this.source.disconnect();
    if (this.context.state !== 'closed') void this.context.close();
  }
}

/**
 * @param {Float32Array} samples -1..1
 * @returns {number} 0..1
 */
export function loudness(samples) {
  let sum = 0;
  for (const one of samples) sum += one * one;
  const decibels = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-12);
  return Math.min(1, Math.max(0, 1 - decibels / floor));
}
