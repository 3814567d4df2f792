// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import { contentsOf } from '../client/jingle/to-jingle.js';
import * as names from '../client/model/names.js';
import { child, children, el } from '../client/xmpp/xml.js';
import { answer as ours, offer as theirs } from './fixtures/chromium-sdp.js';
import { app, bob, me, settle, stage, start } from './jingle-stage.js';

const begin = () => contentsOf(theirs, { by: 'initiator', contents: ['sound', 'picture'] });
/** @param {ReturnType<typeof stage>} it */
async function talking(it) {
  it.propose({ video: true });
  await it.calls.answer(it.call.id, { video: false, tab: 'tab' });
  assert.equal(it.iq('session-initiate', begin()), 'ok');
  await settle();
  it.calls.changed('tab', it.call.id, { connection: 'connected' });
  return it;
}
/** Timers of what goes on would keep the tests waiting. @param {ReturnType<typeof stage>} it */
const end = (it) => it.calls.stop();

test('A proposal rings and says so; answered, the session is accepted with our sound, and both hang up in words', async () => {
  const it = await talking(stage());
  assert.deepEqual([it.said('ringing'), it.said('proceed'), it.call.phase, it.call.kind, it.call.wantsVideo], [1, 1, 'talking', 'jingle', true]);
  const answers = it.sent.filter((one) => child(one, 'ringing', names.jingleMessages) || child(one, 'proceed', names.jingleMessages));
  assert.deepEqual(answers.map(({ attrs }) => attrs.to), [app, app], 'to the app that has proposed it');
  assert.deepEqual(it.asked.map(([verb]) => verb), ['open', 'prepare', 'answer']);
  assert.deepEqual([it.asked[0][1].relayOnly, it.asked[0][1].iceServers.length, it.call.isDirect], [true, 1, false]);
  const [accepted] = it.told('session-accept');
  assert.deepEqual(children(accepted, 'content').map(({ attrs }) => [attrs.name, attrs.senders]), [['sound', 'both'], ['picture', /recvonly/.test(ours) ? 'initiator' : 'both']]);
  it.calls.hangUp(it.call.id);
  const [over] = it.told('session-terminate');
  assert.deepEqual([child(child(over, 'reason'), 'success') !== null, it.said('finish'), it.call.reason], [true, 1, 'hung-up']);
  assert.deepEqual([it.asked.at(-1)?.[0], it.calls.lines.size], ['close', 0]);
  assert.equal(it.iq('session-terminate'), 'service-unavailable', 'what is over is as if it had never been');
});

test('A contact is connected directly, whoever is none by the relay, and without one it is told and left to other devices', async () => {
  const direct = stage({ isContact: true });
  direct.propose();
  await direct.calls.answer(direct.call.id, { video: false, tab: 'tab' });
  assert.deepEqual([direct.asked[0][1].relayOnly, direct.call.isDirect], [false, true]);
  end(direct);
  for (const how of [{ hasTurn: false }, { hasCalls: false }]) {
    const it = stage(how);
    it.propose();
    assert.deepEqual([it.call.canAnswer, it.said('ringing')], [false, 0]);
    await assert.rejects(it.calls.answer(it.call.id, { video: false, tab: 'tab' }), { code: 'not-ready' });
    it.mine('proceed');
    assert.deepEqual([it.call.reason, it.sent.length], ['answered-elsewhere', 0]);
  }
});

test('Without a microphone it rings on, and nothing was promised', async () => {
  const it = stage({ microphone: 'denied' });
  it.propose();
  await assert.rejects(it.calls.answer(it.call.id, { video: false, tab: 'tab' }), { code: 'denied' });
  assert.deepEqual([it.call.phase, it.said('proceed'), it.said('reject')], ['ringing', 0, 0]);
  it.microphone = null;
  await it.calls.answer(it.call.id, { video: false, tab: 'tab' });
  assert.deepEqual([it.call.phase, it.said('proceed')], ['connecting', 1]);
  end(it);
});

test('Only declining is for all devices: signing out, and other ends, let them ring on', () => {
  const it = stage();
  it.propose();
  it.calls.decline(it.call.id);
  assert.deepEqual([it.said('reject'), it.call.reason], [1, 'declined']);
  const left = stage();
  left.propose();
  left.calls.stop();
  assert.deepEqual([left.said('reject'), left.said('finish'), left.call.reason], [0, 0, 'signed-out']);
});

