// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import { archived, incoming, letter } from '../client/model/incoming.js';
import { callWord, heardWord, wordIn } from '../client/model/jingle-words.js';
import { apply, nothing } from '../client/model/state.js';
import { parse } from '../client/xmpp/parse.js';
import { child, serialize } from '../client/xmpp/xml.js';
import { after } from './fixtures/states.js';

const me = 'alice@example.social';
const bob = 'bob@example.social';
const now = Date.UTC(2026, 4, 1, 12);

/** @param {string} xml */
const tree = (xml) => parse(xml.replace(/^<(\w+)/, '<$1 xmlns="jabber:client"'));
/** @param {string} xml @param {import('../client/model/state.js').State} [state] */
const heard = (xml, state = nothing) => incoming(tree(xml), { me, now, state }).events.reduce(apply, state);
/** @param {string} id @param {string} [from] @param {string} [caller] @param {string} [archiveId] */
const notice = (id, from = 'example.social', caller = bob, archiveId = `A-${id}`) =>
  `<message from='${from}' to='${me}' type='chat' id='missed-${id}'><body>You missed a call from Bob.</body>` +
  `<missed-call xmlns='urn:trunkline:calls:1' id='${id}' from='${caller}' at='2026-05-01T11:58:00Z'/><stanza-id xmlns='urn:xmpp:sid:0' by='${me}' id='${archiveId}'/></message>`;
/** @param {string} word @param {string} [from] @param {string} [id] */
const word = (word, from = `${bob}/phone`, id = 'c1') =>
  `<message from='${from}' to='${me}' type='chat' id='m'>${word.replace(/^<(\w+)/, `<$1 xmlns='urn:xmpp:jingle-message:0' id='${id}'`)}</message>`;
const retracted = "<retract><reason xmlns='urn:xmpp:jingle:1'><cancel/></reason></retract>";
/** @param {import('../client/model/state.js').State} state @param {string} [address] */
const lines = (state, address = bob) => state.conversations[address]?.messages.map(({ kind, id, at, mine }) => [kind, id, at, mine]);

test('A missed call stands in the conversation with whoever called, with the time at which it began, unread, and is told of', () => {
  const { events, errands } = incoming(tree(notice('1')), { me, now, state: nothing });
  const state = after(events);
  assert.deepEqual(lines(state), [['call', 'missed-1', Date.UTC(2026, 4, 1, 11, 58), false]]);
  assert.deepEqual([state.conversations[bob].unread, state.conversations['example.social'], state.order], [1, undefined, [bob]]);
  assert.deepEqual(errands.map((one) => one.do), ['position', 'tell']);
  const written = heard(`<message from='${me}/2' to='${bob}' type='chat' id='x'><body>I was out</body></message>`, state);
  assert.equal(written.conversations[bob].unread, 1, 'what is not to this stream does not count');
  const copy = `<message from='${me}' to='${me}/1'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='${me}/2' to='${bob}' type='chat' id='x'><body>I was out</body></message></forwarded></sent></message>`;
  assert.equal(heard(copy, state).conversations[bob].unread, 0, 'whoever answered has seen it');
});

test('However often it comes, and from wherever, it is one line', () => {
  let state = heard(notice('1'));
  state = heard(notice('1', 'example.social', bob, 'A-again'), state);
  const result = child(tree(`<message from='${me}'><result xmlns='urn:xmpp:mam:2' id='A-third'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-05-01T11:59:00Z'/>${notice('1').replace('<message', "<message xmlns='jabber:client'")}</forwarded></result></message>`), 'result');
  const one = archived(/** @type {any} */ (result), { me, now, state });
  state = letter(/** @type {any} */ (one), { me, now, state }).events.reduce(apply, state);
  assert.equal(lines(state)?.length, 1);
  assert.equal(lines(heard(notice('2'), state))?.length, 2);
});

