// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import { apply, applyAll, nothing } from '../client/model/state.js';
import { after, arrival, long } from './fixtures/states.js';

/** @typedef {import('../client/model/state.js').Arrival} Arrival */
/** @typedef {import('../client/model/state.js').Event} Event */
/** @typedef {import('../client/model/state.js').State} State */

const bob = 'bob@example.social';

/** @param {Arrival[]} list @param {'before' | 'after'} [place] @returns {Event} */
const messages = (list, place = 'after') => ({ type: 'messages', address: bob, kind: 'chat', list, place });
/** @param {State} state */
const texts = (state) => state.conversations[bob].messages.map((one) => one.text);

/** A generator whose numbers are the same in every run. @param {number} seed */
function random(seed) {
  let now = seed;
  return () => {
    now = (now * 1664525 + 1013904223) % 4294967296;
    return now / 4294967296;
  };
}

/** What the server has: so many messages within few seconds, every third ours. @param {number} count @param {() => number} chance */
function archive(count, chance) {
  let at = 1_000_000;
  return Array.from({ length: count }, (_, nth) => {
    at += chance() < 0.6 ? 0 : 1000;
    return arrival({ archiveId: `x${(nth * 7919) % 10007}`, id: `m${nth}`, text: `${nth}`, mine: nth % 3 === 0, at });
  });
}

test('Whatever order pages, live messages, echoes and repetitions come in, each message is there once and in the archive’s order', () => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const chance = random(seed);
    const all = archive(40, chance);
    const start = 10 + Math.floor(chance() * 20);
    let state = nothing;
    let oldest = start;
    let newest = start;
    let position = start - 1; // the last that is known from the archive
    let heard = 0;
    while (oldest > 0 || newest < all.length) {
      const dice = chance();
      if (dice < 0.25 && oldest > 0) { // a page back, which may overlap
        const from = Math.max(0, oldest - 1 - Math.floor(chance() * 8));
        state = apply(state, messages(all.slice(from, oldest + Math.floor(chance() * 3)).slice(0, newest - from), 'before'));
        oldest = from;
      } else if (dice < 0.5) { // caught up, from anywhere that is known
        const to = Math.min(all.length, newest + Math.floor(chance() * 6));
        state = apply(state, messages(all.slice(Math.max(oldest, position + 1 - Math.floor(chance() * 4)), to)));
        newest = to;
        position = to - 1;
      } else if (dice < 0.75 && newest < all.length) { // live; ours is written first, without the archive's id
        const one = all[newest];
        if (one.mine) state = apply(state, { type: 'written', address: bob, kind: 'chat', message: { ...one, key: `o:${one.id}`, archiveId: null, state: 'waiting', at: one.at + 300 } });
        if (!one.mine || chance() < 0.5) {
          state = apply(state, messages([{ ...one, isLive: true, at: one.at + 400 }]));
          position = newest;
        }
        newest += 1;
      } else if (newest > oldest) { // once more
        const again = all[oldest + Math.floor(chance() * (newest - oldest))];
        state = apply(state, messages([{ ...again, isLive: chance() < 0.5 }]));
      }
      heard += 1;
      assert.ok(heard < 2000);
    }
    state = apply(state, messages(all.slice(-5)));
    assert.deepEqual(texts(state), all.map((one) => one.text), `seed ${seed}`);
    const { messages: shown } = state.conversations[bob];
    assert.equal(new Set(shown.map((one) => one.key)).size, shown.length);
  }
});

test('A message that was written here is the one that comes back, and is sent', () => {
  const written = arrival({ id: 'u1', mine: true, text: 'Hi', state: 'waiting' });
  let state = after([{ type: 'written', address: bob, kind: 'chat', message: written }]);
  const [{ key }] = state.conversations[bob].messages;
  state = apply(state, messages([arrival({ id: 'u1', archiveId: 'a1', mine: true, text: 'Hi' })]));
  assert.equal(state.conversations[bob].messages.length, 1);
  assert.equal(state.conversations[bob].messages[0].key, key);
  assert.equal(state.conversations[bob].messages[0].state, 'sent');
  state = apply(state, messages([arrival({ id: 'u1', archiveId: 'a2', mine: true, text: 'Hi' })]));
  assert.equal(state.conversations[bob].messages.length, 1);
});

