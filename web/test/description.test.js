// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';
import { Description } from '../client/calls/description.js';
import { Line } from '../client/calls/line.js';

/** A line in a call that is being talked in, whose media tell what they are asked. */
function talking() {
  /** @type {unknown[][]} */
  const asked = [];
  const line = new Line('c1', 'in', {
    ask: async (_, verb, args = []) => {
      asked.push([verb, ...args]);
      return `our ${verb}`;
    },
    news() {}, isReady: () => true, random: () => 0.5, over() {}, probe() {},
  });
  line.tab = 'leads';
  line.isAnswered = true;
  return { line, asked };
}

test('An offer that SIP.js could not send, since theirs came while it was made, is taken back; their next one is answered', async () => {
  const { line, asked } = talking();
  // What Session.invite does: the description is made first, and then the dialog throws, because an INVITE of theirs is in progress.
  line.session = /** @type {any} */ ({
    state: 'Established', bye: async () => undefined,
    async invite() {
      await line.description.getDescription({ restart: true });
      throw new Error('There is an ongoing re-INVITE server transaction.');
    },
  });
  line.offer(true);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(asked, [['offer', { restart: true }], ['withdraw']]);
  await line.description.setDescription('their offer');
  assert.equal((await line.description.getDescription({})).body, 'our answer');
  assert.deepEqual(asked.slice(2), [['answer', 'their offer']]);
  line.end('hung-up');
});

test('An offer that still waits for its answer stays, when another one cannot be made beside it', async () => {
  const { line, asked } = talking();
  line.session = /** @type {any} */ ({
    state: 'Established', bye: async () => undefined,
    async invite() {
      throw new Error('Reinvite in progress.');
    },
  });
  await line.description.getDescription({ restart: true });
  line.offer(true);
  await new Promise((resolve) => setImmediate(resolve));
  await line.description.setDescription('their answer');
  assert.deepEqual(asked.slice(1), [['accept', 'their answer']]);
  line.end('hung-up');
});

test('a browser that does not say where it is is not taken for one on hold', async () => {
  const sdp = (/** @type {string} */ at) => `v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 ${at}\r\na=sendrecv\r\n`;
  for (const [at, says] of [['0.0.0.0', '192.0.2.1'], ['198.51.100.7', '198.51.100.7'], ['0.0.0.01', '0.0.0.01']]) {
    const description = new Description({
      offer: async () => sdp(at), answer: async () => sdp(at), accept: async () => {}, withdraw: async () => {},
    });
    assert.equal((await description.getDescription({})).body, sdp(says));
  }
});
