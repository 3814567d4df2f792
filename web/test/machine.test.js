// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acknowledged, begun, readCount, received, resumed, sent } from '../client/xmpp/acknowledgements.js';
import { machine, step, takes } from '../client/xmpp/machine.js';
import { parse } from '../client/xmpp/parse.js';
import { el } from '../client/xmpp/xml.js';

/** @typedef {import('../client/xmpp/machine.js').Machine} Machine */
/** @typedef {import('../client/xmpp/machine.js').Happening} Happening */

const top = 2 ** 32 - 1;
const a = el('message', { xmlns: 'jabber:client', id: 'a' });
const b = el('message', { xmlns: 'jabber:client', id: 'b' });

test('counts go round at 2^32', () => {
  assert.equal(received({ ...begun('x'), received: top }).received, 0);
  const counts = sent(sent({ ...begun('x'), acknowledged: top }, a), b);
  const one = acknowledged(counts, 0);
  assert.deepEqual([one?.taken, one?.counts.unacknowledged, one?.counts.acknowledged], [[a], [b], 0]);
  assert.deepEqual(acknowledged(counts, 1)?.taken, [a, b]);
  assert.deepEqual(acknowledged(counts, top)?.taken, []);
  for (const wrong of [2, top - 1, 5000]) assert.equal(acknowledged(counts, wrong), null);
});

test('what was kept may be older than the stream, never newer', () => {
  const counts = sent(sent(begun('x'), a), b);
  assert.deepEqual(resumed(counts, 1).taken, [a]);
  assert.deepEqual(resumed(counts, 700).taken, [a, b]);
  assert.deepEqual(resumed(counts, 700).counts, { id: 'x', received: 0, acknowledged: 700, unacknowledged: [] });
  assert.deepEqual(resumed({ ...counts, acknowledged: 9 }, 3).taken, []);
});

test('only a count is a count', () => {
  assert.equal(readCount('4294967295'), top);
  for (const wrong of [undefined, '', '-1', '1.5', '1e3', ' 1', '4294967296', '00000000001', '0x1', '１']) assert.equal(readCount(wrong), null, wrong);
});

const said = {
  open: '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" from="b" version="1.0" id="1"/>',
  mechanisms: '<stream:features xmlns:stream="http://etherx.jabber.org/streams"><mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>SCRAM-SHA-1</mechanism></mechanisms></stream:features>',
  challenge: '<challenge xmlns="urn:ietf:params:xml:ns:xmpp-sasl">eA==</challenge>',
  success: '<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl">eA==</success>',
  features: '<stream:features xmlns:stream="http://etherx.jabber.org/streams"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/><sm xmlns="urn:xmpp:sm:3"/></stream:features>',
  bound: '<iq xmlns="jabber:client" type="result" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><jid>me@b/r</jid></bind></iq>',
  enabled: '<enabled xmlns="urn:xmpp:sm:3" id="s" resume="true"/>',
};
/** @type {Happening[]} */
const good = [
  { type: 'opened' }, heard(said.open), heard(said.mechanisms), { type: 'sasl', data: 'x', mechanism: 'SCRAM-SHA-1' }, heard(said.challenge),
  { type: 'sasl', data: 'x' }, heard(said.success), { type: 'verified', ok: true }, heard(said.open), heard(said.features), heard(said.bound), heard(said.enabled),
];

/** @param {string} source @returns {Happening} */
function heard(source) {
  return { type: 'stanza', tree: parse(source) };
}

/** @param {Machine} m @param {Happening[]} events */
function run(m, events) {
  return events.reduce((before, event) => step(before, event)[0], m);
}

const fresh = machine({ username: 'me', domain: 'b' });

