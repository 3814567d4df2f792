// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '../client/xmpp/parse.js';
import { child, children, clean, el, serialize, text, withAttrs, within, XmlError } from '../client/xmpp/xml.js';

/** @param {string} source @returns {unknown} */
const plain = (source) => JSON.parse(JSON.stringify(parse(source)));

test('what is written is read as what it was', () => {
  const tree = el('message', { xmlns: 'jabber:client', to: 'a@b', 'xml:lang': 'en' },
    el('body', null, `<b>&amp;"'`, '\r\n\t]]>', 'é😀'),
    el('x', { xmlns: 'jabber:x:oob', title: `a"'<>&\t\n\r` }, el('url', null, 'https://x.example/?a=1&b=2')));
  assert.deepEqual(parse(serialize(tree)), tree);
  assert.equal(text(child(parse(serialize(tree)), 'body')), `<b>&amp;"'\r\n\t]]>é😀`);
  assert.equal(serialize(el('a', { xmlns: 'x' }, el('b', { xmlns: 'y' }), el('c', { xmlns: 'x' }))), '<a xmlns="x"><b xmlns="y"/><c/></a>');
});

test('children without a namespace take that of what they stand in', () => {
  const made = el('iq', { xmlns: 'jabber:client' }, el('a', null, el('b')), el('c', { xmlns: 'other' }, el('d')));
  assert.equal(child(child(made, 'a'), 'b')?.attrs.xmlns, 'jabber:client');
  assert.equal(child(child(made, 'c'), 'd')?.attrs.xmlns, 'other');
  assert.equal(child(within('z', el('a', null, el('b'))), 'b', 'z')?.name, 'b');
  assert.equal(child(made, 'c', 'jabber:client'), null);
  assert.equal(children(made).length, 2);
  assert.equal(withAttrs(made, { id: 1 }).attrs.id, '1');
});

test('what XML cannot hold is never written', () => {
  for (const wrong of ['\0', '\x0b', '\x1b', '\ud800', 'a\udc00b', '\ufffe', '\uffff']) {
    assert.throws(() => el('a', null, wrong), XmlError);
    assert.throws(() => el('a', { b: wrong }), XmlError);
    assert.equal(text(el('a', null, clean(`x${wrong}y`))).includes('\ufffd'), true);
  }
  for (const name of ['', 'a b', 'a:b', '1a', '-a', 'a>', 'a/', 'a\n', '<', "a='x'"]) {
    assert.throws(() => el(name), XmlError, name);
    assert.throws(() => el('a', { [name]: 'x' }), XmlError, name);
  }
  assert.deepEqual(el('a', { b: null, c: undefined, d: 0 }, null, undefined, false, '', 'x', 'y').children, ['xy']);
});

test('a tree cannot be changed, and its attributes have no ancestors', () => {
  const tree = parse('<a toString2="1"><b/></a>');
  assert.throws(() => { /** @type {any} */ (tree.attrs).x = '1'; }, TypeError);
  assert.throws(() => { /** @type {any} */ (tree.children).push('x'); }, TypeError);
  assert.equal(tree.attrs.constructor, undefined);
  assert.equal(parse('<a __proto__="x"/>').attrs['__proto__'], 'x');
});

test('namespaces are those of the prefixes, and the prefixes are gone', () => {
  assert.deepEqual(plain('<stream:error xmlns:stream="s" xmlns="c"><stream:a/><b xmlns=""><c/></b><d/></stream:error>'), {
    name: 'error', attrs: { xmlns: 's' }, children: [
      { name: 'a', attrs: { xmlns: 's' }, children: [] },
      { name: 'b', attrs: { xmlns: '' }, children: [{ name: 'c', attrs: { xmlns: '' }, children: [] }] },
      { name: 'd', attrs: { xmlns: 'c' }, children: [] },
    ],
  });
  assert.deepEqual(plain('<a xmlns:p="1"><p:b xmlns:p="2"/><p:c p:x="dropped" xml:lang="de" x="kept"/></a>'), {
    name: 'a', attrs: { xmlns: '' }, children: [
      { name: 'b', attrs: { xmlns: '2' }, children: [] },
      { name: 'c', attrs: { xmlns: '1', 'xml:lang': 'de', x: 'kept' }, children: [] },
    ],
  });
});

test('text is joined, and its references taken for what they mean', () => {
  assert.deepEqual(parse('<a>x&lt;&#65;&#x1F600;<![CDATA[<&]]>\r\ny\rz</a>').children, ['x<A😀<&\ny\nz']);
  assert.equal(parse("<a b='1&#10;2\n3\t4\"&apos;'/>").attrs.b, '1\n2 3 4"\'');
});

test('what XMPP does not allow of XML, or XML does not allow, is refused', () => {
  for (const wrong of [
    '', ' ', 'x', '<', '<a', '<a>', '<a/', '</a>', '<a></b>', '<a/><b/>', '<a/>x', 'x<a/>', '<a><b></a></b>', '< a/>', '<a b/>', '<a b=c/>',
    '<a b="1" b="2"/>', '<a b="1"c="2"/>', '<a b="<"/>', '<a b="x/>', '<1/>', '<a:b/>', '<a:b:c xmlns:a="x"/>', '<:a/>', '<a b:c="1"/>',
    '<a>&</a>', '<a>&x;</a>', '<a>&amp</a>', '<a>&#0;</a>', '<a>&#xD800;</a>', '<a>&#x110000;</a>', '<a>&#99999999;</a>', '<a>&constructor;</a>',
    '<a>]]></a>', '<a><![CDATA[x</a>', '<![CDATA[x]]>', '<a>\0</a>', '<a>\ud800</a>', '<a b="\x01"/>', '<a>\uffff</a>',
    '<!-- x --><a/>', '<a><!-- x --></a>', '<?xml version="1.0"?><a/>', '<a><?x y?></a>', '<!DOCTYPE a><a/>',
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', '<a xmlns:b=""/>', '<a xmlns:xml="x"/>', '<a xmlns:xmlns="x"/>',
    '<a xmlns="http://www.w3.org/2000/xmlns/"/>', '<a xmlns:b="http://www.w3.org/XML/1998/namespace"/>',
    '<a xmlns:p="1" xmlns:q="1" p:x="1" q:x="2"/>', '<a xmlns:p="1"><b xmlns:p="2"/><p:c xmlns:q="3"/><q:d/></a>',
  ]) assert.throws(() => parse(wrong), XmlError, JSON.stringify(wrong));
});

test('what is too deep or too much is left out, without an end to the stream; what is too long ends it', () => {
  const limit = { length: 1000, depth: 3, elements: 6 };
  assert.equal(serialize(parse('<a><b><c><d><e/>x</d>y</c></b></a>', limit)), '<a xmlns=""><b><c>y</c></b></a>');
  assert.equal(serialize(parse('<a><b/><b/><b/><b/><b/><b>x</b>y<b/></a>', limit)), '<a xmlns=""><b/><b/><b/><b/><b/>y</a>');
  assert.throws(() => parse(`<a>${'x'.repeat(1000)}</a>`, limit), XmlError);
  const deep = 20_000;
  assert.equal(serialize(parse('<a xmlns:x="y">'.repeat(deep) + '</a>'.repeat(deep))).length < 2000, true);
});

test('cut anywhere, a stanza is refused', () => {
  const whole = serialize(el('iq', { xmlns: 'jabber:client', id: 'é' }, el('a', { xmlns: 'b' }, 'x&y', el('c'))));
  for (let end = 0; end < whole.length; end += 1) assert.throws(() => parse(whole.slice(0, end)), XmlError);
});
