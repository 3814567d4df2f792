// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallMedia } from '../client/media/call-media.js';
import { MediaError } from '../client/media/failure.js';
import { patience } from '../client/media/ice.js';
import { every, everyWhileLost } from '../client/media/watch.js';
import { FakeDevices, FakePage, FakePeer, FakeStream, FakeTime, FakeTrack, turns } from './fake-media.js';

const theirs = 'v=0\r\nm=audio 9 X 0\r\na=sendrecv\r\n';
const withVideo = `${theirs}m=video 9 X 0\r\na=sendrecv\r\n`;

/** @param {object} [options] */
function made({ video = false, relayOnly = false } = /** @type {any} */ ({})) {
  const [devices, page, network, time] = [new FakeDevices(), new FakePage(), new FakePage(), new FakeTime()];
  /** @type {any[]} */
  const heard = [];
  const media = new CallMedia({
    id: '1', iceServers: [], relayOnly, wanted: { video }, devices, changed: (patch) => heard.push(patch),
    edges: /** @type {any} */ ({ RTCPeerConnection: FakePeer, MediaStream: FakeStream, codecs: () => [], timers: time.timers, now: time.now, page, network }),
  });
  const peer = () => /** @type {FakePeer} */ (FakePeer.made.at(-1));
  /** Nothing of the call is left anywhere. */
  const nothingLeft = () => {
    media.close();
    assert.deepEqual(devices.handed.map((track) => [track.readyState, track.listening]), devices.handed.map(() => ['ended', 0]));
    assert.deepEqual([page.listening, network.listening, time.waiting.size, devices.listeners.size], [0, 0, 0, 0]);
    assert.equal(media.streams, null);
    if (FakePeer.made.length > 0) assert.deepEqual([peer().listening, peer().connectionState], [0, 'closed']);
  };
  FakePeer.made.length = 0;
  return { media, devices, page, network, time, heard, peer, nothingLeft };
}

/** @param {ReturnType<typeof made>} call */
async function talking(call) {
  const offer = call.media.offer();
  await turns();
  call.peer().find();
  await call.time.pass(patience.quiet);
  await offer;
  await call.media.accept(call.media.wantsCamera ? withVideo : theirs);
  call.peer().become('connected');
  call.heard.length = 0;
}

test('an offer asks for the microphone, waits for an address and says what is wanted', async () => {
  const call = made({ video: true });
  const offer = call.media.offer();
  await turns();
  assert.deepEqual(call.devices.asked, [{ audio: true, video: true }]);
  call.peer().find();
  await call.time.pass(patience.quiet);
  assert.match(await offer, /m=audio(.|\n|\r)*candidate(.|\n|\r)*m=video(.|\n|\r)*candidate/);
  assert.equal(call.media.streams?.local.getTracks().length, 2);
  call.nothingLeft();
});

test('what rings opens a connection only where the microphone is allowed, asks for nothing and describes nothing', async () => {
  const call = made();
  await call.media.expect();
  assert.equal(FakePeer.made.length, 0);
  Object.assign(call.devices, { permission: async () => 'granted' });
  await call.media.expect();
  assert.deepEqual([FakePeer.made.length, call.peer().told, call.devices.asked, call.media.streams], [1, [], [], null]);
  call.nothingLeft();
  await call.media.expect();
  assert.equal(FakePeer.made.length, 1);
});

test('a close while the member is asked stops what is handed out too late', async () => {
  for (const relayOnly of [false, true]) {
    const call = made({ relayOnly });
    let allow = () => {};
    call.devices.allowed = new Promise((resolve) => void (allow = resolve));
    const offer = call.media.offer();
    await turns();
    call.media.close();
    allow();
    await assert.rejects(offer, { code: 'closed' });
    assert.equal(call.devices.handed.length, 1);
    call.nothingLeft();
    assert.deepEqual(call.heard, []);
  }
});

