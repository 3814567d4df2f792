// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import test from 'node:test';

import { Outbox, writing } from '../client/session/outbox.js';
import { Commands } from '../client/session/commands.js';
import { Leader } from '../client/session/leader.js';
import { Board } from '../client/session/board.js';
import { PortalError } from '../client/session/portal.js';
import { Session } from '../client/session/session.js';
import { SignedOut } from '../client/session/signed-out.js';
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
  tabs = /** @type {Session[]} */ ([]);
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
    const tab = new Session({ window, home, stream: () => /** @type {any} */ (new Stream()) });
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

test('What a command was refused for is said by a code, to the leading tab as to the others', async () => {
  const browser = new Browser();
  const [first, second] = [browser.open('alice@example.social'), browser.open('alice@example.social')];
  await until(() => first.commands !== null && second.state === first.state || second.tabs?.seq !== null);
  for (const [error, code] of /** @type {[Error, string]} */ ([[new XmppError('forbidden', 'no'), 'forbidden'], [new PortalError(409, 'service-off'), 'service-off']])) {
    first.commands = /** @type {any} */ ({ run: async () => { throw error; } });
    for (const tab of [first, second]) await assert.rejects(tab.invite('r@rooms.example.social', bob), { code });
  }
  browser.close();
});

test('A conversation that stays open in a panel that is closed is looked at again when the panel is', async () => {
  const browser = new Browser();
  const tab = browser.open('alice@example.social');
  await until(() => tab.leader !== null);
  await tab.open(bob);
  tab.closePanel();
  assert.equal(tab.looking.isVisible, false);
  tab.hear({ type: 'visible', visible: true });
  assert.deepEqual([tab.looking.open, tab.looking.isVisible], [bob, true]);
  browser.close();
});

/** @param {Stream} stream */
function leading(stream) {
  const board = new Board();
  const outbox = new Outbox(undefined);
  const wiped = /** @type {string[]} */ ([]);
  const asked = /** @type {string[]} */ ([]);
  /** @type {any} */
  const edges = {
    board, outbox, emit: (/** @type {any[]} */ events) => board.apply(events), stream: () => stream, askPage() {}, tell() {}, wiped: () => wiped.push('wiped'),
    portal: { now: () => 0, call: async () => null, get: async (/** @type {string} */ path) => void asked.push(path) },
  };
  const leader = new Leader(edges);
  leader.mail.isSettled = true;
  stream.online = true;
  return { leader, board, outbox, wiped, asked };
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
    board.apply(writing(letter(id)));
    await leader.mail.post(letter(id));
  }
  assert.deepEqual(board.state.conversations[bob].messages.map(({ state, error }) => [state, error]), [['failed', 'too-large'], ['waiting', null], ['waiting', null]]);
  assert.deepEqual([stream.sent, [...leader.mail.handed], outbox.list().map(({ id }) => id), outbox.letters.get('big')?.error], [['small', 'untaken'], ['small'], ['small', 'untaken'], 'too-large']);
  leader.mail.stop();
});

/** A browser's store that outlives the tab. @param {Map<string, any>} kept */
function storing(kept) {
  const outbox = new Outbox(undefined);
  const letters = {
    put: (/** @type {any} */ letter) => void kept.set(letter.id, structuredClone(letter)), delete: (/** @type {string} */ id) => void kept.delete(id),
    getAll: () => [...kept.values()],
  };
  outbox.run = async (_, action) => /** @type {any} */ (action(/** @type {any} */ (letters)));
  return outbox;
}