test('Two messages of others with the same id are two, unless their sender says that they are one', () => {
  const one = arrival({ id: 'same', archiveId: 'a1', text: 'One', hasOriginId: false });
  assert.deepEqual(texts(after([messages([one, { ...one, archiveId: 'a2', key: 'a:a2', text: 'Two' }])])), ['One', 'Two']);
  const said = { ...one, hasOriginId: true };
  assert.deepEqual(texts(after([messages([said, { ...said, archiveId: 'a2', key: 'a:a2' }])])), ['One']);
});

test('A correction counts from whoever wrote the message, before it or after it, and the latest wins', () => {
  const first = arrival({ archiveId: '1', id: 'm', text: 'Helo', at: 1000 });
  const fix = arrival({ archiveId: '2', id: 'c1', text: 'Hello', replaces: 'm', at: 2000 });
  const better = arrival({ archiveId: '3', id: 'c2', text: 'Hello!', replaces: 'm', at: 3000 });
  const forged = arrival({ archiveId: '4', id: 'c3', text: 'Forged', replaces: 'm', at: 4000, by: 'mallory@example.org' });
  const mine = arrival({ archiveId: '5', id: 'c4', text: 'Not theirs', replaces: 'm', at: 5000, mine: true });
  const orders = [[first, fix, better, forged, mine], [better, fix, first, mine, forged], [forged, fix, first, better, mine]];
  for (const order of orders) {
    for (const state of [after([messages(order)]), after(order.map((one) => messages([one])))]) {
      assert.deepEqual(texts(state), ['Hello!']);
      assert.equal(state.conversations[bob].messages[0].edited, true);
    }
  }
});

test('Marks raise the state of our own messages only, and never lower it', () => {
  const list = [1, 2, 3].map((nth) => arrival({ archiveId: `${nth}`, id: `m${nth}`, mine: nth !== 2, text: `${nth}`, at: nth * 1000 }));
  let state = after([messages(list), { type: 'mark', address: bob, id: 'm3', mark: 'read' }, { type: 'mark', address: bob, id: 'm3', mark: 'delivered' }]);
  assert.deepEqual(state.conversations[bob].messages.map((one) => one.state), ['read', null, 'read']);
  state = after([{ type: 'mark', address: bob, id: 'm2', mark: 'read' }], state);
  assert.equal(state.conversations[bob].messages[1].state, null);
  state = after([messages([list[2]]), { type: 'mark', address: bob, id: 'm1', mark: 'read' }, messages([list[0]], 'before')]);
  assert.deepEqual(state.conversations[bob].messages.map((one) => one.state), ['read', 'sent'], 'a mark waits for its message');
});

test('A message that was refused stays so when the server has taken it, until it is sent again', () => {
  const written = arrival({ id: 'u1', mine: true, text: 'Hi', state: 'waiting' });
  const events = /** @type {Event[]} */ ([
    { type: 'written', address: bob, kind: 'chat', message: written }, { type: 'failed', address: bob, id: 'u1', error: 'gone' },
    { type: 'sent', address: bob, id: 'u1' },
  ]);
  const state = after(events);
  assert.equal(state.conversations[bob].messages[0].state, 'failed');
  assert.equal(after([{ type: 'retried', address: bob, id: 'u1' }, { type: 'sent', address: bob, id: 'u1' }], state).conversations[bob].messages[0].state, 'sent');
});