test('a close while addresses are looked for ends the looking', async () => {
  const call = made();
  const offer = call.media.offer();
  await turns();
  call.media.close();
  await assert.rejects(offer, { code: 'closed' });
  await assert.rejects(call.media.offer(), { code: 'closed' });
  call.nothingLeft();
});

test('a server that does not answer is not waited for, and without any way that is said', async () => {
  const call = made({ relayOnly: true });
  const offer = call.media.offer().catch((error) => error);
  await turns();
  assert.deepEqual([call.peer().configuration.iceTransportPolicy, call.peer().configuration.iceCandidatePoolSize], ['relay', 1]);
  call.peer().find('192.0.2.1', 'host');
  await call.time.pass(patience.first);
  assert.equal((await offer).code, 'no-path');
  const second = call.media.offer();
  await turns();
  call.peer().find('192.0.2.9', 'relay');
  await call.time.pass(patience.quiet);
  assert.match(await second, /typ relay/);
  call.nothingLeft();
});

test('descriptions are handled one after the other, in the order asked for', async () => {
  const call = made();
  const answer = call.media.answer(theirs);
  const offer = call.media.offer({ restart: true });
  const accepted = call.media.accept(theirs);
  for (let round = 0; round < 2; round += 1) {
    await turns();
    call.peer().find();
    await call.time.pass(patience.quiet);
  }
  await Promise.all([answer, offer, accepted]);
  assert.deepEqual(call.peer().told, ['remote offer', 'createAnswer', 'local answer', 'restart', 'createOffer', 'local offer', 'remote answer']);
  assert.equal(call.devices.asked.length, 1);
  call.nothingLeft();
});

test('a refused or unreadable description leaves the call usable', async () => {
  const call = made();
  await talking(call);
  await assert.rejects(call.media.accept('nonsense'), { code: 'no-common-media' });
  const offer = call.media.offer();
  await turns();
  call.peer().find();
  await call.time.pass(patience.quiet);
  await offer;
  await call.media.withdraw();
  assert.equal(call.peer().told.at(-1), 'rollback');
  await call.media.withdraw();
  assert.equal(call.peer().told.filter((one) => one === 'rollback').length, 1);
  call.nothingLeft();
});

test('a camera is given back where the other side refuses pictures, and the call is offered anew without them', async () => {
  const call = made({ video: true });
  const again = async () => {
    const offer = call.media.offer();
    await turns();
    call.peer().find();
    await call.time.pass(patience.quiet);
    return offer;
  };
  await again();
  await call.media.accept(`${theirs}m=video 0 X 0\r\n`);
  assert.deepEqual(call.heard.at(-1), { streams: true, sendsVideo: false });
  assert.deepEqual(call.devices.handed.map((track) => track.readyState), ['live', 'ended']);
  assert.equal(call.media.hold(true), true);
  await again();
  call.nothingLeft();
});

test('without a microphone there is no call; without a camera there is one without a picture', async () => {
  const call = made({ video: true });
  call.devices.refusals = [new MediaError('no-camera'), new MediaError('no-microphone')];
  await assert.rejects(call.media.offer(), { code: 'no-microphone' });
  call.devices.refusals = [new MediaError('in-use')];
  const offer = call.media.offer();
  await turns();
  assert.deepEqual(call.heard.map((one) => one.error).filter(Boolean), ['no-camera']);
  call.peer().find();
  await call.time.pass(patience.quiet);
  assert.doesNotMatch(await offer, /m=video/);
  call.nothingLeft();
});

test('their picture is seen, and ours is sent only when the camera is switched on', async () => {
  const call = made();
  const answer = call.media.answer(withVideo);
  await turns();
  call.peer().find();
  await call.time.pass(patience.quiet);
  assert.match(await answer, /m=video.*\r\na=recvonly/);
  assert.deepEqual(call.heard.at(-1), { streams: true, seesVideo: true, sendsVideo: false });
  assert.deepEqual(call.devices.asked, [{ audio: true, video: false }]);
  assert.equal(await call.media.camera(true), true);
  assert.equal(call.peer().transceivers[1]?.sender.track?.kind, 'video');
  assert.equal(await call.media.camera(false), false, 'it was never offered');
  assert.deepEqual(call.devices.handed.map((track) => track.readyState), ['live', 'ended']);
  call.nothingLeft();
});

