// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import { isRosterPush, kept, readMarksIn } from '../client/model/account.js';
import { archived, incoming, letter } from '../client/model/incoming.js';
import { roomPresence } from '../client/model/occupants.js';
import * as outgoing from '../client/model/outgoing.js';
import { apply, nothing } from '../client/model/state.js';
import { parse } from '../client/xmpp/parse.js';
import { child, serialize } from '../client/xmpp/xml.js';
import { after } from './fixtures/states.js';

const me = 'alice@example.social';
const bob = 'bob@example.org';
const room = 'garden@rooms.example.social';
const now = Date.UTC(2026, 4, 1, 12);

/** @param {string} xml */
const tree = (xml) => parse(xml.replace(/^<(\w+)/, '<$1 xmlns="jabber:client"'));
/** @param {string} xml @param {import('../client/model/state.js').State} [state] */
const hear = (xml, state = nothing) => incoming(tree(xml), { me, now, state });
/** @param {string} xml @param {import('../client/model/state.js').State} [state] */
const heard = (xml, state = nothing) => hear(xml, state).events.reduce(apply, state);
/** @param {import('../client/model/state.js').State} state @param {string} address */
const said = (state, address) => state.conversations[address]?.messages.map((one) => [one.mine, one.text, one.kind]);

const inRoom = after([{ type: 'conversation', address: room, patch: { kind: 'room', joined: 'yes', nick: 'alice', self: 'occ-alice' } }]);
const sid = `<stanza-id xmlns='urn:xmpp:sid:0' by='${me}' id='A1'/>`;

/** @param {string} kind @param {string} inner @param {string} [from] */
const copy = (kind, inner, from = me) =>
  `<message from='${from}' to='${me}/1'><${kind} xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>${inner.replace('<message', "<message xmlns='jabber:client'")}</forwarded></${kind}></message>`;

test('A message is its sender’s, with the archive id that our own server gave it', () => {
  const state = heard(`<message from='${bob}/x' to='${me}' type='chat' id='1'><body>Hi</body>${sid}<stanza-id xmlns='urn:xmpp:sid:0' by='${bob}' id='FORGED'/></message>`);
  const [message] = state.conversations[bob].messages;
  assert.deepEqual([message.from, message.text, message.archiveId, message.mine, message.state], [bob, 'Hi', 'A1', false, null]);
});

test('Copies and archive are believed from our own account only', () => {
  const theirs = `<message from='${bob}/x' to='${me}/2' type='chat' id='1'><body>In</body></message>`;
  const ours = `<message from='${me}/2' to='${bob}' type='chat' id='2'><body>Out</body></message>`;
  assert.deepEqual(said(heard(copy('received', theirs)), bob), [[false, 'In', 'text']]);
  assert.deepEqual(said(heard(copy('sent', ours)), bob), [[true, 'Out', 'text']]);
  for (const forged of [copy('received', theirs, bob), copy('sent', ours, bob), copy('sent', ours, `${me}/2`), copy('sent', theirs), copy('received', ours)]) {
    assert.deepEqual(hear(forged).events, [], forged);
  }
  const unasked = `<message from='${bob}'><result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'>${ours}</forwarded></result></message>`;
  assert.deepEqual(hear(unasked).events, []);
  assert.deepEqual(hear(`<message from='${me}/other' to='${bob}' type='chat'><body>Not to us</body></message>`).events, []);
});

test('A result from the archive has the archive’s id and time, whoever made it up in the message', () => {
  const result = child(tree(`<message from='${me}'><result xmlns='urn:xmpp:mam:2' id='A7'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-04-30T10:00:00Z'/><message xmlns='jabber:client' from='${bob}/x' to='${me}' id='i' type='chat'><body>Old</body><delay xmlns='urn:xmpp:delay' stamp='1999-01-01T00:00:00Z'/>${sid}</message></forwarded></result></message>`), 'result');
  const one = archived(/** @type {any} */ (result), { me, now, state: nothing });
  const [event] = letter(/** @type {any} */ (one), { me, now, state: nothing }).events;
  assert.ok(event.type === 'messages');
  assert.deepEqual([event.list[0].archiveId, event.list[0].at], ['A7', Date.UTC(2026, 3, 30, 10)]);
});

