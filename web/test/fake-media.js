// SPDX-License-Identifier: AGPL-3.0-or-later
// A browser's media, as far as a call can tell: tracks that end, a peer connection that is told what to find, time that passes when told.
// It counts who listens, so that a test sees what is left.

class Counted extends EventTarget {
  /** What a signal ends, node takes away by removeEventListener too. */
  listening = 0;
  /** @param {string} name @param {any} listener @param {any} [options] */
  addEventListener(name, listener, options) {
    if (options?.signal?.aborted) return;
    this.listening += 1;
    super.addEventListener(name, listener, options);
  }

  /** @param {string} name @param {any} listener */
  removeEventListener(name, listener) {
    this.listening -= 1;
    super.removeEventListener(name, listener);
  }
}

export class FakeTrack extends Counted {
  readyState = 'live';
  enabled = true;
  /** @param {string} kind */
  constructor(kind) {
    super();
    this.kind = kind;
  }

  stop() {
    this.readyState = 'ended';
  }

  /** As when it is pulled out. */
  unplug() {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }
}

export class FakeStream {
  /** @type {Set<any>} */
  tracks = new Set();
  getTracks() {
    return [...this.tracks];
  }

  /** @param {any} track */
  addTrack(track) {
    this.tracks.add(track);
  }

  /** @param {any} track */
  removeTrack(track) {
    this.tracks.delete(track);
  }
}

/** Hands tracks out when allowed to. */
export class FakeDevices {
  /** @type {FakeTrack[]} */
  handed = [];
  /** @type {any[]} */
  asked = [];
  /** @type {any[]} */
  refusals = [];
  /** @type {Promise<void>} */
  allowed = Promise.resolve();

  /** @param {any} wanted @returns {Promise<any>} */
  async get(wanted) {
    this.asked.push(wanted);
    await this.allowed;
    const refusal = this.refusals.shift();
    if (refusal) throw refusal;
    const stream = new FakeStream();
    for (const kind of ['audio', 'video']) if (wanted[kind]) stream.addTrack(new FakeTrack(kind));
    this.handed.push(...stream.tracks);
    return stream;
  }

  choose() {}

  /** @type {Set<() => void>} */
  listeners = new Set();
  /** @param {string} name @param {() => void} listener */
  on(name, listener) {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

class FakeTransceiver {
  /** @type {any} */
  currentDirection = null;
  way = 'sendrecv';
  get direction() {
    return this.way;
  }
  set direction(way) {
    if (this.currentDirection === 'stopped') throw new DOMException('it is stopped', 'InvalidStateError');
    this.way = way;
  }
  /** @param {string} kind */
  constructor(kind) {
    this.kind = kind;
    this.receiver = { track: new FakeTrack(kind) };
    this.sender = {
      track: /** @type {any} */ (null), replaceTrack: async (/** @type {any} */ track) => void (this.sender.track = track),
      getParameters: () => ({ encodings: [] }), dtmf: kind === 'audio' ? new FakeTones() : null,
    };
  }

  setCodecPreferences() {}
}

class FakeTones {
  canInsertDTMF = true;
  toneBuffer = '';
  /** @param {string} tones */
  insertDTMF(tones) {
    this.toneBuffer = tones;
  }
}

export class FakePeer extends Counted {
  /** @type {FakePeer[]} */
  static made = [];
  /** @type {FakeTransceiver[]} */
  transceivers = [];
  /** @type {string[]} in which order it was told what */
  told = [];
  /** @type {any} */
  localDescription = null;
  currentRemoteDescription = null;
  iceGatheringState = 'new';
  signalingState = 'stable';
  connectionState = 'new';
  stats = new Map();

  /** @param {any} configuration */
  constructor(configuration) {
    super();
    this.configuration = configuration;
    FakePeer.made.push(this);
  }

  /** @param {string} kind */
  addTransceiver(kind) {
    this.transceivers.push(new FakeTransceiver(kind));
    return this.transceivers.at(-1);
  }

  getTransceivers() {
    return this.transceivers;
  }

  restartIce() {
    this.told.push('restart');
  }

  async createOffer() {
    this.told.push('createOffer');
    return { type: 'offer' };
  }

  async createAnswer() {
    this.told.push('createAnswer');
    return { type: 'answer' };
  }

  /** @param {any} description */
  async setLocalDescription({ type }) {
    if (type === 'rollback') {
      this.signalingState = 'stable';
      this.told.push('rollback');
      return;
    }
    const lines = this.transceivers.map((one) => `m=${one.kind} 9 X 0\r\na=${one.direction}\r\n`);
    this.localDescription = { type, sdp: `v=0\r\n${lines.join('')}` };
    this.signalingState = type === 'offer' ? 'have-local-offer' : 'stable';
    this.told.push(`local ${type}`);
    for (const one of this.transceivers) if (type === 'answer') one.currentDirection = one.direction;
  }

  /** @param {any} description */
  async setRemoteDescription({ type, sdp }) {
    if (sdp.includes('nonsense')) throw new TypeError('nonsense');
    this.told.push(`remote ${type}`);
    this.signalingState = type === 'offer' ? 'have-remote-offer' : 'stable';
    const refused = (/** @type {string} */ kind) => type === 'answer' && sdp.includes(`m=${kind} 0 `);
    for (const [, kind] of sdp.matchAll(/^m=(audio|video)/gm)) {
      if (type === 'offer' && !this.transceivers.some((one) => one.kind === kind)) this.transceivers.push(new FakeTransceiver(kind));
    }
    for (const one of this.transceivers) if (type === 'answer') one.currentDirection = refused(one.kind) ? 'stopped' : one.direction;
  }

  async getStats() {
    return this.stats;
  }

  /** One address for each line. */
  find(address = '192.0.2.1', type = 'host') {
    const line = `a=candidate:1 1 udp 1 ${address} 4000 typ ${type}\r\n`;
    this.localDescription.sdp = this.localDescription.sdp.replace(/(m=.*\r\n(?:(?!m=).*\r\n)*)/g, `$1${line}`);
    this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: { candidate: line.slice(2) } }));
  }

  /** @param {string} state */
  become(state) {
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }

  close() {
    this.connectionState = 'closed';
    this.told.push('close');
  }
}

export class FakeTime {
  at = 0;
  /** @type {Set<{ run: () => void, at: number }>} */
  waiting = new Set();
  now = () => this.at;
  timers = {
    set: (/** @type {() => void} */ run, /** @type {number} */ ms) => {
      const timer = { run, at: this.at + ms };
      this.waiting.add(timer);
      return timer;
    },
    clear: (/** @type {any} */ timer) => void this.waiting.delete(timer),
  };

  /** @param {number} ms */
  async pass(ms) {
    this.at += ms;
    for (const timer of [...this.waiting]) if (timer.at <= this.at && this.waiting.delete(timer)) timer.run();
    await turns();
  }
}

/** Lets everything happen that waits for no time. */
export async function turns() {
  for (let count = 0; count < 50; count += 1) await Promise.resolve();
}

export class FakePage extends Counted {}
