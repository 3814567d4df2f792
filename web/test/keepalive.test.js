// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { KeepAlive } from '../client/xmpp/keepalive.js';

/** A clock that goes on as told, with its timers. */
function stage() {
  const timers = new Map();
  const at = { now: 0, asked: [], gone: 0 };
  const life = new KeepAlive({
    now: () => at.now,
    timers: {
      set: (run, after) => {
        const timer = Symbol('timer');
        timers.set(timer, { run, due: at.now + after });
        return timer;
      },
      clear: (timer) => void timers.delete(timer),
    },
    ask: (timeout) => {
      at.asked.push([at.now, timeout]);
      return new Promise((_, fail) => timers.set(Symbol('ask'), { run: fail, due: at.now + timeout }));
    },
    gone: () => {
      at.gone = at.now;
      life.stop();
    },
  });
  const go = async (/** @type {number} */ until) => {
    for (;;) {
      const [next] = [...timers].filter(([, { due }]) => due <= until).sort(([, a], [, b]) => a.due - b.due);
      if (!next) break;
      timers.delete(next[0]);
      at.now = next[1].due;
      next[1].run();
      await Promise.resolve().then(() => {}).then(() => {});
    }
    at.now = until;
  };
  return { life, at, go };
}

test('who says nothing for a minute is asked, and given up when there is no answer', async () => {
  const { life, at, go } = stage();
  life.start();
  await go(1_000);
  life.hear();
  await go(60_900);
  assert.deepEqual(at.asked, []);
  await go(80_000);
  assert.deepEqual(at.asked, [[61_000, 15_000]]);
  assert.equal(at.gone, 76_000);
});

test('what is sent and not answered is found out within seconds', async () => {
  const { life, at, go } = stage();
  life.start();
  await go(2_000);
  life.said();
  life.said();
  await go(20_000);
  assert.deepEqual(at.asked, [[10_000, 5_000]]);
  assert.equal(at.gone, 15_000);
});

test('that what came before was answered does not hide it', async () => {
  const { life, at, go } = stage();
  life.start();
  await go(2_000);
  life.said();
  await go(2_100);
  life.hear();
  await go(4_000);
  life.said();
  await go(30_000);
  assert.deepEqual([at.asked, at.gone], [[[12_000, 5_000]], 17_000]);
});

test('whoever answers is not asked', async () => {
  const { life, at, go } = stage();
  life.start();
  await go(2_000);
  life.said();
  await go(3_000);
  life.hear();
  await go(50_000);
  assert.deepEqual([at.asked, at.gone], [[], 0]);
});