test('Marks count from whom the message was for, and only for what we wrote', () => {
  const wrote = after([{ type: 'messages', address: bob, kind: 'chat', place: 'after', list: letter({ message: tree(`<message from='${me}/1' to='${bob}' id='m1' type='chat'><body>Hi</body></message>`), at: now, archiveId: 'A1', isLive: false, isCopy: true }, { me, now, state: nothing }).events.flatMap((event) => (event.type === 'messages' ? event.list : [])) }]);
  /** @param {string} from @param {string} mark */
  const state = (from, mark) => heard(`<message from='${from}' to='${me}'>${mark}</message>`, wrote).conversations[bob].messages[0].state;
  assert.equal(state(`${bob}/x`, "<received xmlns='urn:xmpp:receipts' id='m1'/>"), 'delivered');
  assert.equal(state(bob, "<displayed xmlns='urn:xmpp:chat-markers:0' id='m1'/>"), 'read');
  assert.equal(state('mallory@example.net', "<displayed xmlns='urn:xmpp:chat-markers:0' id='m1'/>"), 'sent');
  assert.equal(state(bob, "<displayed xmlns='urn:xmpp:chat-markers:0' id='other'/>"), 'sent');
});

test('A refusal makes our message fail, from the one it was for', () => {
  const wrote = heard(copy('sent', `<message from='${me}/2' to='${bob}' type='chat' id='m1'><body>Out</body></message>`));
  /** @param {string} from @param {string} [why] */
  const refusal = (from, why = "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>") =>
    heard(`<message from='${from}' to='${me}/1' type='error' id='m1'><error type='cancel'>${why}</error></message>`, wrote).conversations[bob].messages[0];
  assert.deepEqual([refusal(bob).state, refusal(bob).error], ['failed', 'item-not-found']);
  assert.equal(refusal('mallory@example.net').state, 'sent');
  assert.equal(refusal(bob, "<not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><blocked xmlns='urn:xmpp:blocking:errors'/>").error, 'blocked');
});

test('In a room only the room speaks, only when we are in, and its ids say who somebody is', () => {
  /** @param {string} from @param {string} id @param {string} extra */
  const group = (from, id, extra = '') => `<message from='${from}' to='${me}/1' type='groupchat' id='${id}'><body>${id}</body><occupant-id xmlns='urn:xmpp:occupant-id:0' id='occ-${extra || 'bob'}'/><stanza-id xmlns='urn:xmpp:sid:0' by='${room}' id='G-${id}'/></message>`;
  assert.deepEqual(hear(group(`${room}/bob`, '1')).events, [], 'a room that we are not in');
  const state = heard(group(`${room}/alice`, '2', 'alice'), heard(group(`${room}/bob`, '1'), inRoom));
  assert.deepEqual(said(state, room), [[false, '1', 'text'], [true, '2', 'text']]);
  assert.equal(state.conversations[room].messages[0].archiveId, 'G-1');
  const forged = heard(group(`${room}/alice`, '3', 'mallory'), state);
  assert.equal(forged.conversations[room].messages[2].mine, false, 'our name with another’s id');
  const fix = `<message from='${room}/bob' type='groupchat' id='4'><body>changed</body><replace xmlns='urn:xmpp:message-correct:0' id='1'/><occupant-id xmlns='urn:xmpp:occupant-id:0' id='occ-new-bob'/></message>`;
  assert.equal(heard(fix, state).conversations[room].messages[0].text, '1', 'the next one with the same name');
  assert.deepEqual(hear(copy('received', group(`${room}/bob`, '5')), inRoom).events, []);
});