test('hold and mute are silent, each until its own end', async () => {
  const call = made();
  await talking(call);
  const [microphone] = call.devices.handed;
  const heard = [];
  for (const [what, on] of /** @type {const} */ ([['mute', true], ['hold', true], ['mute', false], ['hold', false]])) {
    call.media[what](on);
    heard.push(microphone?.enabled);
  }
  assert.deepEqual(heard, [false, false, false, true]);
  assert.equal(call.media.hold(false), false);
  call.media.hold(true);
  const offer = call.media.offer();
  await turns();
  call.peer().find();
  await call.time.pass(patience.quiet);
  assert.match(await offer, /a=sendonly/);
  call.nothingLeft();
});

test('an unplugged microphone is replaced; an unplugged camera ends the picture; neither is left', async () => {
  const call = made({ video: true });
  await talking(call);
  const [microphone, camera] = call.devices.handed;
  microphone?.unplug();
  await turns();
  assert.equal(call.peer().transceivers[0]?.sender.track, call.devices.handed[2]);
  assert.deepEqual(call.heard, [{ streams: true }]);
  camera?.unplug();
  await turns();
  assert.equal(call.peer().transceivers[1]?.sender.track, null);
  assert.deepEqual(call.heard.at(-1), { error: 'no-camera', lacksCamera: true, streams: true, reoffer: true, sendsVideo: false });
  call.devices.refusals = [new MediaError('no-microphone')];
  call.devices.handed[2]?.unplug();
  await turns();
  assert.deepEqual(call.heard.at(-1), { lacksMicrophone: true, streams: true });
  for (const plugged of [...call.devices.listeners]) plugged();
  await turns();
  assert.equal(call.peer().transceivers[0]?.sender.track, call.devices.handed[3], 'the next one that is plugged in');
  assert.deepEqual(call.heard.at(-1), { lacksMicrophone: false, streams: true });
  assert.equal(call.devices.listeners.size, 0);
  call.devices.refusals = [new MediaError('no-microphone')];
  call.devices.handed[3]?.unplug();
  await turns();
  assert.equal(call.devices.listeners.size, 1);
  call.nothingLeft();
});

test('another device takes over in mid-call, and the old one stays if it cannot', async () => {
  const call = made();
  await talking(call);
  await call.media.use({ microphone: 'other' });
  assert.deepEqual(call.devices.handed.map((track) => track.readyState), ['ended', 'live']);
  assert.equal(call.peer().transceivers[0]?.sender.track, call.devices.handed[1]);
  call.devices.refusals = [new MediaError('in-use')];
  await assert.rejects(call.media.use({ microphone: 'third' }), { code: 'in-use' });
  assert.equal(call.devices.handed[1]?.readyState, 'live');
  await call.media.use({ camera: 'unused', speaker: 's' });
  assert.equal(call.devices.asked.length, 3);
  call.nothingLeft();
});

test('tones follow each other, and only those of a telephone', async () => {
  const call = made();
  assert.equal(call.media.tone('1'), false);
  await talking(call);
  assert.deepEqual(['1', '#', '12', 'A'].map((key) => call.media.tone(key)), [true, true, false, false]);
  assert.equal(call.peer().transceivers[0]?.sender.dtmf?.toneBuffer, '1#');
  call.nothingLeft();
});

