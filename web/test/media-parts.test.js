// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offered } from '../client/media/codecs.js';
import { directions, isHeld, offersVideo } from '../client/media/description.js';
import { Devices, constraints } from '../client/media/devices.js';
import { captureFailure, MediaError, negotiationFailure } from '../client/media/failure.js';
import { iceServers, usable } from '../client/media/ice.js';
import { loudness } from '../client/media/level.js';
import { judge, limits, rate, sample } from '../client/media/quality.js';
import { cadences, frequencies, recording } from '../client/media/ring.js';

const both = { audio: true, video: true };
const named = (/** @type {string} */ name) => Object.assign(new Error('x'), { name });

test('what browsers say of a microphone or camera becomes one of a few codes', () => {
  for (const [name, code] of Object.entries({
    NotAllowedError: 'denied', SecurityError: 'denied', TypeError: 'denied', NotReadableError: 'in-use', AbortError: 'in-use',
    NotFoundError: 'no-microphone', OverconstrainedError: 'no-microphone', SomethingNew: 'no-microphone',
  })) assert.equal(captureFailure(named(name), both).code, code, name);
  assert.equal(captureFailure(named('NotFoundError'), { audio: false, video: true }).code, 'no-camera');
  assert.equal(captureFailure(null, both).code, 'no-microphone');
  assert.equal(negotiationFailure(named('InvalidAccessError'), false).code, 'no-common-media');
  assert.equal(negotiationFailure(named('InvalidStateError'), true).code, 'closed');
  assert.equal(negotiationFailure(new MediaError('no-path'), false).code, 'no-path');
});

test('Opus and VP8 come first, what softphones know follows, what nobody needs is left out', () => {
  const codec = (/** @type {string} */ mimeType, sdpFmtpLine = '') => ({ mimeType, clockRate: 8000, sdpFmtpLine });
  const known = ['audio/CN', 'audio/PCMA', 'audio/PCMU', 'audio/red', 'audio/telephone-event', 'audio/G722', 'audio/opus'].map((one) => codec(one));
  assert.deepEqual(offered('audio', known).map((one) => one.mimeType), ['audio/opus', 'audio/G722', 'audio/PCMU', 'audio/PCMA', 'audio/telephone-event']);
  const seen = [codec('video/H264', 'profile-level-id=640c1f'), codec('video/H264', 'packetization-mode=1;profile-level-id=42e01f'),
    codec('video/AV1'), codec('video/rtx'), codec('video/VP8')];
  assert.deepEqual(offered('video', seen).map((one) => one.mimeType), ['video/VP8', 'video/H264', 'video/rtx']);
  assert.match(offered('video', seen)[1].sdpFmtpLine ?? '', /42e01f/);
});

test('directions are read from the first line of each kind', () => {
  const sdp = 'v=0\r\nc=IN IP4 192.0.2.1\r\na=recvonly\r\nm=audio 9 RTP/AVP 0\r\na=sendonly\r\nm=video 0 RTP/AVP 96\r\na=sendrecv\r\nm=video 7 RTP/AVP 96\r\n';
  assert.deepEqual(directions(sdp), { audio: 'sendonly', video: 'recvonly' });
  assert.equal(offersVideo(sdp), false);
  assert.equal(offersVideo(sdp.replace('video 0', 'video 5')), true);
  assert.deepEqual(directions(''), { audio: null, video: null });
  assert.deepEqual(directions('v=0\nm=audio 1 RTP/AVP 0\n'), { audio: 'sendrecv', video: null });
});

test('a call is held by who sends at most, in the old way too, but an address that ICE is to find is no hold', () => {
  const sdp = (/** @type {string} */ more) => `v=0\r\nm=audio 9 RTP/AVP 0\r\n${more}\r\n`;
  assert.deepEqual(['a=sendonly', 'a=inactive', 'a=recvonly', 'a=sendrecv', 'c=IN IP4 0.0.0.0', 'c=IN IP4 0.0.0.0\r\na=ice-ufrag:x'].map((more) => isHeld(sdp(more))),
    [true, true, false, false, true, false]);
});

