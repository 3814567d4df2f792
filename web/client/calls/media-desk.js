// SPDX-License-Identifier: AGPL-3.0-or-later
// Sound and picture of this tab's calls: opened, asked and closed by word of the leading tab, and closed by itself when no tab has such a
// call any more.

import { isLive } from '../model/calls.js';
import { CommandError } from '../session/tabs.js';

/** @typedef {import('../model/state.js').State} State */
/** @typedef {import('./far-media.js').Patch} Patch */
/** @typedef {{ local: MediaStream | null, remote: MediaStream | null }} Streams */
/**
 * What there is of `CallMedia`.
 * @typedef {{ readonly streams: Streams | null, offer: (how?: { restart?: boolean }) => Promise<string>, answer: (sdp: string) => Promise<string>,
 *   accept: (sdp: string) => Promise<void>, prepare: () => Promise<void>, candidate: (one: RTCIceCandidateInit | null) => Promise<void>,
 *   withdraw: () => Promise<void>, mute: (on: boolean) => void, hold: (on: boolean) => boolean,
 *   camera: (on: boolean) => Promise<boolean>, expect: () => Promise<void>, tone: (key: string) => boolean, close: () => void,
 *   use: (choice: { microphone?: string | null, camera?: string | null }) => Promise<void> }} Media
 * @typedef {{ iceServers: RTCIceServer[], relayOnly: boolean, wanted: { video: boolean }, trickles?: boolean }} Opening `trickles`: addresses that
 *   are found later are told, too
 */

export class MediaDesk {
  /**
   * @param {{ make: (id: string, opening: Opening, changed: (patch: Patch) => void) => Media, report: (call: string, patch: Patch) => void,
   *   shown: (call: string) => void }} edges `report`: to the leading tab. `shown`: streams have come or gone
   */
  constructor(edges) {
    this.edges = edges;
    /** @type {Map<string, Media>} */
    this.open = new Map();
    /** Of calls that ring here, and may be taken up elsewhere: ready to be opened in the same way. @type {Map<string, { media: Media, opening: string }>} */
    this.expected = new Map();
  }

  /**
   * @param {string} call
   * @param {string} verb
   * @param {any[]} args
   * @returns {Promise<unknown>} what can be cloned
   */
  async perform(call, verb, args) {
    if (verb === 'open') return this.begin(call, args[0]);
    if (verb === 'expect') return this.expect(call, args[0]);
    if (verb === 'close') return this.close(call);
    const media = this.open.get(call);
    if (!media) throw new CommandError('tab-closed');
    switch (verb) {
      case 'offer':
        return media.offer(args[0]);
      case 'answer':
        return media.answer(args[0]);
      case 'accept':
        return media.accept(args[0]);
      case 'prepare':
        return media.prepare();
      case 'candidate':
        return media.candidate(args[0]);
      case 'withdraw':
        return media.withdraw();
      case 'mute':
        return media.mute(args[0] === true);
      case 'camera':
        return media.camera(args[0] === true);
      case 'hold':
        return media.hold(args[0] === true);
      case 'tone':
        return media.tone(String(args[0]));
      default:
        throw new CommandError('unknown');
    }
  }

  /**
   * @param {string} call
   * @param {Opening} opening
   */
  begin(call, opening) {
    const expected = this.expected.get(call);
    const isFitting = expected?.opening === JSON.stringify(opening);
    if (isFitting) this.expected.delete(call);
    this.close(call);
    this.open.set(call, expected && isFitting ? expected.media : this.make(call, opening));
  }

  /**
   * @param {string} call that rings here
   * @param {Opening} opening what it is likely to be opened with
   */
  expect(call, opening) {
    this.close(call);
    const media = this.make(call, opening);
    this.expected.set(call, { media, opening: JSON.stringify(opening) });
    return media.expect();
  }

  /**
   * @param {string} call
   * @param {Opening} opening
   */
  make(call, opening) {
    const media = this.edges.make(call, opening, (patch) => {
      if (this.open.get(call) !== media) return;
      if (patch.streams) this.edges.shown(call);
      this.edges.report(call, patch);
    });
    return media;
  }

  /** @param {string} call */
  close(call) {
    this.expected.get(call)?.media.close();
    this.expected.delete(call);
    const media = this.open.get(call);
    if (!media) return;
    this.open.delete(call);
    media.close();
    this.edges.shown(call);
  }

  /** @param {State} state what all tabs show */
  follow(state) {
    for (const call of [...this.open.keys(), ...this.expected.keys()]) if (!state.calls.some((one) => one.id === call && isLive(one))) this.close(call);
  }

  /** @param {string} call */
  streams(call) {
    const media = this.open.get(call);
    return media ? media.streams ?? { local: null, remote: null } : null;
  }

  closeAll() {
    for (const call of [...this.open.keys(), ...this.expected.keys()]) this.close(call);
  }
}
