// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import { contentsOf } from '../client/jingle/to-jingle.js';
import * as names from '../client/model/names.js';
import { child, children, el } from '../client/xmpp/xml.js';
import { answer } from './fixtures/chromium-sdp.js';
import { me, settle, stage } from './jingle-stage.js';

const carol = 'carol@other.example';
const phone = `${carol}/phone`;
const video = { video: true, tab: 'tab' };

/** @param {Parameters<typeof stage>[0]} [how] @param {{ video: boolean, tab: string }} [wish] */
async function calling(how, wish = video) {
  const it = stage({ peer: carol, ...how });
  it.calls.call('id', carol, wish);
  await settle();
  const proposed = it.sent.find((one) => child(one, 'propose', names.jingleMessages));
  return Object.assign(it, { sid: child(proposed ?? null, 'propose')?.attrs.id ?? '', proposed });
}
/** @param {Awaited<ReturnType<typeof calling>>} it */
const accept = (it) => it.iq('session-accept', contentsOf(answer, { by: 'responder', contents: ['0', '1'] }), { sid: it.sid });
/** @param {Awaited<ReturnType<typeof calling>>} it */
async function talking(it) {
  it.word('ringing', '', phone, it.sid);
  it.word('proceed', '', phone, it.sid);
  await settle();
  assert.equal(accept(it), 'ok');
  await settle();
  it.calls.changed('tab', 'id', { connection: 'connected' });
  return it;
}
/** @param {Awaited<ReturnType<typeof calling>>} it @param {string} condition @param {string} [id] @param {string} [more] */
const bounce = (it, condition, id = it.proposed?.attrs.id, more = '') =>
  it.hear(`<message xmlns='jabber:client' from='${carol}' to='${me}/1' type='error' id='${id}'><error type='cancel'><${condition} xmlns='${names.stanzaErrors}'/>${more}</error></message>`);

test('A call is proposed to all devices, begun with the one that takes it, and ends in words', async () => {
  const it = await calling();
  assert.deepEqual([it.proposed?.attrs.to, it.call.kind, it.call.phase, it.call.wantsVideo], [carol, 'jingle', 'calling', true]);
  assert.deepEqual(children(child(it.proposed ?? null, 'propose')).map(({ attrs }) => attrs.media), ['audio', 'video']);
  it.word('ringing', '', phone, it.sid);
  assert.equal(it.call.phase, 'ringing');
  await talking(it);
  assert.equal(it.call.phase, 'talking');
  for (const lacksMicrophone of [true, false]) {
    it.calls.changed('tab', 'id', { lacksMicrophone, streams: true });
    assert.equal(it.call.lacksMicrophone, lacksMicrophone);
  }
  const [begun] = it.told('session-initiate');
  assert.deepEqual(children(begun, 'content').map(({ attrs }) => [attrs.creator, attrs.name, attrs.senders]), [['initiator', '0', 'both'], ['initiator', '1', 'both']]);
  assert.equal(it.sent.find((one) => child(one, 'jingle'))?.attrs.to, phone);
  assert.deepEqual(it.asked.map(([verb]) => verb), ['open', 'prepare', 'offer', 'accept']);
  it.calls.hangUp('id');
  assert.deepEqual([it.told('session-terminate').length, it.said('finish'), it.said('retract'), it.call.reason, it.calls.lines.size], [1, 1, 0, 'hung-up', 0]);
});

test('Before somebody takes it up nothing is said or offered of ways to this browser, and to whoever is no contact only of the relay', async () => {
  for (const isContact of [false, true]) {
    const it = await calling({ isContact });
    assert.deepEqual([it.asked[0][1].relayOnly, it.call.isDirect], [!isContact, isContact]);
    it.calls.changed('tab', 'id', { found: { candidate: 'candidate:9 1 udp 1 192.0.2.7 7 typ relay', sdpMid: '0', sdpMLineIndex: 0 } });
    it.word('ringing', '', phone, it.sid);
    assert.deepEqual([it.sent.length, it.asked.some(([verb]) => verb === 'offer')], [1, false]);
    it.word('proceed', '', phone, it.sid);
    await settle();
    const [found] = it.told('transport-info');
    assert.equal(child(child(child(found, 'content'), 'transport'), 'candidate')?.attrs.ip, '192.0.2.7', 'what was found meanwhile follows');
    it.calls.changed('tab', 'id', { found: { candidate: 'candidate:9 1 udp 1 192.0.2.8 7 typ host', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'other' } });
    assert.equal(it.told('transport-info').length, 1, 'of another start');
    it.calls.stop();
  }
});