test('What other devices and the caller say ends the ringing, and only theirs does', () => {
  for (const [say, reason] of /** @type {[(it: ReturnType<typeof stage>) => void, string | null][]} */ ([
    [(it) => it.mine('proceed'), 'answered-elsewhere'], [(it) => it.mine('accept'), 'answered-elsewhere'], [(it) => it.mine('reject'), 'declined-elsewhere'],
    [(it) => it.word('retract'), 'missed'], [(it) => it.word('finish'), 'they-hung-up'], [(it) => it.mine('proceed', 'c2'), null],
    [(it) => it.word('retract', '', 'mallory@example.net/x'), null], [(it) => it.word('retract', '', app, 'c2'), null], [(it) => it.word('proceed'), null],
    [(it) => it.word('reject'), null], [(it) => it.word('retract', '', `${me}/2`), null],
    [(it) => it.hear(`<message xmlns='jabber:client' from='${bob}' to='${me}'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='${me}/2' to='${bob}'><proceed xmlns='urn:xmpp:jingle-message:0' id='c1'/></message></forwarded></sent></message>`), null],
  ])) {
    const it = stage();
    it.propose();
    say(it);
    assert.equal(it.call.reason, reason, String(say));
    end(it);
  }
});

test('Who does not ring: the old, the too many, files, rooms, copies of our own', () => {
  /** @param {(it: ReturnType<typeof stage>) => void} say */
  const rings = (say) => {
    const it = stage();
    say(it);
    const count = it.state.calls.filter((call) => call.phase === 'ringing').length;
    end(it);
    return count;
  };
  const sound = `<description xmlns='${names.jingleRtp}' media='audio'/>`;
  assert.equal(rings((it) => it.propose()), 1);
  assert.equal(rings((it) => it.word('propose', sound, app, 'c1', `<delay xmlns='urn:xmpp:delay' stamp='${new Date(start - 46_000).toISOString()}'/>`)), 0);
  assert.equal(rings((it) => it.word('propose', "<description xmlns='urn:xmpp:jingle:apps:file-transfer:5'/>")), 0);
  assert.equal(rings((it) => it.word('propose', `<description xmlns='${names.jingleRtp}' media='video'/>`)), 0);
  assert.equal(rings((it) => it.word('propose', sound, 'garden@rooms.example.social/bob', 'c1', "<x xmlns='http://jabber.org/protocol/muc#user'/>")), 0);
  assert.equal(rings((it) => it.mine('propose')), 0);
  assert.equal(rings((it) => { it.propose(); it.propose(); }), 1, 'the same again');
  assert.equal(rings((it) => { it.propose(); it.propose({ id: 'c2' }); }), 1, 'one for each caller');
  assert.equal(rings((it) => { for (let nth = 0; nth < 9; nth += 1) it.propose({ from: `u${nth}@example.net/x` }); }), 4);
  const it = stage();
  for (let nth = 0; nth < 50; nth += 1) {
    it.propose({ id: `c${nth}` });
    it.word('retract', '', app, `c${nth}`);
  }
  assert.equal(it.said('ringing'), 6);
  it.now += 61_000;
  it.propose({ id: 'later' });
  assert.equal(it.said('ringing'), 7);
  end(it);
});

test('A session is begun by the caller, after it was asked for, once; of others nothing is known', async () => {
  const it = stage();
  it.propose();
  assert.equal(it.iq('session-initiate', begin()), 'unexpected-request', 'nobody has answered yet');
  await it.calls.answer(it.call.id, { video: false, tab: 'tab' });
  assert.equal(it.iq('session-terminate'), 'unexpected-request');
  assert.equal(it.iq('session-initiate', begin(), { from: 'mallory@example.net/x' }), 'service-unavailable');
  assert.equal(it.iq('session-initiate', begin(), { sid: 'c2' }), 'service-unavailable');
  assert.equal(it.iq('session-initiate', begin()), 'ok');
  assert.equal(it.iq('session-initiate', begin()), 'unexpected-request');
  assert.equal(it.iq('session-terminate', [], { from: `${bob}/other` }), 'unexpected-request');
  await settle();
  assert.equal(it.iq('session-info'), 'ok');
  assert.equal(it.iq('session-info', [el('hold', { xmlns: names.jingleRtpInfo })]), 'ok');
  assert.equal(it.call.heldByThem, true);
  assert.equal(it.iq('session-info', [el('x', { xmlns: 'x:y' })]), 'feature-not-implemented');
  assert.equal(it.iq('content-modify'), 'feature-not-implemented');
  assert.equal(it.iq('content-add', [el('content', { creator: 'initiator', name: 'v' })]), 'ok');
  assert.equal(it.told('content-reject').length, 1);
  assert.equal(it.iq('session-terminate', [el('reason', null, el('connectivity-error', null))]), 'ok');
  assert.deepEqual([it.call.reason, it.told('session-terminate').length], ['no-path', 0]);
});

