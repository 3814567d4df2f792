// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import { leaseAfter, noLease } from '../client/session/leasing.js';

/** @typedef {import('../client/session/leasing.js').News} News */
/** @typedef {import('../client/session/leasing.js').Lease} Lease */

const grant = {
  address: 'alice@example.social', display_name: 'Alice', device: 'd', renew_in: 600,
  chat: { websocket: 'wss://chat.example.social/xmpp-websocket', username: 'alice', password: 'secret' }, calls: null,
};

/** @param {News[]} news @param {Lease} [from] */
const after = (news, from = noLease) => news.reduce((lease, one) => leaseAfter(lease, one, () => 1), from);
const framed = /** @type {News} */ ({ type: 'begin', account: 'alice@example.social', isAlone: false });
const session = /** @type {News} */ ({ type: 'session', address: 'alice@example.social', services: ['chat'] });
const granted = /** @type {News} */ ({ type: 'granted', grant, renewed: false });
const refused = (/** @type {number} */ status, code = '') => /** @type {News} */ ({ type: 'failed', status, code });
const held = after([framed, session, granted]);
/** Its time to be renewed has come. */
const renewing = { ...held, todo: /** @type {const} */ ({ do: 'ask', renew: true, ticket: null }) };

test('Whoever has a portal session of the same account gets passwords; of another, the page is asked', () => {
  assert.deepEqual(after([framed]).todo, { do: 'look' });
  assert.deepEqual(after([framed, session]).todo, { do: 'ask', renew: false, ticket: null });
  assert.equal(held.status, 'held');
  assert.deepEqual(held.todo, { do: 'wait', ms: 600_000, then: { do: 'ask', renew: true, ticket: null } });
  const other = after([framed, { type: 'session', address: 'bob@example.social', services: ['chat'] }]);
  assert.deepEqual([other.status, other.todo], ['waiting', null]);
});

test('Without a session the page’s ticket is the proof, and asked for only when it is wanted', () => {
  const waiting = after([framed, refused(401)]);
  assert.deepEqual([waiting.status, waiting.todo], ['waiting', null]);
  const wanted = after([{ type: 'wanted', hasPage: true }], waiting);
  assert.deepEqual(wanted.todo, { do: 'ticket', why: 'start' });
  assert.deepEqual(after([{ type: 'ticket', ticket: 't' }], wanted).todo, { do: 'ask', renew: false, ticket: 't' });
  assert.equal(after([{ type: 'ticket', ticket: 't' }, { ...granted, grant: { ...grant, chat: null } }], wanted).status, 'off');
  assert.deepEqual(after([{ type: 'denied', reason: 'other-app' }], wanted).why, 'other-app');
});

test('A lease that cannot be renewed for want of a network is kept, and tried again after growing pauses', () => {
  let lease = /** @type {Lease} */ (renewing);
  let last = 0;
  for (const status of [0, 502, 503, 500, 429, 0, 0, 0, 0]) {
    lease = after([refused(status)], lease);
    assert.equal(lease.status, 'held');
    assert.ok(lease.todo?.do === 'wait' && lease.todo.ms >= last && lease.todo.ms <= 60_000);
    last = lease.todo.ms;
    lease = { ...lease, todo: lease.todo.then };
  }
  const again = after([{ type: 'granted', grant: { ...grant, chat: { ...grant.chat, password: undefined } }, renewed: true }], lease);
  assert.equal(again.grant?.chat?.password, 'secret', 'renewing gives no new password');
  assert.equal(again.tries, 0);
});

test('A refusal ends it, at once or when the page has nothing to say', () => {
  assert.deepEqual([after([refused(403, 'kept-out')], renewing).status, after([refused(403, 'kept-out')], renewing).grant], ['ended', null]);
  const asked = after([refused(401, 'signed-out')], renewing);
  assert.deepEqual([asked.status, asked.todo], ['held', { do: 'ticket', why: 'renew' }]);
  assert.deepEqual([after([{ type: 'denied', reason: 'signed-out' }], asked).status, after([{ type: 'unanswered' }], asked).status], ['ended', 'waiting']);
  assert.equal(after([{ type: 'denied', reason: 'unreachable' }], asked).status, 'held');
  const alone = after([{ type: 'begin', account: null, isAlone: true }, refused(401)]);
  assert.deepEqual([alone.status, alone.why], ['ended', 'signed-out']);
});

test('A web session that is gone is made again, and so is a password that the chat server takes no more', () => {
  assert.deepEqual(after([refused(409, 'no-web-session')], renewing).todo, { do: 'ask', renew: false, ticket: null });
  assert.deepEqual(after([{ type: 'spent' }], held).todo, { do: 'ask', renew: false, ticket: null });
  assert.equal(after([{ type: 'spent' }], after([framed, refused(401)])).status, 'waiting');
});

test('A tab of its own is signed in by the portal and a frame by its page, whichever of them leads', () => {
  const alone = after([{ type: 'begin', account: null, isAlone: true }, refused(401)]);
  assert.deepEqual(after([{ type: 'wanted', hasPage: true }], alone).todo, { do: 'ticket', why: 'start' });
  assert.deepEqual(after([{ type: 'wanted', hasPage: false }], alone).todo, { do: 'look' });
  const waiting = after([framed, refused(401)]);
  assert.deepEqual(after([{ type: 'wanted', hasPage: false }], waiting).todo, { do: 'look' });
  const other = /** @type {News} */ ({ type: 'session', address: 'bob@example.social', services: ['chat'] });
  assert.equal(after([{ type: 'wanted', hasPage: false }, other], waiting).status, 'waiting', 'the page says who is there');
});

test('After a sign-out in a tab of its own, somebody else may sign in', () => {
  const bob = /** @type {News} */ ({ type: 'session', address: 'bob@example.social', services: ['chat'] });
  const alone = /** @type {News} */ ({ type: 'begin', account: null, isAlone: true });
  for (const end of /** @type {News[]} */ ([{ type: 'left' }, bob])) {
    const ended = after([alone, session, granted, end]);
    assert.deepEqual([ended.status, ended.why], ['ended', 'signed-out']);
    assert.deepEqual(after([{ type: 'wanted', hasPage: false }, bob], ended).todo, { do: 'ask', renew: false, ticket: null });
  }
});
