// SPDX-License-Identifier: AGPL-3.0-or-later
// The ways on which a call by Jingle goes (XEP-0176): those that are found after both have described themselves, and, when the network
// is another one, all of them anew, by whichever side begins (section 5.8). Who begins names new words of proof and no address yet;
// whoever answers names theirs, with addresses. Conversations tells the two apart by that.

import * as names from '../model/names.js';
import { child, el } from '../xmpp/xml.js';
import { candidateOf } from './candidate.js';
import { candidatesIn, descriptionOf } from './from-jingle.js';
import { contentsOf, transportsIn } from './to-jingle.js';
import { hasCandidates, hasOther, setupOf, withTransports } from './transports.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('./from-jingle.js').Role} Role */
/** @typedef {import('./from-jingle.js').Offered} Offered */

/** What is kept of what comes before its time. */
const mostEarly = 60;
/** They may begin anew so many times within so long (ms): each time the browser asks the relay for more. */
const often = { times: 6, within: 60_000 };

export class Ways {
  /**
   * @param {{ roles: { ours: Role, theirs: Role }, chance: () => string, now: () => number, media: (verb: string, args?: unknown[]) => Promise<any>,
   *   isOver: () => boolean, tell: (contents: Tree[]) => Promise<void> }} edges `tell`: by `transport-info`; rejects if they do not take it
   */
  constructor(edges) {
    this.edges = edges;
    /**
     * What their app said of itself last.
     * @type {Tree | null}
     */
    this.theirs = null;
    /**
     * What the contents are called, in their order.
     * @type {string[]}
     */
    this.contents = [];
    /**
     * The same, of an offer of ours.
     * @type {Offered[] | null}
     */
    this.offered = null;
    /**
     * What we said of ourselves last, once they have it.
     * @type {string | null}
     */
    this.ours = null;
    /**
     * What was found of ways to us meanwhile.
     * @type {RTCIceCandidateInit[]}
     */
    this.waiting = [];
    /**
     * What was told of ways to them meanwhile.
     * @type {Tree[]}
     */
    this.early = [];
    /** Whether we have begun anew, and they have not answered that yet. */
    this.isBegun = false;
    /** How many times they began anew and were answered. */
    this.round = 0;
    /** Whether they are being told so, and have not said that they heard it. */
    this.isTelling = false;
    /**
     * Who begins DTLS there, once it is agreed (RFC 5763, section 5): it stays so.
     * @type {string | null}
     */
    this.setup = null;
    /**
     * Times at which they began anew.
     * @type {number[]}
     */
    this.recent = [];
  }

  /** @param {Offered[]} offered */
  offers(offered) {
    this.offered = offered;
    this.contents = offered.map(({ name }) => name);
    return this;
  }

  // ---- ways to them ----

  /**
   * @param {Tree} jingle `transport-info`
   * @returns {import('./jingle.js').Answer}
   */
  take(jingle) {
    if (this.theirs === null) {
      if (this.early.length < mostEarly) this.early.push(jingle);
      return 'ok';
    }
    if (!hasOther(this.theirs, jingle)) {
      for (const candidate of candidatesIn(jingle, this.contents)) void this.edges.media('candidate', [candidate]).catch(() => undefined);
      return 'ok';
    }
    if (this.isBegun && hasCandidates(jingle)) {
      void this.agreed(jingle);
      return 'ok';
    }
    // Both have begun: whoever has called goes before (XEP-0166, section 7.2.16).
    if (this.isBegun && this.edges.roles.ours === 'initiator') return 'tie-break';
    const now = this.edges.now();
    this.recent = this.recent.filter((at) => now - at <= often.within);
    if (this.recent.length >= often.times) return 'too-often';
    this.recent.push(now);
    void this.answer(jingle);
    return 'ok';
  }

  /** What was told before they had described themselves. */
  catchUp() {
    const { early } = this;
    this.early = [];
    for (const one of early) this.take(one);
  }