test('a lost way is told at once and each time, and is back when something has come through', async () => {
  const call = made();
  await talking(call);
  const told = () => call.heard.splice(0).flatMap((one) => one.connection ?? []);
  let packets = 0;
  const look = async (/** @type {number} */ more, /** @type {number} */ ms) => {
    packets += more;
    call.peer().stats.set('in', { type: 'inbound-rtp', kind: 'audio', packetsReceived: packets });
    await call.time.pass(ms);
  };
  await look(9, every);
  call.peer().become('disconnected');
  assert.deepEqual(told(), ['disconnected']);
  call.peer().become('connected');
  await look(0, everyWhileLost);
  assert.deepEqual(told(), [], 'the browser is content, but nothing is heard');
  call.peer().become('failed');
  assert.deepEqual(told(), ['disconnected'], 'again: it is worth trying again');
  call.peer().become('connected');
  await look(9, everyWhileLost);
  assert.deepEqual(told(), ['connected']);
  call.page.dispatchEvent(new Event('online'));
  call.network.dispatchEvent(new Event('change'));
  assert.deepEqual(told(), ['disconnected']);
  await look(9, everyWhileLost);
  assert.deepEqual(told(), ['connected']);
  call.nothingLeft();
});

test('another address of ours, at which nothing is heard, is a lost way, also when the browser sees none', async () => {
  const call = made();
  await talking(call);
  const told = () => call.heard.splice(0).flatMap((one) => one.connection ?? []);
  let packets = 0;
  const look = async (/** @type {string} */ address, /** @type {number} */ more) => {
    packets += more;
    call.peer().stats = new Map(Object.entries({
      in: { type: 'inbound-rtp', kind: 'audio', packetsReceived: packets }, own: { type: 'local-candidate', id: 'own', address },
      pair: { type: 'candidate-pair', nominated: true, state: 'succeeded', localCandidateId: 'own', responsesReceived: call.time.at },
    }));
    await call.time.pass(every);
  };
  for (const [address, more] of /** @type {const} */ ([['a', 9], ['a', 0], ['b', 9], ['b', 9]])) await look(address, more);
  assert.deepEqual(told(), [], 'silence alone, and a change that is heard at, are none');
  await look('c', 9);
  await look('c', 0);
  assert.deepEqual(told(), ['disconnected']);
  await look('c', 9);
  assert.deepEqual(told(), ['connected']);
  call.media.hold(true);
  await look('c', 0);
  assert.deepEqual(told(), []);
  await look('d', 0);
  await look('d', 0);
  assert.deepEqual(told(), ['disconnected', 'connected'], 'on hold it is told once');
  call.nothingLeft();
});

test('a call that never gets through says so', async () => {
  const call = made();
  const answer = call.media.answer(theirs);
  await turns();
  call.peer().find();
  await call.time.pass(patience.quiet);
  await answer;
  call.page.dispatchEvent(new Event('online'));
  call.peer().become('failed');
  assert.deepEqual(call.heard.at(-1), { connection: 'failed', error: 'no-path' });
  call.nothingLeft();
});

test('silence is bad quality, hold is none, and it gets better only when it stays so', async () => {
  const call = made();
  await talking(call);
  let packets = 0;
  const look = async (/** @type {number} */ more) => {
    packets += more;
    call.peer().stats.set('in', { type: 'inbound-rtp', kind: 'audio', packetsReceived: packets });
    await call.time.pass(every);
  };
  for (const more of [100, 100, 0, 0, 100, 100]) await look(more);
  assert.deepEqual(call.heard.splice(0), [{ quality: 'good' }, { quality: 'bad' }, { quality: 'good' }]);
  call.media.hold(true);
  for (const more of [0, 0, 0]) await look(more);
  call.media.hold(false);
  await look(0);
  assert.deepEqual(call.heard.splice(0), [{ quality: null }, { quality: 'good' }]);
  call.nothingLeft();
});

test('when the page goes, all is given back', async () => {
  const call = made();
  await talking(call);
  call.page.dispatchEvent(new Event('pagehide'));
  assert.equal(call.media.isClosed, true);
  call.nothingLeft();
  call.heard.length = 0;
  call.devices.handed[0]?.unplug();
  call.peer().become('failed');
  await turns();
  assert.deepEqual(call.heard, []);
  assert.ok(call.devices.handed[0] instanceof FakeTrack);
});
