// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bareJid, parseJid, readAddress, sameBareJid, sameJid } from '../client/xmpp/jid.js';

test('an address has its parts', () => {
  assert.deepEqual({ ...parseJid('Alice@Social.LOCALHOST./Phone 1/@x') }, {
    local: 'alice', domain: 'social.localhost', resource: 'Phone 1/@x', bare: 'alice@social.localhost', full: 'alice@social.localhost/Phone 1/@x',
  });
  assert.equal(parseJid('social.localhost')?.bare, 'social.localhost');
  assert.equal(parseJid('social.localhost/x@y')?.full, 'social.localhost/x@y');
  assert.equal(parseJid('jürgen@bücher.example')?.local, 'jürgen');
  assert.equal(parseJid('x@[::1]')?.domain, '[::1]');
  assert.equal(parseJid('r@rooms.example/👩‍🚀 ☕️')?.resource, '👩‍🚀 ☕️', 'nicknames may hold emoji');
  assert.equal(bareJid('a@b/c'), 'a@b');
});

test('what nobody can have is no address', () => {
  for (const wrong of [
    '', '@', 'a@', '@b', 'a@b/', '/x', 'a b@c', 'a@b c', 'a@b@c', 'a@b..c', 'a@.b', 'a@-b', 'a@b-', 'a"b@c', "a'b@c", 'a&b@c', 'a<b@c', 'a>b@c', 'a:b@c',
    'a@b:5222', 'a@b%00', 'a\0@b', 'a@b\n', 'a@b/\u0007', 'a@b/\u202ex', 'a\u200b@b', 'a\u202e@b', 'a@b\u200d', 'a\u00a0@b', 'a@b\u3000c', '\ud800@b', 'a@b/\udc00',
    'x'.repeat(1024) + '@b', 'a@' + 'b'.repeat(1024), 'a@b/' + 'c'.repeat(1024), 'é'.repeat(512) + '@b', 'a@[::1', 'a@[x]',
  ]) assert.equal(parseJid(wrong), null, JSON.stringify(wrong));
  for (const wrong of [null, undefined, /** @type {any} */ (7), /** @type {any} */ ({})]) assert.equal(parseJid(wrong), null);
});

test('addresses are compared as the server prepares them, and what is none is like nothing', () => {
  assert.equal(sameJid('Alice@B', 'alice@b'), true);
  assert.equal(sameJid('alice@b/R', 'alice@b/r'), false);
  assert.equal(sameJid('alice@b/r', 'alice@b'), false);
  assert.equal(sameBareJid('alice@b/r', 'ALICE@b'), true);
  assert.equal(sameBareJid('', ''), false);
  assert.equal(sameBareJid(undefined, undefined), false);
  assert.equal(sameJid('ａlice@b', 'alice@b'), true, 'wide letters are the narrow ones');
  assert.equal(sameJid('аlice@b', 'alice@b'), false, 'a Cyrillic letter is another one');
});

test('people are found by what is written for them', () => {
  for (const written of ['@alice@b.example', 'alice@b.example', ' Alice@b.example ', 'xmpp:alice@b.example', 'XMPP:alice@b.example?message;body=x',
    'xmpp:alice%40b.example', 'xmpp://me@x/alice@b.example', 'alice@b.example/phone']) {
    assert.equal(readAddress(written), 'alice@b.example', written);
  }
  for (const wrong of ['', 'alice', '@alice', 'b.example', '@@b', 'https://b.example/@alice', 'xmpp:%', 'xmpp:', 'a@b c', 'javascript:alert(1)@x']) {
    assert.equal(readAddress(wrong), null, wrong);
  }
});
