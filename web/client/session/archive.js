// SPDX-License-Identifier: AGPL-3.0-or-later
// Questions to archives (XEP-0313): the member's own, and rooms'. Results come as messages of their own before the answer.

import { bare } from '../model/address.js';
import * as names from '../model/names.js';
import { archivePage } from '../model/outgoing.js';
import { checkedId } from '../model/said.js';
import { child, text } from '../xmpp/xml.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {{ results: Tree[], first: string | null, last: string | null, complete: boolean }} Page */

/** As many as the server gives at once. */
export const pageSize = 50;

export class Archive {
  /** @param {{ ask: (tree: Tree) => Promise<Tree> }} wire */
  constructor(wire) {
    this.wire = wire;
    this.count = 0;
    /** @type {Map<string, { by: string, results: Tree[] }>} */
    this.open = new Map();
  }

  /**
   * A result that somebody here waits for?
   * @param {Tree} message
   * @param {string} me bare
   */
  takes(message, me) {
    const result = child(message, 'result', names.archive);
    if (!result) return false;
    const waiting = this.open.get(result.attrs.queryid ?? '');
    if (waiting && (bare(message.attrs.from) || me) === (waiting.by || me) && waiting.results.length < 2 * pageSize) waiting.results.push(result);
    return true;
  }

  /**
   * @param {Omit<Parameters<typeof archivePage>[0], 'queryid' | 'max'> & { max?: number }} what
   * @returns {Promise<Page>} oldest first
   */
  async page(what) {
    this.count += 1;
    const queryid = `page-${this.count}`;
    /** @type {Tree[]} */
    const results = [];
    this.open.set(queryid, { by: what.to ?? '', results });
    try {
      const answer = await this.wire.ask(archivePage({ max: pageSize, ...what, queryid }));
      const fin = child(answer, 'fin', names.archive);
      const set = child(fin, 'set', names.paging);
      /** @param {string} name */
      const edge = (name) => checkedId(text(child(set, name, names.paging)) || undefined);
      return { results, first: edge('first'), last: edge('last'), complete: fin?.attrs.complete === 'true' || results.length === 0 };
    } finally {
      this.open.delete(queryid);
    }
  }
}