test('a stream is online after each step, in its order, and not before', () => {
  assert.equal(run(fresh, good).phase, 'online');
  for (let i = 0; i < good.length; i += 1) {
    assert.notEqual(run(fresh, good.slice(0, i)).phase, 'online');
    if (i === 4) continue; // whether there was a challenge is judged with the server's proof
    assert.notEqual(run(fresh, [...good.slice(0, i), ...good.slice(i + 1)]).phase, 'online', `without step ${i}`);
  }
});

test('whatever is heard when something else was due ends the stream, in every phase, and only the answer due does not', () => {
  const frames = [...Object.values(said), '<a/>', '<iq xmlns="jabber:client"/>', '<resumed xmlns="urn:xmpp:sm:3" previd="s" h="0"/>', '<failed xmlns="urn:xmpp:sm:3"/>',
    '<a xmlns="urn:xmpp:sm:3" h="x"/>', '<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>', '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>',
    '<stream:features xmlns:stream="http://etherx.jabber.org/streams"/>', '<iq xmlns="jabber:client" type="error" id="bind"/>'];
  for (let i = 0; i < good.length; i += 1) {
    const m = run(fresh, good.slice(0, i));
    for (const frame of frames) {
      const [next, deeds] = step(m, heard(frame));
      const moved = next.phase !== m.phase;
      if (next.phase === 'over') assert.deepEqual(deeds.map((deed) => deed.type), ['end']);
      else if (m.phase === 'enabling') assert.ok(moved || frame.includes('jabber:client'), `${m.phase}: ${frame}`);
      else assert.ok(moved, `${m.phase}: ${frame}`);
      assert.deepEqual(step(run(next, [{ type: 'lost' }]), heard(frame))[1], [], 'over is over');
    }
  }
});

test('a stream that was cut is resumed; one that is gone is made anew, and says what was lost', () => {
  const cut = run(fresh, [...good, { type: 'send', tree: a }, { type: 'send', tree: b }, heard('<message xmlns="jabber:client"/>'), { type: 'lost' }]);
  assert.equal(takes(cut), true);
  const again = run(machine({ ...cut }), good.slice(0, 9));
  const [resuming, [resume]] = step(again, heard(said.features));
  assert.deepEqual([resume.type === 'send' && { ...resume.tree.attrs }, resuming.phase], [{ xmlns: 'urn:xmpp:sm:3', h: '1', previd: 's' }, 'resuming']);
  const [online, deeds] = step(resuming, heard('<resumed xmlns="urn:xmpp:sm:3" previd="s" h="1"/>'));
  assert.equal(online.phase, 'online');
  assert.deepEqual(deeds.map((deed) => deed.type === 'send' ? deed.tree.attrs.id ?? deed.tree.name : deed.type), ['b', 'r', 'acked', 'online']);
  for (const wrong of ['<resumed xmlns="urn:xmpp:sm:3" previd="t" h="1"/>', '<resumed xmlns="urn:xmpp:sm:3" previd="s"/>']) {
    assert.equal(step(resuming, heard(wrong))[0].phase, 'over');
  }
  const failed = run(resuming, [heard('<failed xmlns="urn:xmpp:sm:3" h="1"/>'), heard(said.bound)]);
  const last = step(failed, heard(said.enabled))[1][0];
  assert.deepEqual(last, { type: 'online', jid: 'me@b/r', resumed: false, lost: [b] });
});

test('a server that does not count, or does not resume, is talked to all the same', () => {
  const before = run(fresh, good.slice(0, -1));
  const uncounted = run(before, [heard('<failed xmlns="urn:xmpp:sm:3"/>')]);
  assert.deepEqual(step(uncounted, { type: 'send', tree: a })[1].map((deed) => deed.type), ['send']);
  assert.equal(takes(run(uncounted, [{ type: 'lost' }])), false);
  const counted = run(before, [heard('<enabled xmlns="urn:xmpp:sm:3"/>')]);
  assert.equal(step(counted, { type: 'send', tree: a })[1].length, 2, 'asks what was taken');
  assert.equal(takes(run(counted, [{ type: 'lost' }])), false);
});
