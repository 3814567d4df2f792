// SPDX-License-Identifier: AGPL-3.0-or-later
// Which codecs a call offers, best first. Softphones that know no Opus find what they do know (G.722, G.711), so that nothing on the way
// has to transcode; tones for menus go as telephone-event (RFC 4733). Of H.264 only what every phone has (constrained baseline): browsers
// would list a dozen forms of it, and an invitation that is too large for one packet is lost more easily.

/** @typedef {{ mimeType: string, clockRate: number, channels?: number, sdpFmtpLine?: string }} Codec RTCRtpCodec, in short */

const ranks = {
  audio: ['audio/opus', 'audio/g722', 'audio/pcmu', 'audio/pcma', 'audio/telephone-event'],
  // What repairs losses (RFC 4588, RFC 5109) is of use with either.
  video: ['video/vp8', 'video/h264', 'video/rtx', 'video/red', 'video/ulpfec'],
};

/**
 * The codecs to offer, for RTCRtpTransceiver.setCodecPreferences.
 * @param {'audio' | 'video'} kind
 * @param {readonly Codec[]} known what the browser can receive
 * @returns {Codec[]} empty if the browser tells nothing: then it offers what it likes
 */
export function offered(kind, known) {
  return ranks[kind].flatMap((type) => known.filter((codec) => codec.mimeType.toLowerCase() === type && isCommon(codec)));
}

/** @param {Codec} codec */
function isCommon({ mimeType, sdpFmtpLine = '' }) {
  return mimeType.toLowerCase() !== 'video/h264' || /profile-level-id=42e0/i.test(sdpFmtpLine);
}
