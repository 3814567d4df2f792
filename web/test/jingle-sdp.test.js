// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import { candidateOf, lineOf } from '../client/jingle/candidate.js';
import { candidatesIn, descriptionOf } from '../client/jingle/from-jingle.js';
import { contentsOf } from '../client/jingle/to-jingle.js';
import * as names from '../client/model/names.js';
import { parse } from '../client/xmpp/parse.js';
import { child, children, el, serialize } from '../client/xmpp/xml.js';
import { answer, offer } from './fixtures/chromium-sdp.js';

/** @param {import('../client/xmpp/xml.js').Tree[]} contents */
const session = (contents) => parse(serialize(el('jingle', { xmlns: names.jingle, action: 'session-initiate', sid: 's' }, ...contents)));
/** What Jingle has no word for, and what it says in another way. @param {string} line */
const isSaid = (line) => !/^a=(rtcp-rsize|rtcp-xr|msid|msid-semantic|ice-options|mid)\b|^a=ssrc:\d+ msid:|^[mocv]=/.test(line);
/** The lines of each of the media, in one order. @param {string} sdp */
const media = (sdp) => sdp.split(/^(?=m=)/m).slice(1).map((section) => section.split('\r\n').filter((line) => line !== '' && isSaid(line))
  .map((line) => line.replace(/ network-(cost|id) \d+/g, '').replace(/^(a=fmtp:\d+ )(.*)$/, (_, start, rest) => start + rest.split(/; ?/).sort().join(';'))).sort());
/** @param {string} sdp @param {RegExp} what */
const every = (sdp, what) => sdp.split(/^(?=m=)/m).slice(1).map((section) => what.exec(section)?.[1]);

test('What Chromium offers and answers is the same after it went through Jingle', () => {
  for (const [sdp, by] of /** @type {const} */ ([[offer, 'initiator'], [answer, 'responder']])) {
    const contents = ['the sound', 'the picture'];
    const jingle = session(contentsOf(sdp, { by, contents }));
    const back = descriptionOf(jingle, by);
    assert.deepEqual(back.contents, contents);
    assert.deepEqual(media(back.sdp), media(sdp));
    assert.deepEqual(every(back.sdp, /^m=(.*)\r$/m).map((line) => line?.replace(/ \d+ /, ' 9 ')), every(sdp, /^m=(.*)\r$/m).map((line) => line?.replace(/ \d+ /, ' 9 ')));
    assert.match(back.sdp, /a=group:BUNDLE 0 1\r\n/);
    assert.match(back.sdp, /a=extmap-allow-mixed\r\n/);
    assert.ok(back.sdp.endsWith('\r\n') && !/[^\r]\n/.test(back.sdp));
    const tracks = [...back.sdp.matchAll(/^a=ssrc:\d+ msid:(\S+ \S+)\r$/gm)].map(([, track]) => track);
    assert.deepEqual([...new Set(tracks)].sort(), [...sdp.matchAll(/^a=msid:(\S+ \S+)\r$/gm)].map(([, track]) => track).filter((_, at) => by === 'initiator' || at === 0).sort());
  }
});

test('Who sends is said from the point of view of who began the call', () => {
  /** @param {string} direction @param {'initiator' | 'responder'} by */
  const senders = (direction, by) => contentsOf(offer.replaceAll('a=sendrecv', `a=${direction}`), { by, contents: ['0', '1'] })[0].attrs.senders;
  assert.deepEqual(['sendrecv', 'sendonly', 'recvonly', 'inactive'].map((one) => senders(one, 'initiator')), ['both', 'initiator', 'responder', 'none']);
  assert.deepEqual(['sendrecv', 'sendonly', 'recvonly', 'inactive'].map((one) => senders(one, 'responder')), ['both', 'responder', 'initiator', 'none']);
});

test('Media that are refused are not told, and the bundle is without them', () => {
  const refused = answer.replace(/^m=video \d+ /m, 'm=video 0 ').replace('a=group:BUNDLE 0 1', 'a=group:BUNDLE 0');
  const list = contentsOf(refused, { by: 'responder', contents: ['a', 'v'] });
  assert.deepEqual(list.map((one) => [one.name, one.attrs.name ?? one.attrs.semantics]), [['content', 'a'], ['group', 'BUNDLE']]);
});