test('What is encrypted, a file, an invitation is shown as what it is; what says nothing is not shown', () => {
  /** @param {string} inner */
  const kind = (inner) => heard(`<message from='${bob}/x' to='${me}' type='chat' id='k'>${inner}</message>`).conversations[bob]?.messages[0];
  assert.equal(kind("<encrypted xmlns='eu.siacs.conversations.axolotl'/><body>I sent you an OMEMO message</body>").kind, 'encrypted');
  assert.equal(kind('<body>aesgcm://example.org/x#00</body>').kind, 'encrypted');
  const file = kind("<body>https://up.example.org/a/cat%20%E2%80%AEgpj.exe</body><x xmlns='jabber:x:oob'><url>https://up.example.org/a/cat%20%E2%80%AEgpj.exe</url></x>");
  assert.deepEqual([file.kind, file.file?.name], ['file', 'cat ⟨U+202E⟩gpj.exe']);
  for (const url of ['javascript:alert(1)', 'http://plain.example.org/x', 'https://user@evil.example/x']) {
    assert.equal(kind(`<body>${url}</body><x xmlns='jabber:x:oob'><url>${url}</url></x>`).kind, 'text', url);
  }
  assert.deepEqual(kind("<x xmlns='jabber:x:conference' jid='books@rooms.example.org' reason='Come'/>").invitation,
    { room: 'books@rooms.example.org', name: 'books', from: bob, reason: 'Come' });
  assert.equal(kind("<composing xmlns='http://jabber.org/protocol/chatstates'/>"), undefined);
  assert.equal(kind(`<body>${'x'.repeat(100_000)}</body>`).isCut, true);
});

test('An invitation by a room is its inviter’s if the room can know, else the room’s own', () => {
  /** @param {string} where @param {string} who */
  const invite = (where, who) => Object.keys(heard(`<message from='${where}' to='${me}'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='${who}'><reason>!</reason></invite></x></message>`,
    after([{ type: 'archive', patch: { rooms: 'rooms.example.social' } }])).conversations);
  assert.deepEqual(invite(room, `${bob}/x`), [bob]);
  assert.deepEqual(invite('x@conference.example.org', bob), [bob]);
  assert.deepEqual(invite('x@rooms.evil.example', bob), ['x@rooms.evil.example']);
});

test('Rooms tell who is there, that we are in, renamed or put out', () => {
  const joining = after([{ type: 'conversation', address: room, patch: { joined: 'joining', self: null } }], inRoom);
  /** @param {string} nick @param {string} inner @param {string} [type] */
  const presence = (nick, inner, type = '') => tree(`<presence from='${room}/${nick}' ${type}><x xmlns='http://jabber.org/protocol/muc#user'>${inner}</x><occupant-id xmlns='urn:xmpp:occupant-id:0' id='o-${nick}'/></presence>`);
  let news = roomPresence(presence('bob', "<item affiliation='owner' role='moderator' jid='bob@example.org/q'/>"), joining);
  let state = after(news.events, joining);
  assert.deepEqual(state.conversations[room].members, [{ nick: 'bob', address: bob, role: 'owner', isMe: false, by: 'o-bob' }]);
  news = roomPresence(presence('alice', "<item affiliation='member' role='participant'/><status code='110'/>"), state);
  assert.equal(news.entered, room);
  state = after(news.events, state);
  assert.deepEqual([state.conversations[room].joined, state.conversations[room].self], ['yes', 'o-alice']);
  state = after(roomPresence(presence('bob', "<item nick='rob'/><status code='303'/>", "type='unavailable'"), state).events, state);
  assert.deepEqual(state.conversations[room].members.map((one) => one.nick), ['alice', 'rob']);
  news = roomPresence(presence('alice', "<item affiliation='none'/><status code='110'/><status code='321'/>", "type='unavailable'"), state);
  assert.deepEqual(news.out, { room, why: 'removed' });
  assert.equal(after(news.events, state).conversations[room].joined, 'refused');
  assert.deepEqual(roomPresence(tree("<presence from='other@rooms.example.social/x'><x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x></presence>"), state).events, []);
});

