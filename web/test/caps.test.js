// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { answer } from '../client/xmpp/answers.js';
import { capsElement, infoElement, node, ours, verification, verificationString } from '../client/xmpp/caps.js';
import { child, children, el, text } from '../client/xmpp/xml.js';

const subtle = /** @type {any} */ (webcrypto).subtle;
const own = 'me@b/web';
const software = { name: 'Trunkline', version: '1.2' };

test('capabilities are hashed as XEP-0115 shows it', async () => {
  const exodus = {
    identities: [{ category: 'client', type: 'pc', name: 'Exodus 0.9.1' }],
    features: ['http://jabber.org/protocol/muc', 'http://jabber.org/protocol/disco#items', 'http://jabber.org/protocol/disco#info', 'http://jabber.org/protocol/caps'],
  };
  assert.equal(await verification(exodus, subtle), 'QgayPKawpkPSDYmwT/WM94uAlu0=');
  assert.equal(verificationString({ identities: [{ category: 'client', type: 'web', lang: 'el', name: 'Ψ' }, { category: 'client', type: 'pc' }], features: ['b', 'a', 'B'] }),
    'client/pc//<client/web/el/Ψ<B<a<b<');
});

test('what we are asked for is what our presence says', async () => {
  const ver = await verification(ours, subtle);
  const asked = el('iq', { xmlns: 'jabber:client', type: 'get', id: '1', from: 'bob@b/x' },
    el('query', { xmlns: 'http://jabber.org/protocol/disco#info', node: `${capsElement(ver).attrs.node}#${ver}` }));
  const { answer: said } = answer(asked, own, ver, software, ours);
  const query = child(said, 'query');
  assert.equal(said?.attrs.to, 'bob@b/x');
  assert.equal(query?.attrs.node, `${node}#${ver}`);
  const read = {
    identities: children(query, 'identity').map(({ attrs }) => ({ category: attrs.category, type: attrs.type, name: attrs.name })),
    features: children(query, 'feature').map(({ attrs }) => attrs.var),
  };
  assert.equal(await verification(read, subtle), ver);
  assert.equal(children(infoElement(ours, undefined), 'feature').length, ours.features.length);
});

/** @param {import('../client/xmpp/xml.js').Tree | null} reply */
const refused = (reply) => children(child(reply, 'error'))[0]?.name;
/** @param {string} type @param {Record<string, string>} attrs @param {...any} payload */
const request = (type, attrs, ...payload) => el('iq', { xmlns: 'jabber:client', type, id: 'q', ...attrs }, ...payload);

test('ping and version are answered, honestly; everything else is refused', () => {
  const from = 'eve@evil/x';
  const pong = answer(request('get', { from }, el('ping', { xmlns: 'urn:xmpp:ping' })), own, 'v', software, ours);
  assert.deepEqual([pong.answer?.attrs.type, pong.answer?.attrs.to, pong.answer?.attrs.id, pong.show], ['result', from, 'q', false]);
  const said = child(answer(request('get', { from }, el('query', { xmlns: 'jabber:iq:version' })), own, 'v', software, ours).answer, 'query');
  assert.deepEqual(children(said).map((each) => [each.name, text(each)]), [['name', 'Trunkline'], ['version', '1.2']]);
  for (const [wrong, condition] of /** @type {[any, string][]} */ ([
    [request('get', { from }, el('query', { xmlns: 'jabber:iq:last' })), 'service-unavailable'],
    [request('set', { from }, el('ping', { xmlns: 'urn:xmpp:ping' })), 'service-unavailable'],
    [request('get', { from }), 'bad-request'],
    [request('get', { from }, el('a', { xmlns: 'x' }), el('b', { xmlns: 'x' })), 'bad-request'],
    [request('gett', { from }, el('ping', { xmlns: 'urn:xmpp:ping' })), 'bad-request'],
    [request('get', { from }, el('query', { xmlns: 'http://jabber.org/protocol/disco#info', node: 'x' })), 'item-not-found'],
  ])) assert.equal(refused(answer(wrong, own, 'v', software, ours).answer, ), condition);
  const nameless = el('iq', { xmlns: 'jabber:client', type: 'get', from }, el('ping', { xmlns: 'urn:xmpp:ping' }));
  assert.deepEqual(answer(nameless, own, 'v', software, ours), { answer: null, show: false });
});

test('contacts and blocks are pushed by our own account only', () => {
  const push = el('query', { xmlns: 'jabber:iq:roster' }, el('item', { jid: 'eve@evil', subscription: 'both' }));
  for (const attrs of [{}, { from: 'me@b' }, { from: 'Me@B' }]) {
    const { answer: reply, show } = answer(request('set', attrs, push), own, 'v', software, ours);
    assert.deepEqual([reply?.attrs.type, show], ['result', true]);
  }
  assert.equal(answer(request('set', {}, el('block', { xmlns: 'urn:xmpp:blocking' })), own, 'v', software, ours).show, true);
  for (const from of ['eve@evil', 'me@b/other', own, 'b', 'me@b.evil', '']) {
    const { answer: reply, show } = answer(request('set', { from }, push), own, 'v', software, ours);
    assert.deepEqual([refused(reply), show], ['service-unavailable', false], from);
  }
});