test('Unread is what came since we read or wrote, whichever way the mark comes', () => {
  const list = [1, 2, 3, 4].map((nth) => arrival({ archiveId: `${nth}`, id: `m${nth}`, text: `${nth}`, at: nth * 1000 }));
  let state = after([messages(list)]);
  assert.equal(state.unread, 4);
  state = after([{ type: 'read', address: bob, archiveId: '3' }], state);
  assert.equal(state.unread, 1);
  state = after([{ type: 'read', address: bob, archiveId: '1' }], state);
  assert.equal(state.unread, 1, 'a mark does not go back');
  state = after([{ type: 'readById', address: bob, id: 'm4' }], state);
  assert.equal(state.unread, 0);
  state = after([messages([list[2]]), { type: 'read', address: bob, archiveId: '4' }, messages([list[3]])]);
  assert.equal(state.unread, 0, 'a mark waits for its message');
  state = after([messages(list), messages([arrival({ archiveId: '5', id: 'mine', mine: true, at: 5000 })])]);
  assert.equal(state.unread, 0, 'who writes has read');
});

test('Conversations stand in the order of their last message, and what an event does not concern stays the same object', () => {
  let state = nothing;
  const people = ['a@x', 'b@x', 'c@x', '__proto__@x', 'constructor', 'd@x'];
  const chance = random(7);
  for (let nth = 0; nth < 300; nth += 1) {
    const address = people[Math.floor(chance() * people.length)];
    const before = state;
    state = apply(state, { type: 'messages', address, kind: 'chat', place: 'after', list: [arrival({ archiveId: `${nth}`, by: address, at: nth * 1000 })] });
    for (const other of Object.keys(before.conversations)) if (other !== address) assert.equal(state.conversations[other], before.conversations[other]);
    const ats = state.order.map((one) => Math.max(...state.conversations[one].messages.map(({ at }) => at)));
    assert.deepEqual(ats, [...ats].sort((one, two) => two - one));
    assert.equal(state.unread, Object.values(state.conversations).reduce((sum, one) => sum + one.unread, 0));
  }
});

test('With 10,000 messages an event takes milliseconds at most', () => {
  let state = long(10_000);
  const began = performance.now();
  for (let nth = 0; nth < 100; nth += 1) state = apply(state, messages([arrival({ archiveId: `n${nth}`, at: Date.UTC(2027, 0, 1) + nth, isLive: true })]));
  const each = (performance.now() - began) / 100;
  assert.equal(state.conversations[bob].messages.length, 10_100);
  assert.ok(each < 25, `${each} ms`);
});

test('However many people write, the latest thousand conversations are here, and each message costs the same', () => {
  const said = (/** @type {number} */ n) => /** @type {const} */ ({
    type: 'messages', address: `stranger${n}@example.org`, kind: 'chat', place: 'after', list: [arrival({ archiveId: `a${n}`, id: `${n}`, key: `a:${n}`, at: n })],
  });
  let state = applyAll(nothing, [{ type: 'written', address: 'bob@example.org', kind: 'chat', message: arrival({ id: 'mine', key: 'o:mine', mine: true, state: 'waiting', at: 0 }) }]);
  for (let n = 1; n <= 3000; n += 50) state = applyAll(state, Array.from({ length: 50 }, (_, more) => said(n + more)));
  assert.equal(state.order.length, 1000);
  assert.deepEqual([state.order[0], state.order[998], state.order[999]], ['stranger3000@example.org', 'stranger2002@example.org', 'bob@example.org']);
  assert.equal(Object.keys(state.conversations).length, 1000);
  assert.equal(state.unread, Object.values(state.conversations).reduce((sum, { unread }) => sum + unread, 0));
  const before = state;
  const names = Object.keys(before.conversations);
  applyAll(state, [said(4000), { type: 'messages', address: '__proto__', kind: 'chat', place: 'after', list: [arrival({ archiveId: 'p', id: 'p', key: 'a:p', at: 5000 })] }]);
  assert.deepEqual(Object.keys(before.conversations), names, 'what somebody has seen does not change');
});
