// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';
import { marked, readFromFrame, readFromPage } from '../shared/frame-protocol.js';

const hello = {
  type: 'hello', account: 'alice@social.localhost', scheme: 'dark', contrast: 'high', motion: 'reduce', locale: 'pt-BR', visible: true,
};
const fromPage = [
  hello, { type: 'ticket', ticket: 'abc_-123' }, { type: 'denied', reason: 'kept-out' }, { type: 'open', address: 'bob@example.org' },
  { type: 'call', address: 'bob@example.org' },
  { type: 'visible', visible: false },
];
const fromFrame = [
  { type: 'ready' }, { type: 'drawn' }, { type: 'state', state: 'online' }, { type: 'unread', count: 0 }, { type: 'ringing', on: true }, { type: 'need-ticket', why: 'renew' },
  { type: 'close' }, { type: 'hide' },
];

test('what one side says, the other reads, and only the other', () => {
  for (const message of fromPage) {
    assert.deepEqual(readFromPage(marked(message)), message);
    assert.equal(readFromFrame(marked(message)), null);
  }
  for (const message of fromFrame) {
    assert.deepEqual(readFromFrame(marked(message)), message);
    assert.equal(readFromPage(marked(message)), null);
  }
});

test('what is not marked as ours is nobody’s', () => {
  for (const mark of [undefined, 0, 2, '1', true, null]) assert.equal(readFromPage({ ...hello, trunkline: mark }), null);
  for (const data of [null, undefined, 1, 'ready', [], { trunkline: 1 }, { trunkline: 1, type: ['ready'] }]) {
    assert.equal(readFromPage(data), null);
    assert.equal(readFromFrame(data), null);
  }
});

test('names that every object has are no messages and no fields', () => {
  for (const type of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.equal(readFromPage({ trunkline: 1, type }), null);
  }
  assert.equal(readFromPage(Object.create(marked(hello))), null);
  const inherited = Object.assign(Object.create({ visible: true }), { trunkline: 1, type: 'visible' });
  assert.equal(readFromPage(inherited), null);
});

test('a field of another type, another word or too much length spoils the message', () => {
  const spoiled = {
    account: ['', 'alice', 'a b@c', 'a@b@c', 'a@b\n', `${'a'.repeat(4000)}@b`, 7, null, undefined, ['a@b']],
    scheme: ['auto', '', true, ['dark']], contrast: ['more', 1], motion: ['none', null],
    locale: ['', 'en_GB', '../en', 'x'.repeat(40), 5], visible: ['true', 1, null, undefined],
  };
  for (const [field, values] of Object.entries(spoiled)) {
    for (const value of values) assert.equal(readFromPage(marked({ ...hello, [field]: value })), null, `${field}: ${String(value).slice(0, 20)}`);
  }
  for (const count of [-1, 0.5, NaN, Infinity, 1e9, '3', null]) assert.equal(readFromFrame(marked({ type: 'unread', count })), null);
  for (const on of ['true', 1, null, undefined]) assert.equal(readFromFrame(marked({ type: 'ringing', on })), null);
  for (const address of ['bob', 'a b@c', '', 7]) assert.equal(readFromPage(marked({ type: 'call', address })), null);
  for (const ticket of ['', 'a b', 'é', 'x'.repeat(513), {}]) assert.equal(readFromPage(marked({ type: 'ticket', ticket })), null);
});

test('only what is known is handed on', () => {
  assert.deepEqual(readFromPage({ ...marked(hello), token: 'secret' }), hello);
  assert.deepEqual(readFromFrame({ trunkline: 1, type: 'close', run: 'this' }), { type: 'close' });
});