/** A refusal by their server of the message with this id. @param {string} id */
const refusal = (id) => el('message', { xmlns: 'jabber:client', from: bob, id, type: 'error' },
  el('error', { type: 'cancel' }, el('service-unavailable', { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' })));

/** The archive's copy of what we wrote. @param {string} id @returns {any} */
const copy = (id) => ({ type: 'messages', address: bob, kind: 'chat', place: 'before', list: [arrival({ archiveId: `x-${id}`, id, mine: true, text: id })] });

test('What was refused is not sent after a reload, whatever the archive says; it can be tried again, or deleted for good', async () => {
  const kept = new Map();
  const load = async () => {
    const stream = new Stream();
    const { leader, board } = leading(stream);
    leader.outbox = leader.mail.outbox = storing(kept);
    leader.me = 'alice@example.social';
    leader.emit((await leader.outbox.load(leader.me)).flatMap(writing));
    const commands = new Commands(leader);
    return { stream, leader, board, commands, states: () => board.state.conversations[bob]?.messages.map(({ id, state, error }) => [id, state, error]) };
  };
  const first = await load();
  for (const id of ['one', 'two']) {
    await first.commands.run('send', [bob, { id, text: id }], () => {});
    if (id === 'one') first.leader.mail.acked(id); // whichever comes first
    first.leader.takeMessage(refusal(id));
    if (id === 'two') first.leader.mail.acked(id);
  }
  first.leader.takeMessage(refusal('never-written'));
  const failed = [['one', 'failed', 'service-unavailable'], ['two', 'failed', 'service-unavailable']];
  assert.deepEqual(first.states(), failed);
  first.leader.mail.stop();

  const second = await load();
  second.board.apply([copy('one'), copy('two')]);
  assert.deepEqual(second.states(), failed);
  await second.leader.mail.settle(true);
  assert.deepEqual(second.stream.sent, [], 'not by itself');
  await second.commands.run('discard', [bob, 'o:one'], () => {});
  const asked = /** @type {number[]} */ ([]);
  second.leader.sync.present = async (about, _, before) => (asked.push(before), new Set());
  await second.commands.run('retry', [bob, 'o:two'], () => {});
  assert.deepEqual([second.stream.sent.map(({ attrs }) => attrs.id), second.states()], [['two'], [['two', 'waiting', null]]]);
  second.leader.mail.begin();
  await second.leader.mail.settle(false);
  assert.deepEqual(asked, [2000], 'the copy of what was refused proves nothing');
  second.leader.mail.acked('two');
  assert.deepEqual([...kept.keys()], ['one']);
  assert.doesNotMatch(JSON.stringify(kept.get('one')), /"text":"one"|"one"\]/, 'of what was deleted nothing is kept but that');
  second.leader.mail.stop();

  const third = await load();
  assert.deepEqual(third.board.state.order, []);
  third.board.apply([copy('one')]);
  assert.deepEqual(third.board.state.order, []);
  third.board.apply([copy('two')]);
  assert.deepEqual(third.states(), [['two', 'sent', null]]);
});

test('What is written goes at once; the browser keeps what cannot be sent, what the server has not soon, and all when the tab goes', async (context) => {
  const stream = new Stream();
  const { leader, outbox } = leading(stream);
  const stored = /** @type {string[]} */ ([]);
  const letters = { put: (/** @type {any} */ { id }) => void stored.push(`put ${id}`), delete: (/** @type {string} */ id) => void stored.push(`delete ${id}`) };
  outbox.run = async (_, action) => action(/** @type {any} */ (letters)) ?? null;
  context.mock.method(globalThis, 'setTimeout', (/** @type {() => void} */ run, /** @type {number} */ ms) => ms < 1000 && later.push(run));
  const later = /** @type {(() => void)[]} */ ([]);
  const post = (/** @type {string} */ id) => leader.mail.post(/** @type {any} */ ({ account: 'a', id, address: bob, kind: 'chat', at: 0, tree: el('message', { id }) }));
  void post('quick');
  assert.deepEqual(stream.sent.map(({ attrs }) => attrs.id), ['quick']);
  leader.mail.acked('quick');
  later.pop()?.();
  assert.deepEqual([stored, outbox.letters.size], [[], 0]);
  void post('slow');
  later.pop()?.();
  leader.mail.acked('slow');
  assert.deepEqual(stored.splice(0), ['put slow', 'delete slow']);
  stream.online = false;
  void post('offline');
  assert.deepEqual(stored.splice(0), ['put offline']);
  stream.online = true;
  void post('going');
  leader.leave();
  assert.deepEqual(stored, ['put going']);
});

test('A correction that waited while the page was loaded anew is no message of its own', () => {
  const original = arrival({ archiveId: 'a1', id: 'o', mine: true, text: 'Helo' });
  const [correction] = writing({ address: bob, kind: 'chat', message: arrival({ id: 'c', mine: true, text: 'Hello', replaces: 'o', state: 'waiting' }) });
  const state = after([correction, { type: 'messages', address: bob, kind: 'chat', place: 'before', list: [original] }]);
  assert.deepEqual(state.conversations[bob].messages.map(({ text, edited }) => [text, edited]), [['Hello', true]]);
});

test('After the end of a lease, nothing is kept of what was said', () => {
  const { leader, board, wiped } = leading(new Stream());
  leader.belongTo('alice@example.social', 'Alice');
  board.apply([
    { type: 'conversation', address: 'r@rooms.example.social', patch: { kind: 'room', joined: 'yes' } },
    ...writing({ address: bob, kind: 'chat', message: arrival({ id: 'c', mine: true, text: 'x', state: 'waiting' }) }),
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
      board.apply(writing(letter(id)));
      await leader.mail.post(letter(id));
    }
  };
  await waiting();
  await leader.mail.settle(false);
  assert.deepEqual(stream.sent, []);
  board.apply([{ type: 'conversation', address: room, patch: { joined: 'yes' } }]);
  const settled = leader.mail.settleRoom(room);
  board.apply(writing(letter('later')));
  await leader.mail.post(letter('later'));
  await settled;
  assert.deepEqual(stream.sent.map(({ attrs }) => attrs.id), ['lost', 'later']);
  assert.deepEqual(board.state.conversations[room].messages.map(({ state }) => state), ['sent', 'waiting', 'waiting']);
  leader.mail.giveUp(room, 'registration-required');
  assert.deepEqual([outbox.list(), outbox.all().map(({ error }) => error), board.state.conversations[room].messages[1].state],
    [[], ['registration-required', 'registration-required'], 'failed']);
  leader.mail.stop();
});

test('The portal is asked who waits only while the stream says whose chat this is', async () => {
  const stream = new Stream();
  const { leader, asked } = leading(stream);
  stream.online = false;
  await leader.requests.look();
  assert.deepEqual(asked, []);
  stream.online = true;
  await leader.requests.look();
  assert.deepEqual(asked, ['requests', 'contacts']);
});

test('Nobody is online by a second try at what was missed, after the connection has ended', async (context) => {
  const stream = new Stream();
  const { leader, board } = leading(stream);
  const later = /** @type {(() => void)[]} */ ([]);
  context.mock.method(globalThis, 'setTimeout', (/** @type {() => void} */ run) => later.push(run));
  leader.sync.run = async () => { throw new XmppError('timeout'); };
  await leader.online(false);
  assert.equal(board.state.phase, 'online');
  stream.online = false;
  board.apply([{ type: 'phase', phase: 'offline', reason: 'closed' }]);
  for (const run of later) run();
  assert.deepEqual([later.length, board.state.phase], [1, 'offline']);
});

test('Whoever has signed out of chat stays so, also when the page is loaded anew, until they want chat again', async (context) => {
  const stored = new Map();
  const window = /** @type {any} */ ({ localStorage: { getItem: (/** @type {string} */ key) => stored.get(key) ?? null, setItem: (/** @type {string} */ key, /** @type {string} */ value) => stored.set(key, value), removeItem: (/** @type {string} */ key) => stored.delete(key) } });
  for (const [isAlone, phase] of /** @type {[boolean, string][]} */ ([[false, 'waiting'], [true, 'ended']])) {
    const loaded = () => {
      const { leader, board, asked } = leading(new Stream());
      leader.signedOut = new SignedOut(window);
      leader.start({ account: isAlone ? null : 'alice@example.social', isAlone, legacy: null });
      context.after(() => leader.lease.stop());
      return { leader, board, asked };
    };
    const before = loaded();
    assert.deepEqual(before.asked, ['session']);
    await new Commands(before.leader).run('signOut', [], () => {});
    const { leader, board, asked } = loaded();
    assert.deepEqual([asked, board.state.phase], [[], phase]);
    await new Commands(leader).run('needTicket', [false], () => {});
    assert.deepEqual(asked, ['session']);
    assert.deepEqual(loaded().asked, ['session']);
  }
});
