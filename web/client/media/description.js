// SPDX-License-Identifier: AGPL-3.0-or-later
// What a session description (RFC 8866) says that matters to a call. The browser reads the rest.

/** @typedef {'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'} Direction from the point of view of who wrote it */
/** @typedef {{ audio: Direction | null, video: Direction | null }} Directions null: there is none, or it is refused (port 0) */

/**
 * The direction of the first audio and the first video.
 * @param {string} sdp
 * @returns {Directions}
 */
export function directions(sdp) {
  const [head = '', ...media] = sdp.split(/^(?=m=)/m);
  /** @type {Directions} */
  const found = { audio: null, video: null };
  for (const section of media) {
    const kind = /^m=(audio|video) ([0-9]+)/.exec(section);
    if (!kind || kind[2] === '0') continue;
    const name = /** @type {'audio' | 'video'} */ (kind[1]);
    found[name] ??= direction(section, head);
  }
  return found;
}

/**
 * Whether who wrote it holds the call: they send at most, and do not listen (RFC 3264 section 8.4). An address of zeros is how phones
 * said that before (RFC 2543 appendix B.5); browsers write it too where ICE finds the address, so only without ICE.
 * @param {string} sdp
 */
export function isHeld(sdp) {
  const { audio } = directions(sdp);
  return audio === 'sendonly' || audio === 'inactive' || (/^c=IN IP4 0\.0\.0\.0\s*$/m.test(sdp) && !/^a=ice-ufrag:/m.test(sdp));
}

/**
 * Whether who wrote it would show a picture.
 * @param {string} sdp
 */
export function offersVideo(sdp) {
  const { video } = directions(sdp);
  return video === 'sendrecv' || video === 'sendonly';
}

/**
 * @param {string} section
 * @param {string} head where a direction for all may stand
 * @returns {Direction}
 */
function direction(section, head) {
  const said = /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m;
  return /** @type {Direction} */ ((said.exec(section) ?? said.exec(head))?.[1] ?? 'sendrecv');
}
