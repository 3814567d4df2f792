// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';
import { dialled } from '../client/calls/address.js';
import { inOwnLetters, withOwnLetters } from '../client/model/domains.js';

test('a domain that is written as DNS has it is the one in its own letters', () => {
  // What the platform writes for DNS is read back, in scripts of all kinds and with letters beyond the first plane.
  for (const host of ['münchen.example', 'chat.пример.example', '例え.テスト', 'مثال.example', 'उदाहरण.example', 'bücher-und-mehr.example', '𠜎.example', 'ελληνικά.example', 'example.org']) {
    const written = new URL(`http://${host}/`).hostname;
    assert.equal(inOwnLetters(written), host);
    assert.equal(inOwnLetters(host), host);
    assert.equal(withOwnLetters(`bob@${written}`), `bob@${host}`);
  }
});

test('what only looks like such a label stays as it is', () => {
  for (const label of ['xn--', 'xn---', 'xn--a', 'xn--example-', 'xn--zzzzzzzzzzzzzzzz', 'xn--99999999', 'xn--a b', `xn--${'a'.repeat(200)}`, 'xn--abc-', 'xn--É']) {
    const read = inOwnLetters(`${label}.example`);
    assert.ok(read === `${label}.example` || new URL(`http://${read}/`).hostname === `${label}.example`, label);
  }
});

test('who is called is the same in both ways of writing, and one’s own server is one’s own', () => {
  const far = { address: 'bob@münchen.example', way: 'jingle', code: null };
  for (const text of ['bob@xn--mnchen-3ya.example', 'bob@münchen.example', '@Bob@XN--MNCHEN-3YA.example']) assert.deepEqual(dialled(text, 'alice@social.example'), far, text);
  for (const home of ['xn--mnchen-3ya.example', 'münchen.example']) {
    for (const text of ['bob@xn--mnchen-3ya.example', 'bob@münchen.example', 'bob']) {
      assert.deepEqual(dialled(text, `alice@${home}`), { address: `bob@${home}`, way: 'sip', code: null }, `${text} of ${home}`);
    }
    assert.deepEqual(dialled('alice@xn--mnchen-3ya.example', `alice@${home}`), { address: null, code: 'self' });
  }
});
