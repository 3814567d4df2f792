// SPDX-License-Identifier: AGPL-3.0-or-later
// Holds the lease of this browser's web session: does what the plan (`leasing.js`) says, with the portal and a clock.

import { leaseAfter, noLease, patience } from './leasing.js';
import { PortalError } from './portal.js';

/** @typedef {import('./leasing.js').Lease} LeaseState */
/** @typedef {import('./leasing.js').News} News */
/** @typedef {import('./leasing.js').Todo} Todo */

export class Lease {
  /**
   * @param {{ portal: import('./portal.js').Portal, random: () => number, askPage: (why: 'start' | 'renew') => void,
   *   changed: (lease: LeaseState, before: LeaseState) => void }} edges
   */
  constructor({ portal, random, askPage, changed }) {
    this.portal = portal;
    this.random = random;
    this.askPage = askPage;
    this.changed = changed;
    this.state = noLease;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.dueAt = 0;
    this.isStopped = false;
  }

  /** @param {News} news */
  tell(news) {
    if (this.isStopped) return;
    const before = this.state;
    this.state = leaseAfter(before, news, this.random);
    if (this.state === before) return;
    if (this.state.todo !== before.todo) this.begin(this.state.todo);
    this.changed(this.state, before);
  }

  /** Back from sleep, or online again: what waits for a clock may be due. */
  nudge() {
    const { todo, tries } = this.state;
    if (todo?.do === 'wait' && (tries > 0 || Date.now() >= this.dueAt)) this.begin({ ...todo, ms: 0 });
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** @param {Todo} todo */
  begin(todo) {
    clearTimeout(this.timer);
    if (todo === null) return;
    if (todo.do === 'wait') {
      this.dueAt = Date.now() + todo.ms;
      this.timer = setTimeout(() => {
        this.state = { ...this.state, todo: todo.then };
        this.begin(todo.then);
      }, todo.ms);
    } else if (todo.do === 'ticket') {
      this.askPage(todo.why);
      this.timer = setTimeout(() => this.tell({ type: 'unanswered' }), patience);
    } else {
      void this.ask(todo);
    }
  }

  /** @param {Exclude<Todo, null>} todo */
  async ask(todo) {
    /** @type {News} */
    let news;
    try {
      if (todo.do === 'ask') {
        const body = { renew: todo.renew, ...(todo.ticket === null ? {} : { ticket: todo.ticket }) };
        news = { type: 'granted', grant: await this.portal.call('POST', 'web-session', body), renewed: todo.renew };
      } else {
        const { address, services } = await this.portal.get('session');
        news = { type: 'session', address, services };
      }
    } catch (error) {
      const { status, code } = error instanceof PortalError ? error : new PortalError(0, 'unreachable');
      news = { type: 'failed', status, code };
    }
    if (this.state.todo === todo) this.tell(news); // else something else has become more important meanwhile
  }
}
