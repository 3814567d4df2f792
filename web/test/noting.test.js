// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import { newCall } from '../client/model/calls.js';
import { callName, noted } from '../client/session/noting.js';

const at = Date.UTC(2026, 4, 1, 12, 0, 0, 500);
const home = 'example.social';
/** @param {Partial<import('../client/model/calls.js').Call>} [more] */
const over = (more = {}) => newCall({
  id: 'c', address: 'carol@elsewhere.example', name: 'Carol', direction: 'out', kind: 'jingle', at, phase: 'ended', endedAt: at + 60_000, reason: 'hung-up', ...more,
});

test('The portal is told of calls that its own call server knows nothing of', () => {
  assert.deepEqual(noted(over({ answeredAt: at + 1000 }), home), {
    address: 'carol@elsewhere.example', direction: 'out', at: '2026-05-01T12:00:00Z', outcome: 'answered', answered_at: '2026-05-01T12:00:01Z', ended_at: '2026-05-01T12:01:00Z',
  });
  assert.equal(noted(over({ kind: 'sip' }), home)?.outcome, 'unanswered', 'to another domain by SIP');
  assert.equal(noted(over({ kind: 'sip', address: `bob@${home}` }), home), null, 'Kamailio has that one');
  assert.equal(noted(over({ address: `bob@${home}`, direction: 'in', reason: 'missed' }), home)?.outcome, 'missed', 'but none by Jingle');
});

test('How a call went is said as the history says it; what never left, or was taken elsewhere, is not told', () => {
  const cases = /** @type {const} */ ([
    ['out', 'no-answer', 'unanswered'], ['out', 'cancelled', 'unanswered'], ['out', 'busy', 'unanswered'], ['out', 'declined', 'declined'], ['in', 'missed', 'missed'],
    ['in', 'they-hung-up', 'missed'], ['in', 'declined', 'declined'], ['in', 'answered-elsewhere', null], ['in', 'declined-elsewhere', null], ['in', 'tab-closed', null],
    ['out', 'denied', null], ['out', 'no-chat', null], ['out', 'not-an-address', null], ['out', 'elsewhere-not-yet', null],
  ]);
  for (const [direction, reason, outcome] of cases) assert.equal(noted(over({ direction, reason }), home)?.outcome ?? null, outcome, `${direction} ${reason}`);
});

test('Two browsers that rang for one call name it alike, whatever its proposer called it', async () => {
  const names = await Promise.all([callName(over({ id: 'one' }), 'x'), callName(over({ id: 'two' }), 'x'), callName(over(), '" onload=…')]);
  assert.equal(names[0], names[1]);
  assert.notEqual(names[0], names[2]);
  for (const name of names) assert.match(name, /^chat-[0-9a-f]{64}$/);
});
