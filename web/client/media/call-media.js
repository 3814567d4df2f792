// SPDX-License-Identifier: AGPL-3.0-or-later
// The sound and pictures of one call, in the tab where the member talks. It knows no SIP: whoever does carries the descriptions.
//
// Pictures are shown only by a member's own doing: an offer has them if they were asked for, and an answer shows those of the other side
// but sends none unless the member chose so. A camera that goes on or off needs a new offer, so that the other side knows.

import { directions, isHeld, offersVideo } from './description.js';
import { browserEdges } from './edges.js';
import { MediaError } from './failure.js';
import { gathered } from './ice.js';
import { Lines } from './lines.js';
import { Local } from './local.js';
import { whileOpening } from './opening.js';
import { openPeer } from './peer.js';
import { Turns } from './turns.js';
import { unplugged } from './unplugged.js';

/** @typedef {import('./edges.js').Edges} Edges */
/** @typedef {import('./failure.js').MediaCode} MediaCode */
/** @typedef {import('./patch.js').Patch} Patch */
/** @typedef {{ local: MediaStream, remote: MediaStream }} Streams the same two objects as long as the call lasts */

export class CallMedia {
  /**
   * @param {object} options
   * @param {string} options.id of the call, for the log
   * @param {RTCIceServer[]} options.iceServers
   * @param {boolean} options.relayOnly nobody but the TURN server sees an address of this browser
   * @param {{ video: boolean }} options.wanted whether the camera is to be on from the start
   * @param {import('./local.js').Source} options.devices
   * @param {(patch: Patch) => void} options.changed never called after close()
   * @param {(candidate: RTCIceCandidateInit | null) => void} [options.found] each address of ours as it is found, null after the last; for
   *   protocols in which they can follow the description
   * @param {Partial<Edges>} [options.edges]
   */
  constructor({ id, iceServers, relayOnly, wanted, devices, changed, found, edges = {} }) {
    this.id = id;
    this.configuration = { iceServers, relayOnly };
    this.devices = devices;
    this.found = found;
    this.edges = /** @type {Edges} */ ({ ...(edges.RTCPeerConnection ? {} : browserEdges()), ...edges });
    this.ending = new AbortController();
    this.changed = (/** @type {Patch} */ patch) => {
      if (!this.isClosed) changed(patch);
    };
    this.wantsCamera = wanted.video;
    this.isMuted = false;
    this.onHold = false;
    /**
     * Whether we send a picture is not known before both have agreed: until then it is believed of a camera that is wanted.
     * @type {{ sendsVideo?: boolean, seesVideo: boolean, heldByThem: boolean, lacksMicrophone: boolean }} */
    this.known = { seesVideo: false, heldByThem: false, lacksMicrophone: false };
    this.turns = new Turns(this.ending.signal);
    /** @type {RTCPeerConnection | null} */
    this.peer = null;
    /** @type {Lines | null} */
    this.lines = null;
    const { MediaStream, page } = this.edges;
    this.local = new Local({
      devices, stream: new MediaStream(), signal: this.ending.signal, gone: (kind) => void this.replace(kind).catch(() => {}),
    });
    this.remote = new MediaStream();
    page.addEventListener('pagehide', () => this.close(), { signal: this.ending.signal });
  }

  get isClosed() {
    return this.ending.signal.aborted;
  }

  /** @returns {Streams | null} null before there is anything, and afterwards */
  get streams() {
    return this.isClosed || !this.local.microphone && this.remote.getTracks().length === 0 ? null : { local: this.local.stream, remote: this.remote };
  }

  /** For a call that rings here: what costs time, and asks and sends nothing. Only where the microphone is allowed already, see take(). */
  async expect() {
    if (await this.mayListen() && !this.isClosed) this.connect();
  }

  /** Asks for the microphone before anything is said, for a call that rings on without one. Else the first offer or answer does. */
  prepare() {
    return this.turns.take(() => this.take().then(() => this.changed({ streams: true })));
  }

