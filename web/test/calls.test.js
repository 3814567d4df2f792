// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import test from 'node:test';

import { dialled } from '../client/calls/address.js';
import { Calls } from '../client/calls/calls.js';
import { FarMedia } from '../client/calls/far-media.js';
import { MediaDesk } from '../client/calls/media-desk.js';
import { outcomeOf, refusalWithin, takenBack } from '../client/calls/outcome.js';
import { callAfter, newCall } from '../client/model/calls.js';
import { apply, nothing } from '../client/model/state.js';
import { Air, Exchange, World, dice } from './calls-peer.js';

globalThis.crypto ??= /** @type {any} */ (webcrypto);
const home = 'example.social';

/** A browser: a leading tab, and another one. */
class Browser {
  /** @param {World} world @param {Exchange} exchange @param {Air} air @param {string} name @param {{ hasMicrophone?: boolean }} [how] */
  constructor(world, exchange, air, name, { hasMicrophone = true } = {}) {
    this.world = world;
    this.name = `${name}@${home}`;
    this.state = apply(nothing, { type: 'me', me: { address: this.name, name } });
    /** @type {any[]} */
    this.events = [];
    /** @type {{ leads: { far: FarMedia, desk: MediaDesk }, other: { far: FarMedia, desk: MediaDesk } }} */
    this.tabs = { leads: this.tab('leads', air, hasMicrophone), other: this.tab('other', air, hasMicrophone) };
    this.calls = new Calls({
      emit: (events) => {
        this.events.push(...events);
        this.state = events.reduce(apply, this.state);
        for (const { desk } of Object.values(this.tabs)) desk.follow(this.state);
      },
      state: () => this.state, now: () => world.now, media: this.tabs.leads.far, load: async () => exchange.library(), random: world.random, nameOf: async () => '',
      account: () => ({ websocket: 'wss://chat.example.social/sip', uri: `sip:${this.name}`, username: name, password: 'p', turn: null }),
    });
    this.calls.begin();
  }

  /** @param {'leads' | 'other'} id @param {Air} air @param {boolean} hasMicrophone */
  tab(id, air, hasMicrophone) {
    /** @type {FarMedia} */
    const far = new FarMedia({
      me: id, changed: (from, call, patch) => this.calls.changed(from, call, patch), perform: (call, verb, args) => desk.perform(call, verb, args),
      send: (to, word) => void this.world.after(3, () => this.tabs[/** @type {'leads'} */ (to)].far.hear(id, structuredClone(word))),
    });
    const desk = new MediaDesk({
      make: (_, __, changed) => air.media(changed, hasMicrophone), report: (call, patch) => far.tell('leads', call, patch), shown() {},
    });
    return { far, desk };
  }

  get open() {
    return Object.values(this.tabs).reduce((sum, { desk }) => sum + desk.open.size, 0);
  }

  get expected() {
    return Object.values(this.tabs).reduce((sum, { desk }) => sum + desk.expected.size, 0);
  }

  /** @param {() => unknown} what that a member may do too late */
  attempt(what) {
    Promise.resolve().then(what).catch((error) => assert.equal(error.name, 'CommandError', error.stack));
  }

  /** @param {'leads' | 'other'} tab */
  answer(tab) {
    const ringing = this.state.calls.find((call) => call.direction === 'in' && call.phase === 'ringing');
    if (ringing) this.attempt(() => this.calls.answer(ringing.id, { video: false, tab }));
  }

  hangUp() {
    for (const call of this.state.calls) this.attempt(() => this.calls.hangUp(call.id));
  }

  decline() {
    for (const call of this.state.calls) if (call.phase === 'ringing' && call.direction === 'in') this.calls.decline(call.id);
  }

  /** @param {string} to @param {'leads' | 'other'} tab */
  call(to, tab = 'leads') {
    this.attempt(() => this.calls.call(`c${Math.floor(this.world.random() * 1e9)}`, to, { video: false, tab }));
  }
}