  /**
   * They have begun anew, and are told our ways.
   * @param {Tree} jingle
   */
  async answer(jingle) {
    const before = this.ours;
    this.isBegun = false;
    this.round += 1;
    try {
      const sdp = this.changed(jingle, 'actpass');
      this.ours = null; // what is found from here on waits for the answer
      const answer = await this.edges.media('answer', [sdp]);
      await this.tellAll(answer, true);
      this.said(answer);
    } catch {
      // What was agreed before holds as far as it goes; if nothing comes through, the call ends by that.
      this.ours ??= before;
    }
  }

  // ---- ways to us ----

  /**
   * They have this description of ours, with the ways that were known then.
   * @param {string} sdp
   */
  said(sdp) {
    if (this.edges.isOver()) return; // it may have ended while they were told
    if (this.edges.roles.ours === 'responder') this.setup ??= /^a=setup:passive/m.test(sdp) ? 'active' : 'passive';
    this.ours = sdp;
    const { waiting } = this;
    this.waiting = [];
    for (const one of waiting) this.tell(one);
  }

  /** @param {RTCIceCandidateInit} found */
  tell(found) {
    if (this.ours === null) {
      if (this.waiting.length < mostEarly) this.waiting.push(found);
      return;
    }
    const line = found.candidate ?? '';
    const name = this.contents[found.sdpMLineIndex ?? -1];
    const way = transportsIn(this.ours)[found.sdpMLineIndex ?? -1];
    const candidate = line === '' || this.ours.split(/\r?\n/).includes(`a=${line}`) ? null : candidateOf(line, this.edges.chance());
    // One of before ICE was started again is of no use.
    if (!candidate || name === undefined || !way?.ufrag || (found.usernameFragment && found.usernameFragment !== way.ufrag)) return;
    this.edges.tell([el('content', { creator: 'initiator', name }, el('transport', { xmlns: names.jingleIce, ...way }, candidate))]).catch(() => undefined);
  }

  /** Looks for ways anew, on both sides. An app that cannot do so says so, or nothing: then what was agreed before holds, as far as it goes. */
  async restart() {
    const { ours, round } = this;
    if (ours === null || this.theirs === null || this.isTelling) return;
    // Theirs may come meanwhile, and be answered in place of ours.
    const isOurs = () => this.round === round;
    this.isTelling = true;
    this.isBegun = true;
    this.ours = null;
    try {
      const offer = await this.edges.media('offer', [{ restart: true }]);
      if (isOurs()) await this.tellAll(offer, false);
      if (isOurs()) await this.tellAll(offer, true);
      if (isOurs()) this.said(offer);
    } catch {
      if (isOurs()) this.ours ??= ours;
      if (this.isBegun) await this.edges.media('withdraw').catch(() => undefined);
      this.isBegun = false;
    } finally {
      this.isTelling = false;
    }
  }

  /**
   * Their ways, after we have begun anew.
   * @param {Tree} jingle
   */
  async agreed(jingle) {
    this.isBegun = false;
    try {
      await this.edges.media('accept', [this.changed(jingle, this.setup ?? setupOf(this.theirs))]);
    } catch {
      // As above.
    }
  }

  // ---- pieces ----

  /**
   * Their description with other ways.
   * @param {Tree} jingle
   * @param {string} setup what they say of who begins DTLS
   * @returns {string} SDP
   * @throws {import('./failure.js').JingleError}
   */
  changed(jingle, setup) {
    if (this.edges.roles.theirs === 'responder') this.setup ??= setupOf(this.theirs);
    const theirs = withTransports(/** @type {Tree} */ (this.theirs), jingle, setup);
    const { sdp } = descriptionOf(theirs, this.edges.roles.theirs, this.offered);
    this.theirs = theirs;
    return sdp;
  }

  /**
   * @param {string} sdp
   * @param {boolean} withCandidates
   */
  async tellAll(sdp, withCandidates) {
    if (this.edges.isOver()) return;
    const contents = contentsOf(sdp, { by: this.edges.roles.ours, contents: this.contents }).filter(({ name }) => name === 'content');
    await this.edges.tell(contents.map((one) => {
      const transport = child(one, 'transport', names.jingleIce);
      return el('content', { creator: 'initiator', name: one.attrs.name }, withCandidates ? transport : transport && el('transport', transport.attrs));
    }));
  }
}