test('a description can go out when each line of it can be reached', () => {
  const line = (/** @type {string} */ kind, /** @type {string[]} */ ...more) => `m=${kind} 9 X 0\r\n${more.map((one) => `a=${one}\r\n`).join('')}`;
  const host = 'candidate:1 1 udp 2122 192.0.2.1 4000 typ host';
  const relay = 'candidate:2 1 udp 21 192.0.2.9 4000 typ relay raddr 0.0.0.0 rport 0';
  const tcp = 'candidate:3 1 tcp 15 192.0.2.1 9 typ host tcptype active';
  assert.equal(usable(`v=0\r\n${line('audio')}`, false), 'none');
  assert.equal(usable(`v=0\r\n${line('audio', tcp)}`, false), 'none');
  assert.equal(usable(`v=0\r\n${line('audio', host)}`, false), 'all');
  assert.equal(usable(`v=0\r\n${line('audio', host)}`, false, '', true), 'all');
  for (const address of ['2001:db8::1', 'b9c1f0d2.local']) assert.equal(usable(`v=0\r\n${line('audio', host.replace(/ [0-9.]+ (?=[0-9]+ typ)/, ` ${address} `))}`, false, '', true), 'none', address);
  assert.equal(usable(`v=0\r\n${line('audio', host)}`, true), 'none');
  assert.equal(usable(`v=0\r\n${line('audio', relay)}`, true), 'all');
  const pair = `v=0\r\na=group:BUNDLE 0 1\r\n${line('audio', 'mid:0', host)}${line('video', 'mid:1')}`;
  assert.equal(usable(pair, false), 'some');
  assert.equal(usable(pair, false, pair), 'all', 'they share one way');
  assert.equal(usable(`v=0\r\n${line('audio', host)}${line('video', 'inactive')}${line('video').replace(' 9 ', ' 0 ')}`, false), 'all');
});

test('relays are those of the session, or none', () => {
  assert.deepEqual(iceServers(null), []);
  assert.deepEqual(iceServers({ username: 'u', password: 'p', uris: [] }), []);
  assert.deepEqual(iceServers({ username: 'u', password: 'p', uris: ['turn:x'] }), [{ urls: ['turn:x'], username: 'u', credential: 'p' }]);
});

test('quality follows loss and delay, and silence is bad', () => {
  const at = (/** @type {object} */ more) => ({ at: 0, received: 0, lost: 0, theirLoss: 0, roundTrip: 0.05, buffered: 0, emitted: 0, answers: 0, ...more });
  const judged = (/** @type {object} */ more, silent = 0) => judge(at({ received: 1000, lost: 50 }), at({ received: 1100, lost: 50, ...more }), silent);
  assert.equal(judged({}), 'good');
  assert.equal(judged({ received: 1098, lost: 52 }), 'good', '2 % lost');
  assert.equal(judged({ received: 1095, lost: 55 }), 'poor', '5 %');
  assert.equal(judged({ received: 1090, lost: 60 }), 'bad', '10 %');
  assert.equal(judged({ theirLoss: 0.3 }), 'bad', 'they hear nothing of us');
  assert.equal(judged({ roundTrip: 0.7 }), 'poor');
  assert.equal(judged({ roundTrip: 1.2 }), 'bad');
  assert.equal(judged({ buffered: 96, emitted: 96 * 1 }), 'bad', 'a second in the buffer');
  assert.equal(judged({}, limits.silence), 'bad');
  assert.equal(judged({ received: 0, lost: 0 }), 'good', 'counters that begin anew');
  assert.ok(Math.abs(rate(0, 0) - 93.2) < 1e-9 && rate(1, 5000) === 0);
});

