// SPDX-License-Identifier: AGPL-3.0-or-later
// The browser's end of the media of one call, with what looks after it.

import { Path } from './path.js';
import { Watch } from './watch.js';

/** @typedef {import('./call-media.js').Patch} Patch */

/**
 * @param {object} options
 * @param {RTCIceServer[]} options.iceServers
 * @param {boolean} options.relayOnly
 * @param {number} options.lines how many are expected: their relays are looked for at once
 * @param {import('./edges.js').Edges} options.edges
 * @param {AbortSignal} options.signal the call is over
 * @param {() => boolean} options.isPaused nothing is to be heard now
 * @param {(patch: Patch) => void} options.changed
 * @param {((candidate: RTCIceCandidateInit | null) => void) | undefined} options.found
 * @returns {RTCPeerConnection}
 */
export function openPeer({ iceServers, relayOnly, lines, edges, signal, isPaused, changed, found }) {
  const peer = new edges.RTCPeerConnection({
    iceServers, iceTransportPolicy: relayOnly ? 'relay' : 'all', rtcpMuxPolicy: 'require',
    // A phone that cannot carry sound and pictures by one way gets two; who can, agrees to one.
    bundlePolicy: 'balanced', iceCandidatePoolSize: relayOnly ? lines : 0,
  });
  if (found) peer.addEventListener('icecandidate', ({ candidate }) => found(candidate?.toJSON() ?? null), { signal });
  const watch = new Watch({
    peer, timers: edges.timers, now: edges.now, signal, isPaused, judged: (quality) => changed({ quality }), isLost: () => path.isLost,
    alive: () => path.proved(), moved: () => path.lost(),
  });
  const path = new Path({
    peer, edges, signal,
    changed: (connection) => {
      if (connection === 'connected') watch.start();
      if (connection === 'disconnected') watch.hurry();
      changed(connection === 'failed' ? { connection, error: 'no-path' } : { connection });
    },
  });
  return peer;
}