test('Nobody is in a room that they did not enter, and a room that is not ours is asked nothing before', () => {
  const strange = 'x@rooms.evil.example';
  const invite = tree(`<message from='${strange}' to='${me}'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='${bob}'/></x>${sid}</message>`);
  const { events, errands } = incoming(invite, { me, now, state: after([{ type: 'archive', patch: { rooms: 'rooms.example.social' } }]) });
  let state = after(events);
  assert.deepEqual(errands.map((one) => one.do), ['position', 'tell']);
  assert.equal(state.conversations[strange].messages[0].archiveId, null, 'the room’s archive does not know the ids of ours');
  state = after(incoming(invite, { me, now, state }).events, state);
  assert.equal(state.conversations[strange].messages.length, 1);
  const pull = tree(`<presence from='${strange}/alice'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member'/><status code='110'/></x></presence>`);
  assert.deepEqual(roomPresence(pull, state), { events: [], entered: null, out: null });
});

test('Two messages that their sender gave one id have two keys', () => {
  const one = (/** @type {string} */ text) => `<message from='${bob}/x' to='${me}' type='chat' id='1'><body>${text}</body></message>`;
  const { messages } = heard(one('b'), heard(one('a'))).conversations[bob];
  assert.equal(new Set(messages.map(({ key }) => key)).size, 2);
});

test('Only the account itself pushes contacts and what it keeps', () => {
  const push = (/** @type {string} */ from) => isRosterPush(tree(`<iq type='set' id='1' ${from}><query xmlns='jabber:iq:roster'><item jid='${bob}'/></query></iq>`), me);
  assert.deepEqual([push(''), push(`from='${me}'`), push(`from='${bob}'`), push(`from='${me}/x'`)], [true, true, false, false]);
  const event = (/** @type {string} */ from) => kept(tree(`<message from='${from}' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:mds:displayed:0'><item id='${bob}'><displayed xmlns='urn:xmpp:mds:displayed:0'><stanza-id xmlns='urn:xmpp:sid:0' by='${me}' id='A9'/></displayed></item></items></event></message>`), me);
  assert.deepEqual(readMarksIn(event(me)?.items ?? null), [{ type: 'read', address: bob, archiveId: 'A9' }]);
  assert.equal(event(bob), null);
});

test('What is sent says what it is to other apps, and holds nothing that XML cannot', () => {
  const sent = outgoing.textMessage({ to: bob, isRoom: false, id: 'u', text: 'a\u0000b<&' });
  assert.match(serialize(sent), /<body>a\uFFFDb&lt;&amp;<\/body><origin-id xmlns="urn:xmpp:sid:0" id="u"\/><request xmlns="urn:xmpp:receipts"\/><markable/);
  assert.doesNotMatch(serialize(outgoing.textMessage({ to: room, isRoom: true, id: 'u', text: 'x' })), /receipts|markable/);
});

test('Whatever a stranger’s stanza is made of, it is read or dropped, and nothing is thrown', () => {
  const parts = ["<body/>", "<body>x</body>", "<delay xmlns='urn:xmpp:delay' stamp='never'/>", "<x xmlns='jabber:x:oob'/>", "<x xmlns='jabber:x:conference'/>",
    "<replace xmlns='urn:xmpp:message-correct:0'/>", "<received xmlns='urn:xmpp:receipts'/>", "<displayed xmlns='urn:xmpp:chat-markers:0' id=''/>",
    "<sent xmlns='urn:xmpp:carbons:2'/>", "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'/></received>",
    "<x xmlns='http://jabber.org/protocol/muc#user'><invite/></x>", "<event xmlns='http://jabber.org/protocol/pubsub#event'><items/></event>",
    "<error/>", "<result xmlns='urn:xmpp:mam:2'/>", "<file-sharing xmlns='urn:xmpp:sfs:0'><file/><sources/></file-sharing>", "<subject/>"];
  const heads = ["", `from='${me}'`, `from='${bob}/x' to='${me}'`, `from='${room}/bob'`, `from='${room}'`, "from='__proto__' to='constructor'", "from='@/' to=''", "from='x@y@z//'"];
  for (const head of heads) for (const type of ['chat', 'normal', 'groupchat', 'headline', 'error', 'nonsense']) for (const one of parts) for (const other of parts) {
    const xml = `<message ${head} type='${type}'>${one}${other}</message>`;
    heard(xml, inRoom);
    kept(tree(xml), me);
  }
});
