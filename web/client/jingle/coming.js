// SPDX-License-Identifier: AGPL-3.0-or-later
// A call that comes by Jingle: proposed by a message (XEP-0353), taken up by another, then begun by the caller's app (XEP-0166).

import { coded } from '../calls/far-media.js';
import { CommandError } from '../session/tabs.js';
import { descriptionOf } from './from-jingle.js';
import { JingleLine, longestConnecting } from './line.js';
import { contentsOf } from './to-jingle.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('../model/calls.js').Reason} Reason */

/** A proposal that nobody takes back, ms. */
const longestRinging = 120_000;

export class ComingLine extends JingleLine {
  /**
   * @param {string} id
   * @param {{ peer: string, sid: string, proposer: string, relayOnly: boolean, canAnswer: boolean }} call `proposer`: the full address of the app that
   *   has proposed it
   * @param {import('./line.js').Edges} edges
   */
  constructor(id, { canAnswer, proposer, ...call }, edges) {
    super(id, { ...call, direction: 'in' }, edges);
    this.canAnswer = canAnswer;
    this.proposer = proposer;
    this.deadlines.set('ring', longestRinging, () => this.end('missed', false));
  }

  /**
   * Taken up in a tab. Without a microphone it rings on.
   * @param {string} tab
   * @param {import('./line.js').Opening} opening
   */
  async answer(tab, opening) {
    if (this.tab !== null || this.isOver) throw new CommandError('answered-elsewhere');
    if (!this.canAnswer) throw new CommandError('not-ready');
    this.edges.news({ is: 'preparing', tab });
    try {
      await this.prepare(tab, opening);
    } catch (error) {
      void this.edges.ask(tab, 'close').catch(() => undefined);
      this.tab = null;
      this.edges.news({ is: 'unprepared' });
      throw coded(error);
    }
    if (this.isOver) {
      void this.edges.ask(tab, 'close').catch(() => undefined);
      throw new CommandError('they-hung-up');
    }
    this.deadlines.clear('ring');
    this.isAnswered = true;
    this.say('proceed', undefined, this.proposer);
    this.edges.news({ is: 'answered' });
    this.deadlines.set('connect', longestConnecting, () => this.end('no-path'));
  }

  rings() {
    this.say('ringing', undefined, this.proposer);
  }

  /** @override @param {import('../model/jingle-words.js').Word} word */
  heard(word) {
    if (word.is === 'retract') this.end(this.isAnswered ? 'they-hung-up' : 'missed', false);
    else if (word.is === 'finish') this.end('they-hung-up', this.isAnswered);
  }

  /** @override @param {string} from @param {Tree} jingle */
  opens(from, jingle) {
    // Only the app that has proposed it was told to begin.
    if (this.app !== null || !this.isAnswered || from !== this.proposer) return false;
    this.app = from;
    void this.begun(jingle);
    return true;
  }

  /** @param {Tree} jingle */
  async begun(jingle) {
    try {
      const { sdp, contents } = descriptionOf(jingle, 'initiator');
      this.ways.contents = contents;
      this.ways.theirs = jingle;
      const answer = await this.media('answer', [sdp]);
      if (this.isOver) return;
      await this.request('session-accept', contentsOf(answer, { by: 'responder', contents }), { responder: null });
      this.ways.said(answer);
    } catch (error) {
      this.failed(error);
    }
  }

  /**
   * A call that nobody has taken up here may ring on elsewhere: only who declines says so for all devices.
   * @override @param {Reason} reason
   */
  tellUnanswered(reason) {
    if (reason === 'declined') this.say('reject', 'busy');
  }
}