/** @param {Browser} browser */
const phases = (browser) => browser.state.calls.map(({ phase }) => phase);
/** @param {Browser} browser */
const reasons = (browser) => browser.state.calls.map(({ reason }) => reason);

/** @param {number} seed @param {(world: World, make: (name: string, how?: object) => Browser, air: Air) => Promise<void>} play */
async function inWorld(seed, play) {
  const world = new World(seed);
  const exchange = new Exchange(world);
  const air = new Air(world);
  try {
    await play(world, (name, how) => new Browser(world, exchange, air, name, how), air);
  } finally {
    world.end();
  }
}

test('One of several browsers answers; the others stop, and who hangs up ends it for both', () => inWorld(1, async (world, make, air) => {
  const [alice, desk, phone] = [make('alice'), make('bob'), make('bob')];
  world.after(100, () => alice.call('bob'));
  world.after(400, () => phone.answer('other'));
  world.after(2000, () => {
    assert.deepEqual([phases(alice), phases(desk), phases(phone), air.openOnes], [['talking'], ['ended'], ['talking'], 2]);
    assert.deepEqual([reasons(desk), phone.state.calls[0].tab], [['answered-elsewhere'], 'other']);
    alice.hangUp();
  });
  await world.run();
  assert.deepEqual([reasons(alice), reasons(phone), air.openOnes, alice.calls.lines.size, phone.calls.lines.size], [['hung-up'], ['they-hung-up'], 0, 0, 0]);
}));

test('Without a microphone it goes on ringing, and says why; another browser may still answer', () => inWorld(2, async (world, make) => {
  const [alice, deaf, bob] = [make('alice'), make('bob', { hasMicrophone: false }), make('bob')];
  /** @type {string[]} */
  const codes = [];
  world.after(100, () => alice.call('bob'));
  world.after(300, () => deaf.calls.answer(deaf.state.calls[0].id, { video: false, tab: 'leads' }).catch((error) => codes.push(error.code)));
  world.after(1500, () => {
    assert.deepEqual([codes, phases(deaf), deaf.open], [['denied'], ['ringing'], 0]);
    bob.answer('leads');
  });
  world.after(3000, () => bob.hangUp());
  await world.run();
  assert.deepEqual([reasons(deaf), reasons(alice)], [['answered-elsewhere'], ['they-hung-up']]);
}));

test('A caller without a microphone, an unknown callee and a decline each have their reason', () => inWorld(3, async (world, make) => {
  const [alice, deaf, bob] = [make('alice'), make('carol', { hasMicrophone: false }), make('bob')];
  world.after(100, () => deaf.call('bob'));
  world.after(1000, () => alice.call('nobody'));
  world.after(2000, () => assert.deepEqual([reasons(deaf), reasons(alice), bob.state.calls.length], [['denied'], ['unavailable'], 0]));
  world.after(2100, () => alice.call('bob'));
  world.after(2500, () => bob.decline());
  await world.run();
  assert.deepEqual([reasons(alice), reasons(bob)], [['declined'], ['declined']]);
}));

test('Calls that come in a flood ring a few times at most', () => inWorld(4, async (world, make) => {
  const bob = make('bob');
  const crowd = Array.from({ length: 9 }, (_, index) => make(`caller${index}`));
  world.after(100, () => crowd.forEach((one) => one.call('bob')));
  world.after(900, () => {
    assert.equal(phases(bob).filter((phase) => phase === 'ringing').length, 4);
    crowd.forEach((one) => one.hangUp());
  });
  await world.run();
  assert.deepEqual(phases(bob).filter((phase) => phase !== 'ended'), []);
}));