test('What cannot be called says so, and nothing is sent', () => {
  for (const [how, code] of /** @type {[any, string][]} */ ([[{ hasTurn: false }, 'no-relay'], [{ hasCalls: false, isContact: true }, 'not-ready']])) {
    const it = stage({ peer: carol, ...how });
    assert.throws(() => it.calls.call('id', carol, video), { code });
    assert.deepEqual([it.sent.length, it.state.calls.length], [0, 0]);
  }
});

test('A connection that is lost while the microphone is asked for ends it at once, and says so', async () => {
  const it = stage({ peer: carol });
  it.calls.call('id', carol, video);
  it.isOnline = false;
  await settle();
  assert.deepEqual([it.call.reason, it.asked.at(-1)?.[0], it.calls.lines.size], ['offline', 'close', 0]);
});

test('Without a microphone nobody is rung', async () => {
  const it = await calling({ microphone: 'denied' });
  assert.deepEqual([it.sent.length, it.call.reason, it.calls.lines.size], [0, 'denied', 0]);
});

test('Declined, cancelled, not answered, unknown: each ends the call with its reason, and only theirs does', async () => {
  /** @type {[(it: Awaited<ReturnType<typeof calling>>) => void, string | null, number][]} */
  const cases = [
    [(it) => it.word('reject', "<reason xmlns='urn:xmpp:jingle:1'><busy/></reason>", phone, it.sid), 'declined', 0], [(it) => it.calls.hangUp('id'), 'cancelled', 1],
    [(it) => it.word('finish', '', phone, it.sid), 'declined', 0], [(it) => it.calls.stop(), 'signed-out', 1], [(it) => it.calls.tabGone('tab'), 'tab-closed', 1],
    [(it) => bounce(it, 'remote-server-not-found'), 'no-chat', 0], [(it) => bounce(it, 'service-unavailable'), 'no-chat', 0], [(it) => bounce(it, 'remote-server-timeout'), 'far-server', 0],
    [(it) => bounce(it, 'forbidden'), 'refused', 0], [(it) => bounce(it, 'constructor'), 'refused', 0], [(it) => bounce(it, 'not-acceptable', undefined, "<blocked xmlns='urn:xmpp:blocking:errors'/>"), 'blocked', 0],
    [(it) => bounce(it, 'service-unavailable', 'another'), null, 0], [(it) => it.word('reject', '', 'mallory@other.example/x', it.sid), null, 0],
    [(it) => it.word('proceed', '', 'mallory@other.example/x', it.sid), null, 0], [(it) => it.word('reject', '', phone, 'another'), null, 0],
    [(it) => it.word('retract', '', phone, it.sid), null, 0], [(it) => it.mine('reject', it.sid), null, 0], [(it) => it.mine('proceed', it.sid), null, 0],
  ];
  for (const [say, reason, retracted] of cases) {
    const it = await calling();
    say(it);
    assert.deepEqual([it.call.reason, it.said('retract'), it.asked.some(([verb]) => verb === 'offer')], [reason, retracted, false], String(say));
    it.calls.stop();
  }
});

test('A device that has gone, and an answer that is none, end it; what other apps say is not heard', async () => {
  const left = await calling();
  left.reply = async () => { throw new (await import('../client/xmpp/errors.js')).XmppError('service-unavailable'); };
  left.word('proceed', '', phone, left.sid);
  await settle();
  assert.deepEqual([left.call.reason, left.told('session-terminate').length, left.said('finish')], ['unavailable', 0, 1]);
  const it = await calling();
  assert.equal(accept(it), 'unexpected-request', 'nothing was begun');
  it.word('proceed', '', phone, it.sid);
  it.word('proceed', '', `${carol}/tablet`, it.sid);
  await settle();
  assert.equal(it.told('session-initiate').length, 1);
  assert.equal(it.iq('session-accept', [], { sid: it.sid, from: `${carol}/tablet` }), 'unexpected-request');
  const other = contentsOf(answer, { by: 'responder', contents: ['0', 'x'] });
  assert.equal(it.iq('session-accept', other, { sid: it.sid }), 'ok');
  await settle();
  assert.deepEqual([it.call.reason, children(child(it.told('session-terminate')[0] ?? null, 'reason'))[0]?.name], ['no-common-media', 'unsupported-applications']);
  const refused = await calling();
  refused.word('proceed', '', phone, refused.sid);
  await settle();
  assert.equal(refused.iq('session-terminate', [el('reason', null, el('failed-application', null))], { sid: refused.sid }), 'ok');
  assert.equal(refused.call.reason, 'no-common-media');
});

