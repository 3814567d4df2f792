// SPDX-License-Identifier: AGPL-3.0-or-later
// One connection for all tabs. The tab that holds the lock leads: it alone talks to the chat server, and tells the others what
// happens, in order. They show the same, and ask it to do what their member wants. When it goes, the next one has all that it
// needs: the state, and what the connection can be taken up with (XEP-0198).

/** @typedef {import('../model/state.js').Event} Event */
/** @typedef {import('../model/state.js').State} State */

/**
 * @typedef {{ t: 'hello', from: string } | { t: 'snapshot', to: string | null, from: string, seq: number, state: State }
 *   | { t: 'events', from: string, seq: number, events: Event[] }
 *   | { t: 'ask', from: string, id: string, name: string, args: unknown[] } | { t: 'answer', to: string, id: string, value?: unknown, code?: string }
 *   | { t: 'progress', to: string, id: string, part: number }
 *   | { t: 'legacy', from: string, value: unknown } | { t: 'tab', from: string, value: unknown } | { t: 'bye', from: string }
 *   | { t: 'page', from: string, value: unknown } | { t: 'post', to: string, from: string, value: unknown } } Word
 * `legacy`: what a leader leaves to the next. `tab`: what a tab says of itself. `page`: to and from the pages around the frames.
 * `post`: from one tab to one other.
 *
 * @typedef {{ lead: (legacy: unknown) => void, follow: (events: Event[]) => void, show: (state: State) => void, state: () => State,
 *   run: (name: string, args: unknown[], progress: (part: number) => void) => Promise<unknown>,
 *   tab: (from: string, value: unknown) => void, page: (value: unknown) => void,
 *   post?: (from: string, value: unknown) => void }} Part what a tab does in each part
 */

/** How long the next leader waits for what the last one leaves, ms: one that was killed leaves nothing. */
const patience = 200;

/** A command that could not be carried out. */
export class CommandError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.name = 'CommandError';
    this.code = code;
  }
}

export class Tabs {
  /**
   * @param {{ id: string, channel: BroadcastChannel, locks: LockManager | undefined, lock: string, part: Part }} edges
   */
  constructor({ id, channel, locks, lock, part }) {
    this.id = id;
    this.channel = channel;
    this.part = part;
    this.isLeader = false;
    this.isGone = false;
    /** Of the leader's events, the last that this tab has; null before the first snapshot. @type {number | null} */
    this.seq = null;
    /** @type {string | null} */
    this.leader = null;
    /** @type {unknown} */
    this.legacy = null;
    /** @type {Map<string, { name: string, args: unknown[], resolve: (value: any) => void, reject: (error: CommandError) => void, progress: (part: number) => void }>} */
    this.asked = new Map();
    /** @type {Set<string>} other tabs that have spoken */
    this.others = new Set();
    channel.onmessage = ({ data }) => this.hear(data);
    this.say({ t: 'hello', from: id });
    if (!locks) void this.lead();
    else void locks.request(lock, () => this.lead());
  }

  /**
   * Does something as the leader, here or there. Each command may be given twice, to a leader that goes and to the next.
   * @param {string} name
   * @param {unknown[]} args what can be cloned
   * @param {(part: number) => void} [progress]
   * @returns {Promise<any>}
   */
  command(name, args, progress = () => {}) {
    if (this.isLeader) return this.part.run(name, args, progress);
    return new Promise((resolve, reject) => {
      const id = crypto.randomUUID();
      this.asked.set(id, { name, args, resolve, reject, progress });
      this.say({ t: 'ask', from: this.id, id, name, args });
    });
  }

  /** @param {Event[]} events that the leader has applied */
  publish(events) {
    this.seq = (this.seq ?? 0) + 1;
    if (this.others.size > 0) this.say({ t: 'events', from: this.id, seq: this.seq, events });
  }

  /** @param {unknown} value */
  tellTabs(value) {
    this.say({ t: 'tab', from: this.id, value });
  }

  /** @param {unknown} value */
  tellPages(value) {
    this.say({ t: 'page', from: this.id, value });
  }

  /**
   * @param {string} to a tab
   * @param {unknown} value
   */
  post(to, value) {
    this.say({ t: 'post', to, from: this.id, value });
  }