test('However tabs close, members answer, decline, cancel and hang up, a call ends everywhere or is talked in by two', async () => {
  /** @type {Record<string, number>} */
  const seen = {};
  for (let seed = 1; seed <= 400; seed += 1) {
    await inWorld(seed, async (world, make, air) => {
      const [alice, desk, phone, carol] = [make('alice'), make('bob'), make('bob'), make('carol', { hasMicrophone: world.random() < 0.9 })];
      const tab = () => (world.random() < 0.5 ? /** @type {const} */ ('leads') : /** @type {const} */ ('other'));
      const goes = (/** @type {Browser} */ one) => {
        if (world.random() < 0.5) return one.calls.stop('tab-closed');
        one.tabs.other.desk.closeAll();
        one.tabs.leads.far.gone('other');
        return one.calls.tabGone('other');
      };
      const doings = [
        () => alice.hangUp(), () => phone.answer(tab()), () => desk.answer(tab()), () => phone.answer(tab()), () => desk.decline(), () => phone.hangUp(),
        () => carol.call('bob', tab()), () => carol.hangUp(), () => goes(alice), () => goes(phone), () => alice.call('bob', tab()), () => alice.call('carol', tab()),
        () => { for (const call of alice.state.calls) alice.attempt(() => alice.calls.hold(call.id, world.random() < 0.5)); },
        () => { for (const call of phone.state.calls) phone.attempt(() => phone.calls.camera(call.id, true)); },
      ];
      world.after(100, () => alice.call('bob', tab()));
      // Close together, and mostly while it rings or is being answered.
      for (let many = 3 + Math.floor(world.random() * 5); many > 0; many -= 1) world.after(100 + world.random() * 900, doings[Math.floor(world.random() * doings.length)]);
      const all = [alice, desk, phone, carol];
      world.after(90_000, () => {
        const talking = all.flatMap(phases).filter((phase) => phase === 'talking').length;
        assert.equal(talking % 2, 0, `seed ${seed}: ${JSON.stringify(all.map(phases))}`);
        const held = all.flatMap(({ state }) => state.calls).filter(({ phase, direction }) => phase !== 'ended' && (direction === 'out' || phase !== 'ringing')).length;
        assert.equal(air.openOnes - all.reduce((sum, one) => sum + one.expected, 0), held, `seed ${seed}: media without a call`);
        for (const one of all) assert.ok(one.state.calls.filter(({ phase }) => phase !== 'ended' && phase !== 'ringing').length <= 1, `seed ${seed}: in two calls`);
        all.forEach((one) => { one.hangUp(); one.decline(); });
      });
      await world.run();
      for (const one of all) {
        assert.deepEqual([phases(one).filter((phase) => phase !== 'ended'), one.calls.lines.size, one.open], [[], 0, 0], `seed ${seed}`);
        for (const { reason } of one.state.calls) seen[/** @type {string} */ (reason)] = (seen[/** @type {string} */ (reason)] ?? 0) + 1;
      }
      assert.equal(air.openOnes, 0, `seed ${seed}`);
    });
  }
  for (const reason of ['hung-up', 'they-hung-up', 'answered-elsewhere', 'declined', 'cancelled', 'missed', 'tab-closed', 'denied']) assert.ok(seen[reason] > 0, `${reason} never happened`);
});

test('In whatever order words come, a call goes forwards and ends once', () => {
  const random = dice(11);
  const words = /** @type {any[]} */ ([
    { is: 'preparing', tab: 'a' }, { is: 'unprepared' }, { is: 'sent' }, { is: 'rings' }, { is: 'answered' }, { is: 'connected' }, { is: 'lost' },
    { is: 'detail', detail: { muted: true } }, { is: 'ended', reason: 'hung-up' }, { is: 'ended', reason: 'network' },
  ]);
  const order = { preparing: 0, calling: 1, ringing: 2, connecting: 3, talking: 4, reconnecting: 4, ended: 5 };
  for (let round = 0; round < 2000; round += 1) {
    const direction = round % 2 ? /** @type {const} */ ('in') : /** @type {const} */ ('out');
    let call = newCall({ id: '1', address: `bob@${home}`, name: 'Bob', direction, at: 0 });
    for (let step = 0; step < 15; step += 1) {
      const next = callAfter(call, words[Math.floor(random() * words.length)], step);
      if (call.phase === 'ended') assert.equal(next, call);
      else if (direction === 'out' || call.phase !== 'ringing') assert.ok(order[next.phase] >= order[call.phase] || next.phase === 'ringing', `${call.phase} to ${next.phase}`);
      assert.equal(next.reason !== null, next.phase === 'ended');
      assert.equal(next.answeredAt === null || order[next.phase] >= 3, true);
      call = next;
    }
  }
});

