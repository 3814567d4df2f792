// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { pause } from '../client/xmpp/backoff.js';
import { XmppError } from '../client/xmpp/errors.js';
import { XmppSession } from '../client/xmpp/session.js';
import { child, el } from '../client/xmpp/xml.js';
import { Peer } from './peer.js';
import { steadyCrypto } from './steady-crypto.js';

/** @typedef {import('../client/xmpp/xml.js').Tree} Tree */

/** Time that passes only when told to; what waits for no time happens at once. */
class Clock {
  now = 0;
  /** @type {Set<{run: () => void, at: number}>} */
  waiting = new Set();
  timers = {
    set: (/** @type {() => void} */ run, /** @type {number} */ ms) => {
      const timer = { run, at: this.now + ms };
      if (ms === 0) setImmediate(() => this.waiting.delete(timer) && run());
      return this.waiting.add(timer), timer;
    },
    clear: (/** @type {any} */ timer) => void this.waiting.delete(timer),
  };

  /** @param {number} ms */
  pass(ms) {
    this.now += ms;
    for (const timer of [...this.waiting]) if (timer.at <= this.now && this.waiting.delete(timer)) timer.run();
  }
}

/** @param {Peer} peer @param {object} [more] */
function made(peer, { password = 'pencil', random = () => 0, resume = undefined, connect = peer.connect, crypto = steadyCrypto } = /** @type {any} */ ({})) {
  const clock = new Clock();
  const session = new XmppSession({ connect, now: () => clock.now, random, timers: clock.timers, crypto });
  const account = { websocket: 'wss://x', username: 'me', domain: peer.domain, password: () => password, resume };
  /** @type {Tree[]} */
  const stanzas = [];
  /** @type {string[]} */
  const acked = [];
  session.on('stanza', (tree) => stanzas.push(tree));
  session.on('acked', (id) => acked.push(id));
  return { session, clock, account, stanzas, acked };
}

/**
 * @template {'online' | 'offline' | 'ended' | 'stanza' | 'acked'} Name
 * @param {XmppSession} session @param {Name} name
 * @returns {Promise<any>}
 */
