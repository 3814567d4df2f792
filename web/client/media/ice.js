// SPDX-License-Identifier: AGPL-3.0-or-later
// When an offer or answer can go out. SIP carries it once, in full: candidates cannot follow (no RFC 8840 here). But whoever waits for the
// browser to be done waits for every server that does not answer, and need not: our media relay is at the other end of every call, is
// reachable itself, and takes checks from addresses that it was never told (RFC 8445 section 7.3.1.3). What the browser finds later it
// still uses, so one usable candidate is enough. Where that is of IPv6, one of IPv4 may come for a moment: what a description names as its
// address decides which of the relay's own it gets, and the relay need not have one of IPv6.

import { MediaError } from './failure.js';

/** @typedef {{ username: string, password: string, uris: string[] }} Turn as the portal's answer for a web session has it */
/** @typedef {{ set: (run: () => void, ms: number) => unknown, clear: (timer: any) => void }} Timers */

export const patience = {
  /** ms after the last usable candidate, while there is none of IPv4: those of one machine come together. */
  quiet: 10,
  /** ms after the first usable one, however many follow. */
  most: 1500,
  /** ms for the first one: a TURN server that is dead is not waited for any longer. */
  first: 3000,
};

/**
 * @param {Turn | null | undefined} turn
 * @returns {RTCIceServer[]}
 */
export function iceServers(turn) {
  if (!turn || turn.uris.length === 0) return [];
  return [{ urls: turn.uris, username: turn.username, credential: turn.password }];
}

/**
 * Waits until the local description is worth sending.
 * @param {RTCPeerConnection} peer its local description has been set
 * @param {{ relayOnly: boolean, timers: Timers, signal: AbortSignal }} how
 * @returns {Promise<void>} rejects with `no-path` if nothing usable was found, `closed` if the signal came
 */
export function gathered(peer, { relayOnly, timers, signal }) {
  return new Promise((resolve, reject) => {
    /** @type {Set<unknown>} */
    const waiting = new Set();
    /** @type {unknown} */
    let quiet = null;
    let isReady = false;

    const later = (/** @type {number} */ ms) => {
      const timer = timers.set(finish, ms);
      waiting.add(timer);
      return timer;
    };
    const end = (/** @type {MediaError | null} */ error) => {
      for (const timer of waiting) timers.clear(timer);
      peer.removeEventListener('icecandidate', look);
      peer.removeEventListener('icegatheringstatechange', progressed);
      signal.removeEventListener('abort', aborted);
      if (error) reject(error);
      else resolve();
    };
    const found = (isPlain = false) => {
      const { localDescription: ours, currentRemoteDescription: theirs } = peer;
      return usable(ours?.sdp ?? '', relayOnly, ours?.type === 'answer' ? ours.sdp : theirs?.sdp, isPlain);
    };
    const finish = () => end(found() === 'none' ? new MediaError('no-path') : null);
    const aborted = () => end(new MediaError('closed'));
    const look = () => {
      if (found() !== 'all') return;
      if (found(true) === 'all') {
        finish();
        return;
      }
      if (!isReady) later(patience.most);
      isReady = true;
      if (quiet !== null) timers.clear(quiet);
      quiet = later(patience.quiet);
    };
    const progressed = () => {
      if (peer.iceGatheringState === 'complete') finish();
    };

    if (signal.aborted) {
      aborted();
      return;
    }
    peer.addEventListener('icecandidate', look);
    peer.addEventListener('icegatheringstatechange', progressed);
    signal.addEventListener('abort', aborted);
    later(patience.first);
    look();
    // "complete" may still be that of before an ICE restart: then there are no candidates yet.
    if (isReady && peer.iceGatheringState === 'complete') finish();
  });
}

/**
 * Whether the media relay could send to all, some or none of what the description offers.
 * @param {string} sdp
 * @param {boolean} relayOnly
 * @param {string} [agreed] the description, theirs or ours, that says which lines share one way (RFC 9143)
 * @param {boolean} [isPlain] only by IPv4
 * @returns {'all' | 'some' | 'none'}
 */
export function usable(sdp, relayOnly, agreed = '', isPlain = false) {
  const sharing = new Set((/^a=group:BUNDLE (.*?)\r?$/m.exec(agreed)?.[1] ?? '').split(' ').slice(1));
  const used = sdp.split(/^(?=m=)/m).slice(1).filter((one) => !/^m=\S+ 0 /.test(one) && !/^a=inactive\s*$/m.test(one));
  const lines = used.filter((one) => !sharing.has(/^a=mid:(\S+)/m.exec(one)?.[1] ?? ''));
  const reached = lines.filter((one) => one.split('\n').some((line) => line.startsWith('a=candidate:') && isUsable(line.slice(2), relayOnly, isPlain)));
  return reached.length === 0 ? 'none' : reached.length === lines.length ? 'all' : 'some';
}

/**
 * A TCP candidate of ours is of no use to the media relay: it connects to nobody.
 * @param {string} candidate RFC 8839 section 5.1
 * @param {boolean} relayOnly
 * @param {boolean} isPlain
 */
function isUsable(candidate, relayOnly, isPlain) {
  const [, , transport, , address, , , type] = candidate.trim().split(/\s+/);
  return transport?.toLowerCase() === 'udp' && (!relayOnly || type === 'relay') && (!isPlain || /^[\d.]+$/.test(address ?? ''));
}