  /**
   * The last word of a tab.
   * @param {unknown} legacy
   */
  leave(legacy) {
    if (this.isGone) return;
    this.isGone = true;
    if (this.isLeader && legacy !== null) this.say({ t: 'legacy', from: this.id, value: legacy });
    this.say({ t: 'bye', from: this.id });
    this.channel.onmessage = null;
    this.channel.close();
    this.release?.();
  }

  /**
   * @returns {Promise<void>} which holds the lock. What the leader before has left may come a moment after its lock.
   */
  async lead() {
    if (this.leader !== null && this.legacy === null) {
      await new Promise((resolve) => {
        this.inherit = () => resolve(undefined);
        setTimeout(resolve, patience);
      });
    }
    if (this.isGone) return;
    const released = new Promise((resolve) => {
      this.release = () => resolve(undefined);
    });
    this.isLeader = true;
    this.leader = this.id;
    this.seq = (this.seq ?? 0) + 1;
    this.part.lead(this.legacy);
    this.legacy = null;
    this.say({ t: 'snapshot', to: null, from: this.id, seq: this.seq, state: this.part.state() });
    for (const [id, { name, args, resolve, reject, progress }] of this.asked) {
      this.asked.delete(id);
      this.part.run(name, args, progress).then(resolve, reject);
    }
    await released;
  }

  /** @param {Word} word */
  hear(word) {
    if ('from' in word && word.t !== 'bye') this.others.add(word.from);
    if ('to' in word && word.to !== null && word.to !== this.id) return;
    switch (word.t) {
      case 'hello':
        if (this.isLeader) this.say({ t: 'snapshot', to: word.from, from: this.id, seq: this.seq ?? 0, state: this.part.state() });
        return;
      case 'snapshot':
        return this.take(word);
      case 'events':
        return this.follow(word);
      case 'ask':
        if (this.isLeader) void this.answer(word);
        return;
      case 'answer':
        return this.answered(word);
      case 'progress':
        return this.asked.get(word.id)?.progress(word.part);
      case 'legacy':
        this.legacy = word.value;
        return this.inherit?.();
      case 'tab':
        return this.part.tab(word.from, word.value);
      case 'page':
        return this.part.page(word.value);
      case 'post':
        return this.part.post?.(word.from, word.value);
      case 'bye':
        this.others.delete(word.from);
        this.part.tab(word.from, null);
    }
  }

  /** @param {Extract<Word, { t: 'snapshot' }>} word */
  take(word) {
    if (this.isLeader) return;
    const isNew = word.from !== this.leader;
    this.leader = word.from;
    this.seq = word.seq;
    this.part.show(word.state);
    if (!isNew) return;
    this.legacy = null;
    for (const [id, { name, args }] of this.asked) this.say({ t: 'ask', from: this.id, id, name, args });
  }

  /** @param {Extract<Word, { t: 'events' }>} word */
  follow(word) {
    if (this.isLeader || this.seq === null || word.from !== this.leader || word.seq <= this.seq) return;
    if (word.seq > this.seq + 1) {
      this.say({ t: 'hello', from: this.id }); // something was missed: the whole state, please
      return;
    }
    this.seq = word.seq;
    this.part.follow(word.events);
  }

  /** @param {Extract<Word, { t: 'ask' }>} word */
  async answer({ from, id, name, args }) {
    try {
      const value = await this.part.run(name, args, (part) => this.say({ t: 'progress', to: from, id, part }));
      this.say({ t: 'answer', to: from, id, value });
    } catch (error) {
      this.say({ t: 'answer', to: from, id, code: error instanceof CommandError ? error.code : 'failed' });
    }
  }

  /** @param {Extract<Word, { t: 'answer' }>} word */
  answered({ id, value, code }) {
    const waiting = this.asked.get(id);
    this.asked.delete(id);
    if (code === undefined) waiting?.resolve(value);
    else waiting?.reject(new CommandError(code));
  }

  /** @param {Word} word */
  say(word) {
    if (!this.isGone || word.t === 'bye' || word.t === 'legacy') this.channel.postMessage(word);
  }
}