test('What a browser cannot take ends with the reason that the specification has for it', async () => {
  const it = stage();
  it.propose();
  await it.calls.answer(it.call.id, { video: false, tab: 'tab' });
  const unsafe = begin().map((content) => (content.name !== 'content' ? content : el('content', content.attrs, ...children(content).map((part) => (part.name !== 'transport' ? part
    : el('transport', part.attrs, ...children(part).filter(({ name }) => name !== 'fingerprint')))))));
  assert.equal(it.iq('session-initiate', unsafe), 'ok');
  await settle();
  assert.deepEqual([it.call.reason, children(child(it.told('session-terminate')[0] ?? null, 'reason'))[0]?.name], ['no-common-media', 'security-error']);
});

test('Ways that follow are handed on; when the caller starts ICE anew, it is told our ways anew', async () => {
  const it = await talking(stage());
  /** @param {string} ufrag */
  const way = (ufrag) => [el('content', { creator: 'initiator', name: 'sound' }, el('transport', { xmlns: names.jingleIce, ufrag, pwd: '0123456789abcdefghijkl' },
    el('candidate', { component: '1', foundation: '1', generation: '0', ip: '192.0.2.9', port: '4000', priority: '1', protocol: 'udp', type: 'host' })))];
  const known = /a=ice-ufrag:(\S+)/.exec(theirs)?.[1] ?? '';
  it.iq('transport-info', way(known));
  assert.deepEqual(it.asked.at(-1), ['candidate', { candidate: 'candidate:1 1 udp 1 192.0.2.9 4000 typ host generation 0', sdpMid: '0', sdpMLineIndex: 0 }]);
  it.iq('transport-info', way('anew'));
  await settle();
  const [verb, sdp] = it.asked.at(-1) ?? [];
  assert.equal(verb, 'answer');
  assert.match(sdp, /a=ice-ufrag:anew\r\n[^]*a=fingerprint:sha-256 [0-9A-F:]{95}\r\na=setup:actpass[^]*192\.0\.2\.9/);
  assert.equal(children(it.told('transport-info')[0] ?? null, 'content').length, 2);
  it.calls.changed('tab', it.call.id, { connection: 'disconnected' });
  assert.equal(it.call.phase, 'reconnecting');
  it.calls.changed('tab', it.call.id, { connection: 'connected' });
  assert.equal(it.call.phase, 'talking');
  it.calls.tabGone('tab');
  assert.deepEqual([it.call.reason, child(child(it.told('session-terminate')[0] ?? null, 'reason'), 'gone') !== null], ['tab-closed', true]);
});

test('What such a call cannot do is refused, and muting is between the member and their tab', async () => {
  const it = await talking(stage());
  await assert.rejects(it.calls.tone(it.call.id, '5'), { code: 'no-common-media' });
  await it.calls.mute(it.call.id, true);
  assert.deepEqual([it.call.muted, it.told('session-info').length], [true, 0]);
  end(it);
});

test('When our network is another one we begin anew without an address, their answer is taken, and they may begin so often a minute', async () => {
  const it = await talking(stage());
  /** @param {string} ufrag @param {boolean} [withAddress] */
  const way = (ufrag, withAddress = false) => [el('content', { creator: 'initiator', name: 'sound' }, el('transport', { xmlns: names.jingleIce, ufrag, pwd: '0123456789abcdefghijkl' },
    withAddress && el('candidate', { component: '1', foundation: '1', generation: '0', ip: '192.0.2.9', port: '4000', priority: '1', protocol: 'udp', type: 'host' })))];
  it.calls.changed('tab', it.call.id, { connection: 'disconnected' });
  [...it.calls.lines.values()][0].moved();
  await settle();
  assert.deepEqual(it.asked.at(-1), ['offer', { restart: true }]);
  const [begun, more] = it.told('transport-info').map((one) => children(child(child(one, 'content'), 'transport')).length);
  assert.deepEqual([begun, more > 0], [0, true]);
  assert.equal(it.iq('transport-info', way('answer', true)), 'ok');
  await settle();
  const [verb, sdp] = it.asked.at(-1) ?? [];
  assert.equal(verb, 'accept');
  assert.match(sdp, /a=ice-ufrag:answer\r\n[^]*a=setup:(active|passive)\r\n[^]*192\.0\.2\.9/);
  it.calls.changed('tab', it.call.id, { connection: 'connected' });
  const answers = [];
  for (let nth = 0; nth < 7; nth += 1) answers.push(it.iq('transport-info', way(`anew${nth}`)));
  assert.deepEqual(answers, [...Array(6).fill('ok'), 'resource-constraint']);
  await settle();
  end(it);
});