test('Nobody but our own server says so, and what it says is looked at', () => {
  for (const from of [bob, `${bob}/x`, 'mallory@example.net', 'example.net', 'rooms.example.social', 'example.social/x', 'garden@rooms.example.social/bob', me, `${me}/2`]) {
    const state = heard(notice('1', from, 'carol@example.org'));
    assert.equal(lines(state, 'carol@example.org'), undefined, from);
    assert.ok(!Object.values(state.conversations).some((one) => one.messages.some(({ kind }) => kind === 'call')), from);
  }
  for (const caller of [me, '', 'example.org', 'bob@example.org/phone', 'a b@example.org', `${'x'.repeat(3000)}@example.org`]) {
    const state = heard(notice('1', 'example.social', caller));
    assert.deepEqual(Object.keys(state.conversations), ['example.social'], 'it is a word of the server’s like others');
  }
  const room = after([{ type: 'conversation', address: 'garden@rooms.example.social', patch: { kind: 'room', joined: 'yes' } }]);
  assert.deepEqual(heard(notice('1', 'example.social', 'garden@rooms.example.social'), room).conversations['garden@rooms.example.social'].messages, []);
});

test('The caller can neither take its place nor change it', () => {
  const early = heard(`<message from='${bob}/x' to='${me}' type='chat' id='missed-1'><origin-id xmlns='urn:xmpp:sid:0' id='missed-1'/><body>https://example.org/a</body><x xmlns='jabber:x:oob'><url>https://example.org/a</url></x></message>`);
  assert.equal(lines(heard(notice('1'), early))?.length, 2);
  const fixed = heard(`<message from='${bob}/x' to='${me}' type='chat' id='f'><body>Nothing</body><replace xmlns='urn:xmpp:message-correct:0' id='missed-1'/></message>`, heard(notice('1')));
  assert.deepEqual(fixed.conversations[bob].messages.map(({ kind, text }) => [kind, text]), [['call', '']]);
});

test('A call by Jingle that its caller took back is missed, too; one that goes on under another id is not', () => {
  const state = heard(word(retracted), heard(word('<propose/>')));
  assert.deepEqual(lines(state), [['call', 'retracted-c1', now, false]]);
  assert.equal(lines(heard(word(retracted), state))?.length, 1);
  assert.equal(lines(heard(word(retracted.replace('</retract>', '<tie-break/></retract>')))), undefined);
  for (const other of ['<propose/>', '<finish/>', '<reject/>', '<ringing/>', '<proceed/>']) assert.equal(lines(heard(word(other))), undefined, other);
  assert.equal(lines(heard(word(retracted, bob))), undefined, 'nobody calls without a device');
});

test('Words about calls: whose they are, and what is none', () => {
  /** @param {string} xml @param {import('../client/model/state.js').State} [state] */
  const heardIn = (xml, state = nothing) => heardWord({ message: tree(xml), at: now, archiveId: null, isLive: true, isCopy: false }, { me, now, state });
  const media = "<propose><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='video'/></propose>";
  const theirs = heardIn(word(media));
  assert.deepEqual([theirs?.peer, theirs?.from, theirs?.mine, theirs?.word.audio, theirs?.word.video], [bob, `${bob}/phone`, false, true, true]);
  const mine = heardIn(word('<proceed/>', `${me}/2`).replace(`to='${me}'`, `to='${bob}'`));
  assert.deepEqual([mine?.peer, mine?.mine, mine?.word.is], [bob, true, 'proceed']);
  assert.equal(heardIn(word("<reject><reason xmlns='urn:xmpp:jingle:1'><text>x</text><busy/></reason></reject>"))?.word.reason, 'busy');
  const room = after([{ type: 'conversation', address: 'garden@rooms.example.social', patch: { kind: 'room', joined: 'yes' } }]);
  assert.equal(heardIn(word(media, 'garden@rooms.example.social/bob'), room), null);
  assert.equal(heardIn(word(media, 'x@rooms.example.org/bob').replace('</message>', "<x xmlns='http://jabber.org/protocol/muc#user'/></message>")), null);
  for (const bad of [word(media, 'example.org/x'), word(media, `${bob}/x`, ''), word(media, `${bob}/x`, 'x'.repeat(129)), word('<gossip/>'),
    word(media).replace('</message>', "<retract xmlns='urn:xmpp:jingle-message:0' id='c1'/></message>"),
    ...['groupchat', 'error', 'headline'].map((type) => word(media).replace("type='chat'", `type='${type}'`))]) {
    assert.equal(heardIn(bad), null, bad);
  }
  const said = callWord('reject', bob, 'c1', 'm1', 'busy');
  assert.deepEqual([wordIn(said)?.is, wordIn(said)?.reason, wordIn(said)?.id], ['reject', 'busy', 'c1']);
  assert.match(serialize(said), /<store xmlns=['"]urn:xmpp:hints['"]\/>/);
});