const next = (session, name) => new Promise((resolve) => {
  const stop = session.on(name, (value) => (stop(), resolve(value)));
});
/** @param {() => boolean} condition */
async function until(condition) {
  for (let turns = 0; !condition(); turns += 1) {
    assert.ok(turns < 100_000, 'this never happens');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
/** @param {string | number} id */
const message = (id) => el('message', { to: 'bob@b.example', id }, el('body', null, 'x'));
const ids = (/** @type {Tree[]} */ list) => list.map(({ attrs }) => attrs.id);

test('logs in, is told by the server what it has taken, and ends', async () => {
  const peer = new Peer();
  const { session, account, acked, clock } = made(peer, { crypto: webcrypto });
  session.start(account);
  assert.equal(session.send(message('early')), false);
  assert.deepEqual(await next(session, 'online'), { jid: 'me@b.example/r1', resumed: false, lost: [] });
  assert.equal(peer.last.heard.find((each) => each.name === 'auth')?.attrs.mechanism, 'SCRAM-SHA-256');
  assert.equal(session.send(el('presence')), true);
  peer.send(el('iq', { type: 'get', id: '2', from: 'eve@b.example/x' }, el('ping', { xmlns: 'urn:xmpp:ping' })));
  await until(() => peer.last.heard.some(({ attrs }) => attrs.type === 'result' && attrs.id === '2'));
  session.send(message('1'));
  await until(() => acked.length > 0);
  assert.deepEqual(acked, ['1'], 'an answer is told to nobody: who asks chooses its id');
  assert.match(child(peer.received[0], 'c')?.attrs.ver ?? '', /^.{27}=$/, 'presence says what we can do');
  assert.deepEqual(ids(peer.received), [undefined, '1']);
  session.stop();
  assert.equal(peer.last.heard.at(-1)?.name, 'close');
  assert.equal(session.saved(), null);
  assert.equal(session.send(message('2')), false);
  assert.equal(clock.waiting.size, 0, 'nothing ticks after the end');
});

test('cut after any frame, again and again, nothing is lost, doubled or out of order', async () => {
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let round = 0; round < 4; round += 1) {
    const peer = new Peer();
    const { session, account, stanzas, acked } = made(peer);
    session.start(account);
    await next(session, 'online');
    peer.cutAfter = () => Math.floor(random() * 30);
    const most = 60;
    for (let i = 1; i <= most; i += 1) {
      assert.equal(session.send(message(`out${i}`)), true);
      peer.send(el('message', { xmlns: 'jabber:client', id: `in${i}` }));
      if (random() < 0.3) peer.last.die();
      if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => acked.length >= most && stanzas.length >= most);
    const numbered = (/** @type {string} */ word) => Array.from({ length: most }, (_, i) => `${word}${i + 1}`);
    assert.deepEqual(ids(peer.received), numbered('out'));
    assert.deepEqual(ids(stanzas), numbered('in'));
    assert.deepEqual(acked, numbered('out'));
    assert.ok(peer.resumes > 3, `${peer.resumes} resumed`);
    session.stop();
  }
});

test('after a server that was killed, what it never acknowledged is handed back, and whoever waits is told', async () => {
  const peer = new Peer();
  const { session, account, acked } = made(peer);
  session.start(account);
  await next(session, 'online');
  session.send(message('1'));
  await until(() => acked.length === 1);
  peer.instead = { message: () => [], iq: (tree) => child(tree, 'bind') ? null : [] };
  session.send(message('2'));
  const asked = session.iq(el('iq', { type: 'get', to: 'b.example' }, el('x', { xmlns: 'y' })));
  const refused = assert.rejects(asked, (/** @type {XmppError} */ error) => error.condition === 'interrupted');
  peer.kill();
  await next(session, 'offline');
  assert.equal(session.send(message('3')), true, 'kept for the resumption that may come');
  const { resumed, lost, jid } = await next(session, 'online');
  assert.equal(resumed, false);
  assert.equal(jid, 'me@b.example/r1', 'the same resource again');
  assert.deepEqual(ids(lost), ['2', '3']);
  await refused;
  assert.deepEqual(acked, ['1']);
  session.stop();
});

test('another tab goes on with a stream, even from what was kept a while before', async () => {
  const peer = new Peer();
  const first = made(peer);
  first.session.start(first.account);
  await next(first.session, 'online');
  first.session.send(message('1'));
  const early = JSON.parse(JSON.stringify(first.session.saved()));
  await until(() => first.acked.length === 1);
  first.session.send(message('2'));
  await until(() => first.acked.length === 2);
  first.session.stop({ resumable: true });
  assert.notEqual(first.session.saved(), null);
  peer.send(el('message', { xmlns: 'jabber:client', id: 'between' }));

  const second = made(peer, { resume: early });
  second.session.start(second.account);
  assert.deepEqual(await next(second.session, 'online'), { jid: 'me@b.example/r1', resumed: true, lost: [] });
  second.session.send(message('3'));
  await until(() => second.acked.length === 2 && second.stanzas.length === 1);
  assert.deepEqual(ids(peer.received), ['1', '2', '3']);
  assert.deepEqual(second.acked, ['1', '3']);
  second.session.stop({ resumable: true });

  const stranger = made(peer, { resume: { ...early, jid: 'other@b.example/r1' } });
  stranger.session.start(stranger.account);
  assert.equal((await next(stranger.session, 'online')).resumed, false, 'the stream of another account is not ours to resume');
  stranger.session.stop();
});

test('an answer counts only from whom was asked, and once', async () => {
  const peer = new Peer();
  const { session, account, clock } = made(peer);
  session.start(account);
  await next(session, 'online');
  peer.instead = { iq: () => [] };
  const cases = /** @type {[string | undefined, (string | undefined)[], (string | undefined)[]][]} */ ([
    ['bob@b.example/x', ['bob@b.example', 'bob@b.example/y', undefined, 'b.example', 'eve@b.example/x', 'me@b.example'], ['Bob@b.example/x']],
    [undefined, ['bob@b.example', 'b.example', 'me@b.example/other', 'me@b.example.evil'], [undefined, 'me@b.example', 'me@b.example/r1']],
    ['me@b.example', ['me@b.example/r1', 'b.example'], [undefined, 'me@b.example']],
    ['b.example', [undefined, 'me@b.example', 'x.b.example'], ['b.example']],
    ['the_rooms.b.example', ['other_rooms.b.example', 'b.example', undefined], ['the_rooms.b.example']],
  ]);
  for (const [to, wrong, right] of cases) {
    for (const from of right) {
      let done = false;
      const asked = session.iq(el('iq', { type: 'get', to, id: 'known' }, el('x', { xmlns: 'y' }))).then((tree) => (done = true, tree));
      const say = (/** @type {string | undefined} */ by, /** @type {string} */ mark) =>
        peer.send(el('iq', { xmlns: 'jabber:client', type: 'result', id: 'known', from: by }, el(mark, { xmlns: 'y' })));
      for (const by of wrong) say(by, 'forged');
      peer.send(message('fence'));
      await next(session, 'stanza');
      assert.equal(done, false, `asked ${to}`);
      say(from, 'right');
      say(from, 'again');
      assert.notEqual(child(await asked, 'right'), null);
      peer.send(message('fence'));
      await next(session, 'stanza');
    }
  }
  const slow = assert.rejects(session.iq(el('iq', { type: 'get' }, el('x', { xmlns: 'y' })), 1000), (/** @type {XmppError} */ error) => error.condition === 'timeout');
  clock.pass(1000);
  await slow;
  const refusal = session.iq(el('iq', { type: 'get', id: 'e', to: 'bob@b.example' }, el('x', { xmlns: 'y' })));
  peer.send(el('iq', { xmlns: 'jabber:client', type: 'error', id: 'e', from: 'bob@b.example' }, el('error', { type: 'auth' },
    el('text', { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' }, 'no'), el('forbidden', { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' }))));
  await assert.rejects(refusal, (/** @type {XmppError} */ error) => error.condition === 'forbidden' && error.type === 'auth' && error.text === 'no');
  await assert.rejects(session.iq(el('iq', { type: 'set' }, el('x', { xmlns: 'y' }, 'é'.repeat(32 * 1024)))), { condition: 'too-large' });
  assert.equal(session.online, true);
  session.stop();
});

test('credentials that will not do end it; everything else is tried again', async () => {
  const outcomes = /** @type {[string, (peer: Peer) => void, string][]} */ ([
    ['ended', (peer) => { peer.password = 'other'; }, 'not-authorized'],
    ['ended', (peer) => { peer.instead.response = () => ['<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><credentials-expired/><text>x</text></failure>']; }, 'credentials-expired'],
    ['ended', (peer) => { peer.instead.response = () => ['<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl">dj1BQUFB</success>']; }, 'server-not-proved'],
    ['ended', (peer) => { peer.instead.response = () => ['<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>']; }, 'server-not-proved'],
    ['ended', (peer) => { peer.instead.auth = () => ['<challenge xmlns="urn:ietf:params:xml:ns:xmpp-sasl">cj14</challenge>']; }, 'server-not-proved'],
    ['ended', (peer) => { peer.instead.auth = () => ['<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>']; }, 'server-not-proved'],
    ['offline', (peer) => { peer.instead.auth = () => ['<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><temporary-auth-failure/></failure>']; }, 'temporary-auth-failure'],
    ['offline', (peer) => { peer.instead.open = () => ['<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" from="evil.example" version="1.0"/>']; }, 'bad-stream'],
    ['offline', (peer) => { peer.instead.open = () => ['<close xmlns="urn:ietf:params:xml:ns:xmpp-framing" see-other-uri="wss://evil.example/"/>']; }, 'sent-elsewhere'],
    ['offline', (peer) => { peer.instead.open = () => ['<!DOCTYPE x><open/>']; }, 'not-well-formed'],
    ['offline', (peer) => { peer.instead.open = () => [/** @type {any} */ (new Uint8Array(4))]; }, 'not-well-formed'],
    ['offline', (peer) => { peer.instead.enable = () => ['<stream:error xmlns:stream="http://etherx.jabber.org/streams"><see-other-host xmlns="urn:ietf:params:xml:ns:xmpp-streams">evil</see-other-host></stream:error>']; }, 'sent-elsewhere'],
    ['ended', (peer) => { peer.instead.enable = () => ['<stream:error xmlns:stream="http://etherx.jabber.org/streams"><conflict xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></stream:error>']; }, 'conflict'],
    ['ended', (peer) => { peer.instead.enable = () => ['<stream:error xmlns:stream="http://etherx.jabber.org/streams"><not-authorized xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></stream:error>']; }, 'revoked'],
    ['offline', (peer) => { peer.instead.iq = () => ['<iq xmlns="jabber:client" type="result" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><jid>eve@b.example/x</jid></bind></iq>']; }, 'bad-stream'],
  ]);
  for (const [how, spoil, reason] of outcomes) {
    const peer = new Peer();
    spoil(peer);
    const { session, account } = made(peer);
    const outcome = Promise.race([next(session, 'ended').then((value) => ['ended', value.reason]), next(session, 'offline').then((value) => ['offline', value.reason])]);
    session.start(account);
    assert.deepEqual(await Promise.race([outcome, next(session, 'online').then(() => ['online'])]), [how, reason]);
    session.stop();
  }
});

test('a password that cannot be had is asked for again later', async () => {
  const peer = new Peer();
  const { session, account } = made(peer);
  let asked = 0;
  session.start({ ...account, password: () => (asked += 1) < 3 ? Promise.reject(new Error('no network')) : 'pencil' });
  assert.equal((await next(session, 'offline')).reason, 'no-password');
  await next(session, 'online');
  assert.equal(asked, 3);
  session.stop();
});

test('a server that counts wrongly, or falls silent, is left; a nudge does not wait', async () => {
  const peer = new Peer();
  const { session, account, clock } = made(peer, { random: () => 0.5 });
  session.start(account);
  await next(session, 'online');
  let offline = next(session, 'offline');
  peer.last.say('<a xmlns="urn:xmpp:sm:3" h="5"/>');
  assert.deepEqual(await offline, { reason: 'miscounted', retryInMs: 500 });
  session.nudge();
  assert.equal((await next(session, 'online')).resumed, false);

  const alive = peer.last.heard.length;
  clock.pass(60_000); // it is asked, and answers
  await until(() => peer.last.heard.length > alive + 1);
  offline = next(session, 'offline');
  peer.instead = { iq: () => [], r: () => [] };
  clock.pass(60_000);
  clock.pass(15_000);
  assert.equal((await offline).reason, 'connection-lost');
  peer.instead = {};
  session.nudge();
  assert.equal((await next(session, 'online')).resumed, true);

  clock.now += 10_000; // it slept; the first that notices asks, and waits for less
  peer.instead = { iq: () => [], r: () => [] };
  offline = next(session, 'offline');
  session.nudge();
  clock.pass(5000);
  assert.equal((await offline).reason, 'connection-lost');
  session.stop();
});

test('a login that takes too long is begun again', async () => {
  const peer = new Peer();
  peer.instead = { open: () => [] };
  const { session, account, clock } = made(peer, { random: () => 0.5 });
  session.start(account);
  await until(() => peer.last.heard.length === 1);
  const offline = next(session, 'offline');
  clock.pass(30_000);
  assert.deepEqual(await offline, { reason: 'connection-lost', retryInMs: 500 });
  session.stop();
});

test('what a listener does wrong, and what it sends or ends in between, harms nothing', async () => {
  const peer = new Peer();
  const { session, account, acked } = made(peer);
  session.on('online', () => { throw new Error('x'); });
  session.on('acked', (id) => { if (id === '1') session.send(message('3')); });
  session.start(account);
  await next(session, 'online');
  peer.instead = { r: () => [] };
  session.send(message('1'));
  session.send(message('2'));
  peer.instead = {};
  peer.last.die();
  await until(() => acked.length === 3);
  assert.deepEqual(ids(peer.received), ['1', '2', '3']);
  session.on('stanza', () => session.stop());
  peer.send(message('x'));
  peer.send(message('y'));
  await until(() => !session.online);
});

test('pauses grow up to a minute, and are never all the same', () => {
  assert.deepEqual([1, 2, 3, 6, 7, 1000].map((failures) => pause(failures, () => 0.999999)), [999, 1999, 3999, 31999, 59999, 59999]);
  assert.equal(pause(5, () => 0), 0);
});
