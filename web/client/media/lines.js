// SPDX-License-Identifier: AGPL-3.0-or-later
// The two lines of a call, one for sound and one for pictures: what they carry, which way, and by which codecs.

import { offered } from './codecs.js';

/** @typedef {import('./local.js').Local} Local */

/** bit/s: a picture must not take what speech needs, and a TURN relay gives each call only so much */
const videoBitrate = 1_200_000;

export class Lines {
  /**
   * @param {RTCPeerConnection} peer
   * @param {Local} local
   * @param {import('./edges.js').Edges['codecs']} codecs
   */
  constructor(peer, local, codecs) {
    this.peer = peer;
    this.local = local;
    this.codecs = codecs;
    /** @type {RTCRtpTransceiver | null} */
    this.audio = null;
    /** @type {RTCRtpTransceiver | null} */
    this.video = null;
  }

  /** @param {'audio' | 'video'} kind */
  add(kind) {
    this.adopt(this.peer.addTransceiver(kind, { direction: 'sendrecv', streams: [this.local.stream] }));
  }

  /** The lines that the other side has offered: the first of each kind is used, more are refused. */
  adoptAll() {
    for (const transceiver of this.peer.getTransceivers()) this.adopt(transceiver);
  }

  /** @param {RTCRtpTransceiver} transceiver */
  adopt(transceiver) {
    if (transceiver === this.audio || transceiver === this.video || transceiver.currentDirection === 'stopped') return;
    const kind = transceiver.receiver.track.kind === 'audio' ? 'audio' : 'video';
    if (this[kind]) {
      transceiver.direction = 'inactive';
      return;
    }
    this[kind] = transceiver;
    const codecs = offered(kind, this.codecs(kind));
    try {
      if (codecs.length > 0) transceiver.setCodecPreferences(codecs);
    } catch {
      // the browser keeps its own order then
    }
  }

  /** A line for pictures that the other side has refused is over, as is what the camera was on for. Another one may be offered. */
  forgetRefused() {
    if (this.video?.currentDirection !== 'stopped') return;
    this.video = null;
    this.local.dropCamera();
  }

  /** Sends what the microphone and the camera give now. */
  async attach() {
    await this.audio?.sender.replaceTrack(this.local.microphone);
    await this.video?.sender.replaceTrack(this.local.camera);
  }

  /**
   * What the next description says. On hold nothing is listened to (RFC 3264 section 8.4), and the microphone is silent.
   * @param {boolean} onHold
   */
  direct(onHold) {
    if (this.audio) this.audio.direction = onHold ? 'sendonly' : 'sendrecv';
    if (this.video) this.video.direction = this.directionOfVideo(onHold);
  }

  /**
   * @param {boolean} onHold
   * @returns {'sendrecv' | 'recvonly' | 'inactive'}
   */
  directionOfVideo(onHold) {
    if (onHold) return 'inactive';
    return this.local.camera ? 'sendrecv' : 'recvonly';
  }

  get sendsVideo() {
    return this.local.camera !== null && /^send/.test(this.video?.currentDirection ?? '');
  }

  /**
   * What the other side sends, as one stream.
   * @param {MediaStream} stream
   * @param {{ audio: boolean, video: boolean }} has
   */
  receive(stream, has) {
    for (const kind of /** @type {const} */ (['audio', 'video'])) {
      const track = this[kind]?.receiver.track;
      if (!track) continue;
      if (has[kind]) stream.addTrack(track);
      else stream.removeTrack(track); // else its last picture would stay
    }
  }

  /** How much pictures may take, and that speech goes first. */
  async limit() {
    await limited(this.audio?.sender, { priority: 'high', networkPriority: 'high' });
    await limited(this.video?.sender, { maxBitrate: videoBitrate });
  }
}

/**
 * @param {RTCRtpSender | undefined} sender
 * @param {object} with_
 */
async function limited(sender, with_) {
  if (!sender) return;
  try {
    const parameters = sender.getParameters();
    if (parameters.encodings.length === 0) return;
    for (const encoding of parameters.encodings) Object.assign(encoding, with_);
    await sender.setParameters(parameters);
  } catch {
    // not every browser knows them, or another offer is on its way: the call does without
  }
}