  /**
   * An offer of ours: the first one, which asks for the microphone, or a new one after something has changed. One that was not answered
   * yet is replaced.
   * @param {{ restart?: boolean }} how `restart`: look for a way through the network anew
   * @returns {Promise<string>} SDP
   * @throws {MediaError}
   */
  offer({ restart = false } = {}) {
    return this.turns.take(async () => {
      const isFirst = !this.lines;
      const offer = () => {
        const lines = this.open();
        if (isFirst) lines.add('audio');
        if (isFirst && this.wantsCamera) lines.add('video');
        if (restart) lines.peer.restartIce();
        return this.describe(() => lines.peer.createOffer());
      };
      return isFirst ? this.withMicrophone(offer) : offer();
    });
  }

  /**
   * The answer to their offer, the first one, which asks for the microphone, or a later one. An offer of ours that was not answered yet
   * is taken back.
   * @param {string} sdp
   * @returns {Promise<string>} SDP
   * @throws {MediaError}
   */
  answer(sdp) {
    return this.turns.take(async () => {
      const isFirst = !this.lines;
      const describe = async () => {
        const lines = this.open();
        await lines.peer.setRemoteDescription({ type: 'offer', sdp });
        lines.adoptAll();
        if (!lines.audio) throw new MediaError('no-common-media');
        if (!isFirst) await lines.attach();
        return this.describe(() => lines.peer.createAnswer());
      };
      const answer = await (isFirst ? this.withMicrophone(describe) : describe());
      this.agreed(sdp);
      return answer;
    });
  }

  /**
   * Their answer to our offer.
   * @param {string} sdp
   * @throws {MediaError}
   */
  accept(sdp) {
    return this.turns.take(async () => {
      await this.open().peer.setRemoteDescription({ type: 'answer', sdp });
      this.agreed(sdp);
    });
  }

  /**
   * A candidate that followed their description. One that is of no use harms nothing.
   * @param {RTCIceCandidateInit | null} candidate null: that was the last
   */
  candidate(candidate) {
    return this.turns.take(async () => {
      await this.peer?.addIceCandidate(candidate ?? undefined);
    }).catch(() => {});
  }

  /** Takes back an offer of ours that was refused. */
  withdraw() {
    return this.turns.take(async () => {
      if (this.peer?.signalingState === 'have-local-offer') await this.peer.setLocalDescription({ type: 'rollback' });
    });
  }

  /** @param {boolean} on */
  mute(on) {
    this.isMuted = on;
    this.local.silence(on || this.onHold);
  }

  /**
   * @param {boolean} on
   * @returns {boolean} whether to offer again, so that the other side knows
   */
  hold(on) {
    if (this.onHold === on) return false;
    this.onHold = on;
    this.local.silence(this.isMuted || on);
    if (this.local.camera) this.local.camera.enabled = !on;
    return this.lines !== null;
  }

  /**
   * @param {boolean} on
   * @returns {Promise<boolean>} whether to offer again; nothing is sent any more at once when it goes off
   * @throws {MediaError} there is no camera, or it may not be used
   */
  camera(on) {
    return this.turns.take(async () => {
      if (on && !this.local.camera) await this.local.take({ audio: false, video: true });
      if (!on) this.local.dropCamera();
      this.wantsCamera = on;
      const { lines } = this;
      if (!lines?.audio) return false;
      if (on && !lines.video) lines.add('video');
      await lines.attach();
      this.know({ sendsVideo: lines.sendsVideo }, { streams: true, lacksCamera: false });
      return lines.video !== null && lines.video.currentDirection !== lines.directionOfVideo(this.onHold);
    });
  }

