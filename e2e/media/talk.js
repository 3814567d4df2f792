// SPDX-License-Identifier: AGPL-3.0-or-later
// Two ends of a call in one page, each the client's own CallMedia, and what the test wants to know of them.

import { CallMedia } from '/client/media/call-media.js';
import { Devices } from '/client/media/devices.js';
import { iceServers } from '/client/media/ice.js';
import { play } from '/client/media/play.js';
import { Ring } from '/client/media/ring.js';

const peers = [];
class WatchedPeer extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    this.listening = 0;
    peers.push(this);
  }
  addEventListener(name, listener, options) {
    if (!options?.signal?.aborted) this.listening += 1;
    options?.signal?.addEventListener('abort', () => { this.listening -= 1; });
    super.addEventListener(name, listener, options);
  }
  removeEventListener(name, listener, options) {
    this.listening -= 1;
    super.removeEventListener(name, listener, options);
  }
}
// Every track that was ever handed out.
const handed = [];
const take = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  window.asked = wanted;
  await window.beforeCapture?.();
  const stream = await take(wanted);
  handed.push(...stream.getTracks());
  return stream;
};

export class Side {
  constructor(name, { video = false, turn = null, relayOnly = false } = {}) {
    this.name = name;
    this.heard = [];
    this.state = {};
    this.devices = new Devices();
    this.element = document.createElement('video');
    this.media = new CallMedia({
      id: name, iceServers: iceServers(turn), relayOnly, wanted: { video }, devices: this.devices,
      changed: (patch) => { this.heard.push(patch); Object.assign(this.state, patch); if (patch.streams) void this.play(); },
      edges: { ...edges(), RTCPeerConnection: WatchedPeer },
    });
  }
  async play() { this.playing = await play(this.element, this.media.streams?.remote ?? null, this.devices.chosen.speaker); }
  get peer() { return this.media.peer; }
  async stats(type, kind) {
    const all = [...(await this.peer.getStats()).values()];
    return all.filter((one) => one.type === type && (!kind || one.kind === kind));
  }
  async received(kind) {
    const [one] = await this.stats('inbound-rtp', kind);
    return one ? { bytes: one.bytesReceived, energy: one.totalAudioEnergy, frames: one.framesDecoded } : { bytes: 0, energy: 0, frames: 0 };
  }
}

function edges() {
  return {
    MediaStream, codecs: (kind) => RTCRtpReceiver.getCapabilities(kind).codecs,
    timers: { set: (run, ms) => setTimeout(run, ms), clear: (timer) => clearTimeout(timer) },
    now: () => performance.now(), page: window, network: null,
  };
}

/** The caller's offer to the other, and the answer back, also in mid-call. */
async function negotiate(from, to, how) {
  const offer = await from.media.offer(how);
  const answer = await to.media.answer(offer);
  await from.media.accept(answer);
  return { offer, answer };
}

async function until(condition, what, ms = 8000) {
  const end = performance.now() + ms;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > end) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function more(side, kind, key) {
  const before = (await side.received(kind))[key] ?? 0;
  return until(async () => ((await side.received(kind))[key] ?? 0) > before, `more ${key} of ${kind} at ${side.name}`);
}

async function call(options = {}, answerOptions = {}) {
  const a = new Side('a', options);
  const b = new Side('b', answerOptions);
  const said = await negotiate(a, b);
  await until(() => a.state.connection === 'connected' && b.state.connection === 'connected', 'both connected');
  return { a, b, ...said };
}

/** Whether it becomes silent, for longer than from one beep of the fake microphone, which beeps once a second, to the next. */
async function quiet(side) {
  return until(async () => {
    const before = await side.received('audio');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    return (await side.received('audio')).energy - before.energy < 1e-4;
  }, `silence at ${side.name}`);
}

/** What was only kept for `left`. */
function forget() {
  const was = left();
  if (was.open + was.tracks + was.listening > 0) throw new Error(`still there: ${JSON.stringify(was)}`);
  peers.length = 0;
  handed.length = 0;
}

function left() {
  return {
    tracks: handed.filter((track) => track.readyState === 'live').length,
    open: peers.filter((peer) => peer.connectionState !== 'closed').length,
    listening: peers.map((peer) => peer.listening).filter((count) => count !== 0).length,
  };
}

Object.assign(window, { Side, Ring, Devices, negotiate, until, more, quiet, forget, call, left });
