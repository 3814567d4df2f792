// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import { CommandError, Tabs } from '../client/session/tabs.js';

/** All channels of one browser. What is said arrives later, in order, everywhere else. */
class Air {
  constructor() {
    /** @type {Set<any>} */
    this.channels = new Set();
    /** @type {{ to: any, data: any }[]} */
    this.waiting = [];
    this.isQuiet = false;
  }

  channel() {
    const channel = {
      onmessage: /** @type {any} */ (null),
      postMessage: (/** @type {any} */ data) => {
        for (const to of this.channels) if (to !== channel) this.waiting.push({ to, data: structuredClone(data) });
      },
      close: () => void this.channels.delete(channel),
    };
    this.channels.add(channel);
    return channel;
  }

  async settle() {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.waiting.shift();
      if (!next && this.isQuiet) return;
      this.isQuiet = !next;
      next?.to.onmessage?.({ data: next.data });
    }
  }
}

/** The lock: the first who asks has it until they let go. */
class Locks {
  constructor() {
    /** @type {(() => Promise<void>)[]} */
    this.queue = [];
    this.isTaken = false;
  }

  /** @param {string} _name @param {() => Promise<void>} held */
  async request(_name, held) {
    this.queue.push(held);
    if (this.isTaken) return;
    this.isTaken = true;
    for (let next = this.queue.shift(); next; next = this.queue.shift()) await next();
    this.isTaken = false;
  }
}

/** @param {Air} air @param {Locks} locks @param {string} id */
function tab(air, locks, id) {
  const one = {
    id, state: /** @type {any} */ ([]), done: /** @type {any[]} */ ([]), legacy: /** @type {any} */ (undefined), tabs: /** @type {Tabs} */ (/** @type {unknown} */ (null)),
    /** @param {any[]} events */
    emit(events) {
      one.state = [...one.state, ...events];
      one.tabs.publish(events);
    },
  };
  one.tabs = new Tabs({
    id, channel: /** @type {any} */ (air.channel()), locks: /** @type {any} */ (locks), lock: 'x',
    part: {
      lead: (legacy) => void (one.legacy = legacy),
      follow: (events) => void (one.state = [...one.state, ...events]),
      show: (state) => void (one.state = state),
      state: () => one.state,
      run: async (name, args, progress) => {
        if (name === 'fail') throw new CommandError('because');
        progress(0.5);
        one.done.push(args[0]);
        if (!one.state.includes(args[0])) one.emit([args[0]]);
        return args[0];
      },
      tab: () => {}, page: () => {},
    },
  });
  return one;
}

test('One leads; the others show the same, and have it do what they are asked', async () => {
  const air = new Air();
  const locks = new Locks();
  const [a, b] = [tab(air, locks, 'a'), tab(air, locks, 'b')];
  await air.settle();
  assert.deepEqual([a.tabs.isLeader, b.tabs.isLeader], [true, false]);
  a.emit([1, 2]);
  const c = tab(air, locks, 'c');
  await air.settle();
  /** @type {number[]} */
  const parts = [];
  const sent = c.tabs.command('send', [3], (part) => parts.push(part));
  await air.settle();
  assert.equal(await sent, 3);
  assert.deepEqual([a.state, b.state, c.state, parts], [[1, 2, 3], [1, 2, 3], [1, 2, 3], [0.5]]);
  const failing = assert.rejects(b.tabs.command('fail', []), { code: 'because' });
  await air.settle();
  await failing;
});

test('When the leader goes, the next has its legacy and does what nobody answered, once', async () => {
  const air = new Air();
  const locks = new Locks();
  const [a, b, c] = [tab(air, locks, 'a'), tab(air, locks, 'b'), tab(air, locks, 'c')];
  await air.settle();
  a.emit([1]);
  const inTime = b.tabs.command('send', [2]);
  await air.settle();
  await inTime;
  const late = c.tabs.command('send', [3]);
  a.tabs.leave({ saved: 'stream' }); // before it hears the question
  await air.settle();
  assert.equal(await late, 3);
  assert.deepEqual([b.tabs.isLeader, b.legacy, b.state, c.state], [true, { saved: 'stream' }, [1, 2, 3], [1, 2, 3]]);
  b.tabs.leave(null); // and leaves nothing
  while (!c.tabs.isLeader) await air.settle();
  assert.deepEqual([c.tabs.isLeader, c.legacy, c.state], [true, null, [1, 2, 3]]);
});

test('Who missed something asks for all of it', async () => {
  const air = new Air();
  const locks = new Locks();
  const [a, b] = [tab(air, locks, 'a'), tab(air, locks, 'b')];
  await air.settle();
  a.emit([1]);
  air.waiting = []; // frozen for a while
  a.emit([2]);
  await air.settle();
  assert.deepEqual(b.state, [1, 2]);
});
