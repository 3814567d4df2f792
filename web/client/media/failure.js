// SPDX-License-Identifier: AGPL-3.0-or-later
// Why a call has no sound or picture: what browsers say, as one of a few codes for which the client has a sentence.

/**
 * `denied`: the member or the browser forbids it; `no-microphone`, `no-camera`: there is none, or the camera cannot be used while the
 * microphone can; `in-use`: another program holds it; `no-path`: no way through the network to the media relay; `no-common-media`: the two
 * sides have no codec in common, or the other's description cannot be read; `closed`: the call ended meanwhile, nobody need be told.
 * @typedef {'denied' | 'no-microphone' | 'no-camera' | 'in-use' | 'no-path' | 'no-common-media' | 'closed'} MediaCode
 */

export class MediaError extends Error {
  /**
   * @param {MediaCode} code
   * @param {unknown} [cause]
   */
  constructor(code, cause) {
    super(cause instanceof Error ? `${code}: ${cause.message}` : code);
    this.name = 'MediaError';
    this.code = code;
  }
}

/**
 * What a failed `getUserMedia` means (Media Capture and Streams, section 10.2).
 * @param {unknown} error
 * @param {{ audio: boolean, video: boolean }} wanted
 * @returns {MediaError}
 */
export function captureFailure(error, wanted) {
  if (error instanceof MediaError) return error;
  const missing = wanted.audio ? 'no-microphone' : 'no-camera';
  switch (nameOf(error)) {
    case 'NotAllowedError':
    case 'SecurityError': // forbidden by the page's policy, or the page came by an insecure way
    case 'TypeError': // no mediaDevices: likewise
      return new MediaError('denied', error);
    case 'NotReadableError':
    case 'AbortError':
      return new MediaError('in-use', error);
    default: // NotFoundError, OverconstrainedError, and what browsers may come to say
      return new MediaError(missing, error);
  }
}

/**
 * What a failed setLocalDescription, setRemoteDescription, createOffer or createAnswer means.
 * @param {unknown} error
 * @param {boolean} isClosed
 * @returns {MediaError}
 */
export function negotiationFailure(error, isClosed) {
  if (error instanceof MediaError) return error;
  return new MediaError(isClosed ? 'closed' : 'no-common-media', error);
}

/** @param {unknown} error */
function nameOf(error) {
  return String(Object(error).name ?? '');
}
