// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import test from 'node:test';

import { Outbox, writing } from '../client/session/outbox.js';
import { Leader } from '../client/session/leader.js';
import { Board } from '../client/session/board.js';
import { Tab } from '../client/session/tab.js';
import { XmppError } from '../client/xmpp/errors.js';
import { el } from '../client/xmpp/xml.js';
import { after, arrival } from './fixtures/states.js';

globalThis.crypto ??= /** @type {any} */ (webcrypto);
const home = 'https://example.social';
const bob = 'bob@example.social';

class Stream {
  online = false;
  /** @type {any[]} */
  sent = [];
  on() {}
  start() {}
  stop() {}
  nudge() {}
  saved() {
    return null;
  }
  /** @param {any} tree */
  send(tree) {
    this.sent.push(tree);
    return true;
  }
}

/** A browser: its tabs share channel and lock. */
class Browser {
  queue = /** @type {any} */ (Promise.resolve());
  tabs = /** @type {Tab[]} */ ([]);
  reloads = 0;

  /** @param {string} account signed in at the page around */
  open(account) {
    const parent = { postMessage() {} };
    const hearers = /** @type {Record<string, (event: any) => void>} */ ({});
    const window = /** @type {any} */ ({
      parent, document: { hidden: false, addEventListener() {} }, addEventListener: (/** @type {string} */ type, /** @type {any} */ hear) => { hearers[type] = hear; },
      fetch: async () => ({ ok: false, status: 503, headers: new Map(), json: async () => null }), indexedDB: undefined, setInterval() {},
      location: { reload: () => { this.reloads += 1; } },
      navigator: { locks: { request: (/** @type {string} */ _, /** @type {() => Promise<void>} */ run) => { this.queue = this.queue.then(run); } } },
    });
    const tab = new Tab({ window, home, stream: () => /** @type {any} */ (new Stream()) });
    tab.looking.since = this.tabs.length;
    this.tabs.push(tab);
    const hello = { trunkline: 1, type: 'hello', account, scheme: 'dark', contrast: 'default', motion: 'full', locale: 'en', visible: true };
    hearers.message({ source: parent, origin: home, data: hello });
    return tab;
  }

  close() {
    for (const tab of this.tabs) tab.gone();
  }
}