const print = '5D:69:AB:46:6E:51:FD:A8:46:CC:19:AC:26:42:87:6B:61:64:69:C2:8B:D9:59:EB:A8:BB:8E:F9:00:DE:A6:97';
/** What an app says, as apps write it. @param {{ payload?: string, description?: string, transport?: string, ufrag?: string, fingerprint?: string, name?: string, more?: string }} [how] */
const theirs = ({ payload = "<payload-type id='111' name='opus' clockrate='48000' channels='2'/>", description = '<rtcp-mux/>', transport = '', ufrag = 'abcd', fingerprint, name = 'audio', more = '' } = {}) =>
  parse(`<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'><content creator='initiator' name='${name}'>` +
    `<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'>${payload}${description}</description>` +
    `<transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='${ufrag}' pwd='0123456789abcdefghijkl'>` +
    `${fingerprint ?? `<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256' setup='actpass'>${print.toLowerCase()}</fingerprint>`}${transport}</transport></content>${more}</jingle>`);
/** @param {import('../client/xmpp/xml.js').Tree} jingle */
const lines = (jingle) => descriptionOf(jingle, 'initiator').sdp.split('\r\n');

test('A plain offer of another app becomes a whole description', () => {
  assert.deepEqual(lines(theirs({ payload: "<payload-type id='0'/><payload-type id='101' name='telephone-event' clockrate='8000'><parameter name='' value='0-15'/></payload-type>" })), [
    'v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0', 'a=msid-semantic: WMS *', 'm=audio 9 UDP/TLS/RTP/SAVPF 0 101', 'c=IN IP4 0.0.0.0', 'a=rtcp:9 IN IP4 0.0.0.0',
    'a=mid:0', 'a=ice-ufrag:abcd', 'a=ice-pwd:0123456789abcdefghijkl', 'a=ice-options:trickle', `a=fingerprint:sha-256 ${print}`, 'a=setup:actpass', 'a=sendrecv',
    'a=rtcp-mux', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15', '']);
});

test('Without sound, a known way or a fingerprint there is no call, and the reason is told', () => {
  /** @param {import('../client/xmpp/xml.js').Tree} jingle */
  const reason = (jingle) => {
    try {
      return descriptionOf(jingle, 'initiator') && null;
    } catch (error) {
      return /** @type {any} */ (error).reason;
    }
  };
  const one = theirs();
  const [content] = children(one, 'content');
  /** @param {...import('../client/xmpp/xml.js').Tree} contents */
  const of = (...contents) => el('jingle', { xmlns: names.jingle }, ...contents);
  assert.equal(reason(one), null);
  assert.equal(reason(of()), 'unsupported-applications');
  assert.equal(reason(of(content, content)), 'unsupported-applications');
  assert.equal(reason(of(el('content', { name: 'f' }, el('description', { xmlns: 'urn:xmpp:jingle:apps:file-transfer:5' })))), 'unsupported-applications');
  assert.equal(reason(theirs({ name: '' })), 'unsupported-applications');
  assert.equal(reason(of(el('content', { name: 'a' }, child(content, 'description')))), 'unsupported-transports');
  assert.equal(reason(theirs({ ufrag: 'ab cd' })), 'unsupported-transports');
  assert.equal(reason(theirs({ payload: '' })), 'failed-application');
  for (const fingerprint of ['', `<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='md5' setup='actpass'>${print}</fingerprint>`,
    `<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256' setup='holdconn'>${print}</fingerprint>`,
    `<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256' setup='actpass'>${print}\na=setup:active</fingerprint>`]) {
    assert.equal(reason(theirs({ fingerprint })), 'security-error', fingerprint);
  }
});

test('Nobody writes lines of their own into it', () => {
  const evil = '&#13;&#10;a=evil:1';
  const sdp = lines(theirs({
    payload: `<payload-type id='111' name='opus' clockrate='48000' channels='2'><parameter name='a${evil}' value='1'/><parameter name='b' value='1${evil}'/>` +
      `<parameter name='c' value='1;evil=1'/><rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='nack${evil}'/><rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='nack' subtype='pli${evil}'/></payload-type>` +
      `<payload-type id='112${evil}' name='x' clockrate='1'/><payload-type id='113' name='x${evil}' clockrate='1'/><payload-type id='114' name='x' clockrate='1${evil}'/>`,
    description: `<rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='1' uri='urn:x${evil}'/><source xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' ssrc='1'><parameter name='cname' value='x${evil}'/></source>` +
      `<source xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' ssrc='1${evil}'><parameter name='cname' value='x'/></source><ssrc-group xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' semantics='FID${evil}'><source ssrc='1'/></ssrc-group>`,
    transport: `<candidate component='1' foundation='1' generation='0${evil}' id='x' ip='192.0.2.1' port='9' priority='1' protocol='udp' type='host'/>` +
      `<candidate component='1' foundation='1' id='x' ip='192.0.2.1${evil}' port='9' priority='1' protocol='udp' type='host'/>`,
    name: `n${evil}`, more: `<group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='BUNDLE'><content name='n${evil}'/><content name='other'/></group>`,
  }));
  assert.deepEqual(sdp.filter((line) => /evil|urn:x|rtcp-fb|ssrc|fmtp/.test(line)), []);
  assert.deepEqual(sdp.filter((line) => /^(a=candidate|a=group|m=)/.test(line)), ['a=group:BUNDLE 0', 'm=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=candidate:1 1 udp 1 192.0.2.1 9 typ host']);
});

test('Candidates: addresses only, and only what is one', () => {
  /** @param {Record<string, string>} what */
  const line = (what) => lineOf(el('candidate', { component: '1', foundation: '1', generation: '0', ip: '192.0.2.1', port: '4000', priority: '1', protocol: 'udp', type: 'host', ...what }));
  assert.equal(line({ type: 'srflx', 'rel-addr': '10.0.0.1', 'rel-port': '5' }), 'candidate:1 1 udp 1 192.0.2.1 4000 typ srflx raddr 10.0.0.1 rport 5 generation 0');
  assert.equal(line({ ip: '2001:db8::1' }), 'candidate:1 1 udp 1 2001:db8::1 4000 typ host generation 0');
  assert.equal(line({ protocol: 'tcp', tcptype: 'passive' }), 'candidate:1 1 tcp 1 192.0.2.1 4000 typ host tcptype passive generation 0');
  for (const bad of [{ ip: 'tracker.example.org' }, { ip: 'a1b2.local' }, { ip: '1.2.3.400' }, { ip: '' }, { port: '70000' }, { component: '2' }, { type: 'magic' },
    { protocol: 'sctp' }, { protocol: 'tcp' }, { priority: '-1' }, { foundation: 'a b' }, { foundation: 'x'.repeat(33) }]) {
    assert.equal(line(bad), null, JSON.stringify(bad));
  }
  const hidden = candidateOf('candidate:842 1 udp 16777215 198.51.100.7 40000 typ relay raddr 203.0.113.5 rport 4711', 'c1');
  assert.deepEqual([hidden?.attrs['rel-addr'], hidden?.attrs['rel-port']], ['0.0.0.0', '0'], 'what a relay hides');
  const ours = candidateOf('candidate:842 1 udp 16777215 198.51.100.7 40000 typ relay raddr 0.0.0.0 rport 0 generation 0 network-cost 10', 'c1');
  assert.equal(lineOf(/** @type {any} */ (ours)), 'candidate:842 1 udp 16777215 198.51.100.7 40000 typ relay raddr 0.0.0.0 rport 0 generation 0');
  assert.equal(candidateOf('candidate:1 1 udp 1 0a1b2c3d.local 9 typ host', 'c'), null);
  const late = parse("<jingle xmlns='urn:xmpp:jingle:1' action='transport-info' sid='s'><content creator='initiator' name='v'><transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='abcd' pwd='x'>"
    + "<candidate component='1' foundation='1' generation='0' ip='192.0.2.1' port='4000' priority='1' protocol='udp' type='host'/></transport></content><content creator='initiator' name='unknown'/></jingle>");
  assert.deepEqual(candidatesIn(late, ['a', 'v']), [{ candidate: 'candidate:1 1 udp 1 192.0.2.1 4000 typ host generation 0', sdpMid: '1', sdpMLineIndex: 1 }]);
});
