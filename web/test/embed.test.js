// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';
import { say } from '../embed/dom.js';
import { looks, memberIn, profileIn, tokenIn } from '../embed/page.js';
import { meaning } from '../embed/ticket.js';

const state = (meta = {}, account = {}) => JSON.stringify({
  meta: { me: '7', domain: 'Example.Social', access_token: 'the-token', ...meta },
  accounts: { 7: { username: 'Alice', acct: 'Alice', ...account } },
});

test('the page says who is signed in, and the address has the server’s domain, in small letters', () => {
  assert.deepEqual(memberIn(state()), {
    id: '7', name: 'alice', domain: 'example.social', address: 'alice@example.social', reducesMotion: false,
  });
  assert.equal(memberIn(state({ reduce_motion: true }))?.reducesMotion, true);
});

test('nobody is signed in where the page’s data says so, is something else, or is not there', () => {
  for (const text of [
    null, undefined, '', '{', 'null', '[]', '{}', state({ me: null }), state({ me: undefined }), state({ me: 8 }), state({ domain: null }),
    state({ domain: 'a b' }), state({}, { username: null }), state({}, { username: 'a b' }), state({}, { username: 'a@b' }),
  ]) assert.equal(memberIn(text), null, String(text));
});

test('a token that could not stand in a header is none', () => {
  assert.equal(tokenIn(state()), 'the-token');
  for (const token of [null, '', 'a b', 'a\r\nX: y', 7]) assert.equal(tokenIn(state({ access_token: token })), null);
});

test('a profile is known by its address alone', () => {
  const domain = 'example.social';
  for (const [path, address] of Object.entries({
    '/@bob': 'bob@example.social', '/@Bob/': 'bob@example.social', '/@bob/with_replies': 'bob@example.social',
    '/@bob@elsewhere.example': 'bob@elsewhere.example', '/@bob@elsewhere.example/media': 'bob@elsewhere.example',
    '/@a.b-c@bücher.example': 'a.b-c@bücher.example', '/@bob%40elsewhere.example': 'bob@elsewhere.example',
  })) assert.equal(profileIn(path, domain), address, path);
  for (const path of [
    '/', '/home', '/@', '/@bob/112233445566', '/@bob/statuses/1', '/@bob@', '/@bob@a@b', '/x/@bob', '/@bob/../x', '/@b ob', '/@%zz',
    '/@bob@a:8443', `/@${'a'.repeat(65)}`, '/@.bob',
  ]) assert.equal(profileIn(path, domain), null, path);
});

test('the member’s choice at the page goes before that of the system', () => {
  const asked = { dark: true, contrast: true, motion: true };
  assert.deepEqual(looks({}, asked), { scheme: 'dark', contrast: 'high', motion: 'reduce' });
  assert.deepEqual(looks({ scheme: 'auto', contrast: 'auto' }, asked), { scheme: 'dark', contrast: 'high', motion: 'reduce' });
  assert.equal(looks({ scheme: 'light' }, asked).scheme, 'light');
  assert.deepEqual(
    looks({ scheme: 'dark', contrast: 'high' }, { dark: false, contrast: false, motion: false }),
    { scheme: 'dark', contrast: 'high', motion: 'full' });
});

test('every answer to a ticket’s request means something, and no token is in it', () => {
  assert.deepEqual(meaning(200, { ticket: 't', expires_in: 60 }), { type: 'ticket', ticket: 't' });
  for (const reason of ['signed-out', 'kept-out', 'other-app', 'not-set-up']) {
    assert.deepEqual(meaning(403, { code: reason }), { type: 'denied', reason });
  }
  assert.deepEqual(meaning(401, null), { type: 'denied', reason: 'signed-out' });
  for (const [status, body] of [[502, { code: 'home-server' }], [429, null], [200, {}], [200, 'text'], [200, { ticket: 7 }], [403, 'x']]) {
    assert.deepEqual(meaning(status, body), { type: 'denied', reason: 'unreachable' });
  }
});

test('words are filled in once; what is filled in is not looked at again', () => {
  assert.equal(say({ a: '{x} and {y}' }, 'a', { x: '{y}', y: '2' }), '{y} and 2');
  assert.equal(say({}, 'gap'), 'gap');
});
