// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileAddress, pieces } from '../client/model/links.js';

/** What is a link, as it is shown and where it leads. @param {string} text */
const links = (text) => pieces(text).flatMap((one) => (one.kind === 'link' ? [[one.text, one.href]] : []));

test('A link is shown as where it leads: other scripts are spelled out, and what could be taken for another host stays text', () => {
  assert.deepEqual(links('https://example.org/a?b=c#d'), [['https://example.org/a?b=c#d', 'https://example.org/a?b=c#d']]);
  assert.deepEqual(links('https://ex\u0430mple.org/x'), [['https://xn--exmple-4nf.org/x', 'https://xn--exmple-4nf.org/x']]);
  assert.deepEqual(links('https://%65vil.example/'), [['https://evil.example/', 'https://evil.example/']]);
  for (const text of [
    'https://social.example@evil.example/', 'https://social.example:pw@evil.example/', 'javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd',
    'https://[::1', 'https://', 'vbscript:x', 'xmpp:a@b',
  ]) assert.deepEqual(links(text), [], text);
  assert.deepEqual(links('https://evil.example\\@social.example/'), [['https://evil.example', 'https://evil.example/']]);
});

test('What ends a sentence is no part of a link, nothing is lost around it, and there are not too many', () => {
  const text = 'See (https://example.org/a_(b)), or https://example.org/c. Yes!';
  assert.deepEqual(links(text).map(([shown]) => shown), ['https://example.org/a_(b)', 'https://example.org/c']);
  assert.equal(pieces(text).map((one) => one.text).join(''), text);
  assert.equal(links('https://a.example/ '.repeat(200)).length, 50);
  assert.deepEqual(links(`https://a.example/${'x'.repeat(3000)}`), []);
});

test('Files are fetched by https only, and from nobody whose name hides another', () => {
  assert.equal(fileAddress('https://up.example/a b.png'), null);
  for (const address of ['http://up.example/a.png', 'https://u:p@up.example/a.png', '//up.example/a.png', 'javascript:1', 'blob:https://up.example/1'])
    assert.equal(fileAddress(address), null, address);
  assert.equal(fileAddress('https://up.example/a.png'), 'https://up.example/a.png');
});