test('a sample adds up what is heard and takes nothing for granted', () => {
  const report = [
    { type: 'inbound-rtp', kind: 'audio', packetsReceived: 10, packetsLost: -2, jitterBufferDelay: 1, jitterBufferEmittedCount: 20 },
    { type: 'inbound-rtp', kind: 'audio', packetsReceived: 5, packetsLost: 1 }, { type: 'inbound-rtp', kind: 'video', packetsReceived: 99 },
    { type: 'remote-inbound-rtp', kind: 'audio', fractionLost: 0.25 }, { type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.1, responsesReceived: 3, localCandidateId: 'c' },
    { type: 'local-candidate', id: 'c', address: '192.0.2.1' }, { type: 'local-candidate', id: 'd', address: '192.0.2.2' },
    { type: 'candidate-pair', state: 'failed', currentRoundTripTime: 9, responsesReceived: NaN },
  ];
  assert.deepEqual(sample(report, 7), { at: 7, received: 15, lost: 1, theirLoss: 0.25, roundTrip: 0.1, buffered: 1, emitted: 20, answers: 3, from: '192.0.2.1' });
});

test('keys sound as telephones do, and a cadence is as long as it says, within bounds', () => {
  assert.deepEqual(frequencies('5'), [770, 1336]);
  assert.deepEqual(frequencies('#'), [941, 1477]);
  assert.equal(frequencies('A'), null);
  assert.equal(frequencies('12'), null);
  const samples = recording(cadences.busy, 8000);
  assert.equal(samples.length, 8000);
  assert.ok(samples.every((one) => Math.abs(one) <= 1) && samples.slice(0, 4000).some((one) => one > 0.9) && samples.slice(4000).every((one) => one === 0));
});

test('loudness is 0 in silence and 1 at full scale', () => {
  assert.equal(loudness(new Float32Array(64)), 0);
  assert.equal(loudness(new Float32Array(64).fill(1)), 1);
  const quiet = loudness(new Float32Array(64).fill(0.03));
  assert.ok(quiet > 0.4 && quiet < 0.6, String(quiet));
});

test('devices: the choice is kept, and one that is gone keeps nobody from talking', async () => {
  const kept = new Map();
  const store = { getItem: (/** @type {string} */ key) => kept.get(key) ?? null, setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value) };
  const capture = Object.assign(new EventTarget(), {
    asked: /** @type {any[]} */ ([]),
    async getUserMedia(/** @type {any} */ wanted) {
      this.asked.push(wanted);
      if (wanted.audio.deviceId) throw named('OverconstrainedError');
      return 'a stream';
    },
    enumerateDevices: async () => [{ kind: 'audioinput', deviceId: '', label: '' }, { kind: 'audioinput', deviceId: 'm', label: 'M' },
      { kind: 'audiooutput', deviceId: 'communications', label: 'S' }, { kind: 'audiooutput', deviceId: 's', label: 'S' }, { kind: 'videoinput', deviceId: 'c', label: 'C' }],
  });
  const devices = new Devices({ capture: /** @type {any} */ (capture), store });
  let changes = 0;
  const stop = devices.on('changed', () => void (changes += 1));
  devices.choose({ microphone: 'gone' });
  capture.dispatchEvent(new Event('devicechange'));
  assert.equal(changes, 2);
  stop();
  stop();
  capture.dispatchEvent(new Event('devicechange'));
  assert.equal(changes, 2);
  assert.equal(await devices.get({ audio: true, video: false }), 'a stream');
  assert.deepEqual(capture.asked.map((one) => one.audio.deviceId), [{ exact: 'gone' }, undefined]);
  assert.equal(capture.asked[0].audio.echoCancellation, true);
  assert.deepEqual(await devices.list(), { microphones: [{ id: 'm', label: 'M' }], cameras: [{ id: 'c', label: 'C' }], speakers: [{ id: 's', label: 'S' }] });
  assert.deepEqual(new Devices({ capture: undefined, store }).chosen, { microphone: 'gone', camera: null, speaker: null });
  kept.set('trunkline.devices', '{"microphone":7,"camera":""}');
  assert.deepEqual(new Devices({ store }).chosen, { microphone: null, camera: null, speaker: null });
  await assert.rejects(new Devices({ capture: undefined, store: null }).get(both), { code: 'denied' });
  assert.equal(constraints({ audio: true, video: false }, { microphone: null, camera: null }).video, false);
});