test('What was found of ways to this browser is told to nobody after the end', async () => {
  const it = await calling();
  let done = () => {};
  it.reply = () => new Promise((resolve) => { done = () => resolve(el('iq', { type: 'result' })); });
  it.word('proceed', '', phone, it.sid);
  await settle();
  it.calls.changed('tab', 'id', { found: { candidate: 'candidate:9 1 udp 1 192.0.2.7 7 typ relay', sdpMid: '0', sdpMLineIndex: 0 } });
  const begun = done;
  it.calls.hangUp('id');
  begun();
  await settle();
  assert.deepEqual([it.told('session-initiate').length, it.told('session-terminate').length, it.told('transport-info').length], [1, 1, 0]);
});

test('Pictures that they do not take are refused in their place, and ways that come before their answer wait for it', async () => {
  const it = await calling();
  it.word('proceed', '', phone, it.sid);
  await settle();
  const sound = contentsOf(answer, { by: 'responder', contents: ['0'] }).filter(({ name }) => name === 'content');
  const transport = child(sound[0], 'transport');
  const way = el('content', { creator: 'initiator', name: '0' }, el('transport', transport?.attrs ?? {},
    el('candidate', { component: '1', foundation: '1', generation: '0', ip: '192.0.2.9', port: '4000', priority: '1', protocol: 'udp', type: 'host' })));
  assert.equal(it.iq('transport-info', [way], { sid: it.sid }), 'ok');
  assert.equal(it.asked.at(-1)?.[0], 'offer');
  it.iq('session-accept', sound, { sid: it.sid });
  await settle();
  const [[, sdp], [verb, candidate]] = it.asked.slice(-2);
  assert.match(sdp, /m=audio 9 [^]*a=setup:active[^]*m=video 0 UDP\/TLS\/RTP\/SAVPF 0\r\nc=IN IP4 0\.0\.0\.0\r\na=mid:1\r\na=inactive\r\n$/);
  assert.deepEqual([verb, candidate.sdpMid], ['candidate', '0']);
  it.calls.stop();
});

test('When both call each other at once, the lower id stays: ours goes on, or theirs is answered where the member called', async () => {
  const first = await calling();
  first.propose({ id: 'zzz' });
  assert.deepEqual([first.said('reject'), first.said('retract'), first.state.calls.length, first.call.reason], [1, 0, 1, null]);
  const broken = first.sent.map((one) => child(one, 'reject', names.jingleMessages)).find((one) => one !== null);
  assert.deepEqual(children(broken ?? null).map(({ name }) => name), ['reason', 'tie-break']);
  first.calls.stop();
  const second = await calling();
  second.propose({ id: 'a', video: true });
  await settle();
  assert.deepEqual([second.said('retract'), second.said('proceed'), second.call.direction, second.call.phase, second.call.tab], [1, 1, 'in', 'connecting', 'tab']);
  assert.deepEqual(second.asked.map(([verb]) => verb), ['open', 'prepare', 'close', 'open', 'prepare']);
  second.calls.stop();
});

test('A call that was not proposed yet does not stand in the way of theirs', async () => {
  const it = stage({ peer: carol });
  it.calls.call('id', carol, video);
  it.propose({ id: 'zzz', video: true });
  await settle();
  assert.deepEqual([it.said('reject'), it.said('propose'), it.said('retract'), it.said('proceed'), it.call.direction, it.call.phase], [0, 0, 0, 1, 'in', 'connecting']);
  it.calls.stop();
});

test('Calling whoever rings here answers them', async () => {
  const it = stage({ peer: carol });
  it.propose({ id: 'theirs' });
  assert.equal(await it.calls.call('id', carol, video), it.call.id);
  assert.deepEqual([it.said('propose'), it.said('proceed'), it.call.direction], [0, 1, 'in']);
  it.calls.stop();
});
