// SPDX-License-Identifier: AGPL-3.0-or-later
// What the media of a call takes from the browser; tests give something else.

/** @typedef {import('./codecs.js').Codec} Codec */
/** @typedef {import('./ice.js').Timers} Timers */
/**
 * @typedef {object} Edges
 * @property {new (configuration: RTCConfiguration) => RTCPeerConnection} RTCPeerConnection
 * @property {new () => MediaStream} MediaStream
 * @property {(kind: 'audio' | 'video') => readonly Codec[]} codecs what the browser can receive
 * @property {Timers} timers
 * @property {() => number} now ms, monotonic
 * @property {EventTarget} page tells `online`, `offline` and `pagehide`
 * @property {(EventTarget & { type?: string }) | null} network the Network Information API, where there is one
 */

/** @returns {Edges} */
export function browserEdges() {
  return {
    RTCPeerConnection,
    MediaStream,
    codecs: (kind) => RTCRtpReceiver.getCapabilities?.(kind)?.codecs ?? [],
    timers: { set: (run, ms) => setTimeout(run, ms), clear: (timer) => clearTimeout(timer) },
    now: () => performance.now(),
    page: window,
    network: /** @type {any} */ (navigator).connection ?? null,
  };
}