  /**
   * A tone for a menu (RFC 4733), after those that are still sounding.
   * @param {string} key 0 to 9, * or #
   * @returns {boolean} false if the other side knows no tones, or it is no key
   */
  tone(key) {
    const dtmf = this.lines?.audio?.sender.dtmf;
    if (this.isClosed || !dtmf?.canInsertDTMF || !/^[0-9*#]$/.test(key)) return false;
    dtmf.insertDTMF(dtmf.toneBuffer + key, 160, 70);
    return true;
  }

  /**
   * Other devices from now on, also for later calls. A speaker is up to whoever plays the streams.
   * @param {Partial<import('./devices.js').Chosen>} choice
   * @throws {MediaError} the old one stays in use
   */
  use(choice) {
    return this.turns.take(async () => {
      this.devices.choose(choice);
      if ('microphone' in choice && this.local.microphone) await this.local.take({ audio: true, video: false });
      if ('camera' in choice && this.local.camera) await this.local.take({ audio: false, video: true });
      await this.lines?.attach();
      this.changed({ streams: true });
    });
  }

  /** Gives everything back; once is enough, more does no harm. */
  close() {
    if (this.isClosed) return;
    this.ending.abort();
    this.local.stop();
    for (const track of this.remote.getTracks()) {
      track.stop();
      this.remote.removeTrack(track);
    }
    this.peer?.close();
    this.peer = null;
    this.lines = null;
  }

  /** Asks for the microphone, and the camera if it is wanted, once. */
  async take() {
    if (this.local.microphone) return;
    // A relay is looked for while the member is asked. Without one, the browser shall have been allowed the microphone first: before that
    // it names its addresses so that only its own network finds them.
    if (this.configuration.relayOnly) this.connect();
    const missing = await this.local.take({ audio: true, video: this.wantsCamera });
    if (missing) this.wantsCamera = false;
    if (missing) this.changed({ error: missing.code, lacksCamera: true, sendsVideo: false });
  }

  /** @param {() => Promise<string>} describe @returns {Promise<string>} SDP */
  async withMicrophone(describe) {
    // With a picture it is the camera that decides what is said.
    const isAllowed = !this.wantsCamera && !this.local.microphone && this.mayListen();
    const sdp = await whileOpening(this.take(), isAllowed, describe);
    await this.lines?.attach();
    this.changed({ streams: true });
    return sdp;
  }

  /** @returns {Promise<boolean>} whether the browser will not ask */
  async mayListen() {
    return await this.devices.permission?.('microphone') === 'granted';
  }

  /** @returns {Lines} */
  open() {
    if (this.isClosed) throw new MediaError('closed');
    return this.lines ??= new Lines(this.connect(), this.local, this.edges.codecs);
  }

  /** @returns {RTCPeerConnection} */
  connect() {
    if (this.isClosed) throw new MediaError('closed');
    if (this.peer) return this.peer;
    return this.peer = openPeer({
      ...this.configuration, lines: 1 + Number(this.wantsCamera), edges: this.edges, signal: this.ending.signal, found: this.found,
      isPaused: () => this.onHold || this.known.heldByThem, changed: this.changed,
    });
  }

  /**
   * Sets what we say, the way the lines go now, and waits until it can be sent.
   * @param {() => Promise<RTCSessionDescriptionInit>} make
   * @returns {Promise<string>} SDP
   */
  async describe(make) {
    const { peer } = this.open();
    this.open().direct(this.onHold);
    await peer.setLocalDescription(await make());
    await gathered(peer, { relayOnly: this.configuration.relayOnly, timers: this.edges.timers, signal: this.ending.signal });
    return peer.localDescription?.sdp ?? '';
  }

  /**
   * Both sides have said what they do.
   * @param {string} theirs SDP
   */
  agreed(theirs) {
    const lines = this.open();
    lines.forgetRefused();
    const seesVideo = offersVideo(theirs) && /recv/.test(lines.video?.currentDirection ?? '');
    lines.receive(this.remote, { audio: directions(theirs).audio !== null, video: seesVideo });
    void lines.limit();
    this.know({ seesVideo, sendsVideo: lines.sendsVideo, heldByThem: isHeld(theirs) }, { streams: true });
  }

  /**
   * Tells what differs from what was told.
   * @param {Partial<CallMedia['known']>} news
   * @param {Patch} [more]
   */
  know(news, more = {}) {
    const known = { ...this.known, ...news };
    /** @type {Patch} */
    const patch = { ...more };
    for (const key of /** @type {const} */ (['sendsVideo', 'seesVideo', 'heldByThem', 'lacksMicrophone'])) if (known[key] !== this.known[key]) patch[key] = known[key];
    this.known = known;
    if (Object.keys(patch).length > 0) this.changed(patch);
  }

  /** @param {'audio' | 'video'} kind of what was unplugged */
  replace(kind) {
    return this.turns.take(() => unplugged(this, kind));
  }
}
