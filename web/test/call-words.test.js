// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { newCall } from '../client/model/calls.js';
import { TONES, WAYS, current, finished, isCalm, lengthWords, outcomeKey, phaseKey, qualityKey, reasonKey, secondsOf, waysBack } from '../client/view/call-words.js';

const { client, embed } = JSON.parse(readFileSync(new URL('../../share/portal/strings/en.json', import.meta.url), 'utf8'));

/** @param {object} what @returns {any} */
const call = (what) => newCall(/** @type {any} */ ({ id: 'c', address: 'bob@x', name: 'Bob', direction: 'out', at: 1, phase: 'talking', answeredAt: 1000, ...what }));

test('every reason that the model knows has a sentence and its ways back, and one that nobody foresaw has general words', () => {
  const model = readFileSync(new URL('../client/model/calls.js', import.meta.url), 'utf8');
  const known = [...(/@typedef \{([^}]*)\} Reason/.exec(model)?.[1] ?? '').matchAll(/'([a-z-]+)'/g)].map(([, code]) => code);
  assert.deepEqual([...known].sort(), Object.keys(WAYS).sort());
  for (const code of known) assert.match(client[reasonKey(code)], /\.$/, code);
  for (const odd of [null, 'constructor', 'something']) assert.equal(reasonKey(odd), 'call_reason_other');
  assert.ok(Object.hasOwn(client, 'call_reason_other'));
  assert.deepEqual(waysBack({ reason: null }), ['again']);
  // None of them tells who is offline from who is unwilling, and emergencies are sent to a phone in these words.
  assert.equal(client.call_reason_emergency, 'Trunkline cannot reach emergency services. Use a phone.');
});

test('all that is said of the state of a call stands in the catalogue', () => {
  const phases = ['preparing', 'calling', 'ringing', 'connecting', 'talking', 'reconnecting', 'ended'];
  const details = [{}, { onHold: true }, { heldByThem: true }, { quality: 'poor' }, { quality: 'bad' }, { quality: 'bad', sendsVideo: true }, { lacksMicrophone: true }, { lacksCamera: true }];
  const keys = phases.flatMap((phase) => details.flatMap((detail) => [phaseKey(call({ phase, ...detail })), qualityKey(call({ phase, ...detail }))]));
  const histories = ['in', 'out'].flatMap((direction) => ['answered', 'missed', 'unanswered', 'declined'].map((outcome) => outcomeKey(/** @type {any} */ ({ direction, outcome }))));
  assert.deepEqual([...keys, ...histories].filter((key) => key !== null && !Object.hasOwn(client, key)), []);
  assert.deepEqual(['in', 'out'].map((direction) => client[outcomeKey(/** @type {any} */ ({ direction, outcome: 'declined' }))]), ['You declined', 'They declined']);
  assert.equal(qualityKey(call({ quality: 'bad', onHold: true })), null);
  assert.deepEqual([{}, { onHold: true }, { phase: 'ended' }].map((what) => qualityKey(call({ lacksMicrophone: true, ...what }))), ['call_not_heard', 'call_not_heard', null]);
  assert.deepEqual([{}, { onHold: true }, { quality: 'bad' }, { phase: 'ended' }].map((what) => qualityKey(call({ lacksCamera: true, ...what }))),
    ['call_not_seen', 'call_not_seen', 'call_quality_bad', null]);
  for (const key of ['call', 'call_whom', 'chat_ringing', 'ringing']) assert.ok(Object.hasOwn(embed, key));
});

test('the call that goes on is shown, then the one that ended, but none that rang in vain', () => {
  const rings = call({ id: 'r', direction: 'in', phase: 'ringing', answeredAt: null });
  const talks = call({ id: 't' });
  const missed = call({ id: 'm', direction: 'in', phase: 'ended', answeredAt: null, reason: 'missed' });
  const busy = call({ id: 'b', phase: 'ended', answeredAt: null, reason: 'busy' });
  assert.equal(current([rings, talks])?.id, 't');
  assert.equal(current([rings, missed]), null);
  assert.equal(finished([missed, busy])?.id, 'b');
  assert.equal(finished([missed]), null);
  assert.equal(finished([call({ direction: 'in', phase: 'ended', answeredAt: null, reason: 'denied' })])?.id, 'c', 'what failed while answering is shown');
  assert.equal(isCalm(call({ phase: 'ended', reason: 'they-hung-up' })), true);
  assert.equal(isCalm(call({ phase: 'ended', reason: 'network' })), false);
});

test('how long a call lasts is counted from the answer to the end', () => {
  assert.deepEqual([0, 7, 65, 3600, 3723, 36_000].map(lengthWords), ['0:00', '0:07', '1:05', '1:00:00', '1:02:03', '10:00:00']);
  assert.equal(secondsOf({ answeredAt: null, endedAt: null }, 9000), null);
  assert.equal(secondsOf({ answeredAt: 1000, endedAt: null }, 9900), 8);
  assert.equal(secondsOf({ answeredAt: 1000, endedAt: 3000 }, 9900), 2);
  assert.equal(secondsOf({ answeredAt: 9000, endedAt: null }, 1000), 0, 'a clock that was set back');
  assert.equal(TONES.length, 12);
});

test('the portal fills {server} with its own name, so no text means another server by it', () => {
  for (const [key, text] of Object.entries(client)) {
    if (key === 'unverified' || key === 'readable_two') assert.doesNotMatch(text, /\{(server|domain)\}/, key);
  }
});