/** @param {() => boolean} condition */
async function until(condition) {
  for (let turns = 0; !condition(); turns += 1) {
    assert.ok(turns < 500, 'this never happens');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('Whoever signs in after somebody else in the same browser sees nothing of theirs, and they keep nothing', async () => {
  const browser = new Browser();
  const alice = browser.open('alice@example.social');
  await until(() => alice.leader !== null);
  const said = { type: /** @type {const} */ ('messages'), address: bob, kind: /** @type {const} */ ('chat'), place: /** @type {const} */ ('after'), list: [arrival({ archiveId: 'x', text: 'secret' })] };
  alice.leader?.belongTo('alice@example.social', 'Alice');
  alice.leader?.emit([said]);
  const seen = /** @type {number[]} */ ([]);
  const other = browser.open('mallory@example.social');
  other.board.subscribe((state) => seen.push(state.order.length));
  await until(() => other.leader !== null);
  assert.equal(Math.max(0, ...seen), 0);
  assert.deepEqual([alice.state.order, alice.state.phase, alice.leader], [[], 'ended', null]);
  await assert.rejects(alice.command('send', [bob, { id: '1', text: 'as whom?' }]), { code: 'signed-out' });
  browser.close();
});

test('Tabs of one member share what they see', async () => {
  const browser = new Browser();
  const first = browser.open('alice@example.social');
  await until(() => first.leader !== null);
  first.leader?.belongTo('alice@example.social', 'Alice');
  const second = browser.open('alice@example.social');
  await until(() => second.state.me?.name === 'Alice');
  assert.notEqual(first.leader, null);
  browser.close();
});

/** @param {Stream} stream */
function leading(stream) {
  const board = new Board();
  const outbox = new Outbox(undefined);
  const wiped = /** @type {string[]} */ ([]);
  /** @type {any} */
  const edges = {
    board, outbox, emit: (/** @type {any[]} */ events) => board.apply(events), stream: () => stream, askPage() {}, tell() {}, wiped: () => wiped.push('wiped'),
    portal: { now: () => 0, call: async () => null },
  };
  const leader = new Leader(edges);
  leader.sending.isSettled = true;
  stream.online = true;
  return { leader, board, outbox, wiped };
}

test('What cannot be sent at all has failed, and does not hold up what comes after it', async () => {
  const stream = new Stream();
  const { leader, board, outbox } = leading(stream);
  const letter = (/** @type {string} */ id) => /** @type {any} */ ({ account: 'a', id, address: bob, kind: 'chat', at: 0, tree: el('message', { id }), message: arrival({ id, mine: true, state: 'waiting', key: id }) });
  stream.send = (tree) => {
    if (tree.attrs.id === 'big') throw new XmppError('too-large', '', 'modify');
    stream.sent.push(tree.attrs.id);
    return tree.attrs.id !== 'untaken';
  };
  for (const id of ['big', 'small', 'untaken']) {
    board.apply([writing(letter(id))]);
    await leader.sending.post(letter(id));
  }
  assert.deepEqual(board.state.conversations[bob].messages.map(({ state, error }) => [state, error]), [['failed', 'too-large'], ['waiting', null], ['waiting', null]]);
  assert.deepEqual([stream.sent, [...leader.sending.handed], [...outbox.letters.keys()]], [['small', 'untaken'], ['small'], ['small', 'untaken']]);
});

test('A correction that waited while the page was loaded anew is no message of its own', () => {
  const original = arrival({ archiveId: 'a1', id: 'o', mine: true, text: 'Helo' });
  const correction = writing({ address: bob, kind: 'chat', message: arrival({ id: 'c', mine: true, text: 'Hello', replaces: 'o', state: 'waiting' }) });
  const state = after([correction, { type: 'messages', address: bob, kind: 'chat', place: 'before', list: [original] }]);
  assert.deepEqual(state.conversations[bob].messages.map(({ text, edited }) => [text, edited]), [['Hello', true]]);
});

test('After the end of a lease, nothing is kept of what was said', () => {
  const { leader, board, wiped } = leading(new Stream());
  leader.belongTo('alice@example.social', 'Alice');
  board.apply([
    { type: 'conversation', address: 'r@rooms.example.social', patch: { kind: 'room', joined: 'yes' } },
    writing({ address: bob, kind: 'chat', message: arrival({ id: 'c', mine: true, text: 'x', state: 'waiting' }) }),
  ]);
  leader.lease.tell({ type: 'left' });
  const { me, order, conversations, phase, reason } = board.state;
  assert.deepEqual([me, order, conversations, phase, reason, wiped.length], [null, [], {}, 'ended', 'signed-out', 1]);
  leader.belongTo('alice@example.social', 'Alice');
  board.apply([{ type: 'conversation', address: 'r@rooms.example.social', patch: { kind: 'room', joined: 'yes' } }]);
  leader.belongTo('mallory@example.social', 'Mallory');
  assert.deepEqual(board.state.order, [], 'rooms of one are no rooms of another');
});

test('What was written into a room goes there when we are in again, unless the room has it; it has failed if we are not let in', async () => {
  const stream = new Stream();
  const { leader, board, outbox } = leading(stream);
  const room = 'r@rooms.example.social';
  const letter = (/** @type {string} */ id) => /** @type {any} */ ({ account: 'a', id, address: room, kind: 'room', at: 0, tree: el('message', { id }), message: arrival({ id, mine: true, state: 'waiting', key: id }) });
  leader.sync.present = async () => new Set(['there']);
  const waiting = async () => {
    for (const id of ['there', 'lost']) {
      board.apply([writing(letter(id))]);
      await leader.sending.post(letter(id));
    }
  };
  await waiting();
  await leader.sending.settle(false);
  assert.deepEqual(stream.sent, []);
  board.apply([{ type: 'conversation', address: room, patch: { joined: 'yes' } }]);
  const settled = leader.sending.settleRoom(room);
  board.apply([writing(letter('later'))]);
  await leader.sending.post(letter('later'));
  await settled;
  assert.deepEqual(stream.sent.map(({ attrs }) => attrs.id), ['lost', 'later']);
  assert.deepEqual(board.state.conversations[room].messages.map(({ state }) => state), ['sent', 'waiting', 'waiting']);
  leader.sending.giveUp(room, 'registration-required');
  assert.deepEqual([outbox.letters.size, board.state.conversations[room].messages[1].state], [0, 'failed']);
});