test('Members are called by whatever way their address is written; what is none, or is an emergency number, is refused with its reason', () => {
  const me = `alice@${home}`;
  for (const text of [`bob@${home}`, ` @Bob@${home} `, `sip:bob@${home}`, `sip:bob@${home};transport=ws`, `xmpp:bob@${home}`, 'bob', '@bob']) {
    assert.deepEqual(dialled(text, me), { address: `bob@${home}`, way: 'sip', code: null }, text);
  }
  const codes = {
    emergency: ['112', '911', ' 9-1-1 ', 'tel:112', `sip:112@${home}`, '999', 'urn:service:sos.fire', '1 1 0'],
    'not-an-address': ['', '@', '+49 30 123456', '555', 'bob@', `@@${home}`, `b b@${home}`, 'bob@-x', `bob\u0000@${home}`, `Bob Bob@${home}`, `bob-x@${home}`, `bob@${home}:5060`, `${'b'.repeat(31)}@${home}`],
    self: ['alice', `SIP:Alice@${home}`],
  };
  for (const [code, texts] of Object.entries(codes)) for (const text of texts) assert.deepEqual(dialled(text, me), { address: null, code }, text);
});

test('People of other servers are called as chat apps call, and by SIP if their address is written so', () => {
  const me = `alice@${home}`;
  const said = [['bob@other.example', 'jingle'], ['@Bob@Other.example', 'jingle'], ['xmpp:bob@other.example', 'jingle'], ['bob.b-x@other.example', 'jingle'],
    ['sip:bob@other.example', 'sip'], ['SIPS:bob@other.example', 'sip'], ['sip:bob@10.0.0.1', 'sip'], [`bob@sub.${home}`, 'jingle']];
  for (const [text, way] of said) {
    const address = text.toLowerCase().replace(/^(sips?|xmpp):|^@/, '');
    assert.deepEqual(dialled(text, me), { address, way, code: null }, text);
  }
  for (const text of ['112@other.example', 'sip:911@other.example']) assert.deepEqual(dialled(text, me), { address: null, code: 'emergency' }, text);
  assert.deepEqual([403, 404, 502, 486, 480].map((status) => outcomeOf(status, false, true)),
    ['elsewhere-not-yet', 'elsewhere-not-yet', 'elsewhere-not-yet', 'busy', 'unavailable']);
});

test('What SIP says of the end is what the member is told', () => {
  const said = [[486, 'busy'], [600, 'busy'], [603, 'declined'], [480, 'unavailable'], [404, 'unavailable'], [403, 'refused'], [488, 'no-common-media'], [503, 'server'], [407, 'signed-out']];
  for (const [status, reason] of said) assert.equal(outcomeOf(Number(status), false), reason);
  assert.equal(outcomeOf(480, true), 'no-answer');
  assert.deepEqual([481, 491, 408, 488].map(refusalWithin), ['over', 'later', 'later', 'no']);
  assert.equal(takenBack('SIP;cause=200;text="Call completed elsewhere"'), 'answered-elsewhere');
  assert.equal(takenBack('Q.850;cause=16, SIP ;cause=603'), 'declined-elsewhere');
  for (const reason of [undefined, '', 'SIP;cause=487', 'Q.850;cause=200', 'SIP;because=200']) assert.equal(takenBack(reason), 'missed');
});
