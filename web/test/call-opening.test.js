// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whileOpening } from '../client/media/opening.js';

/** A microphone that is there, or is refused, when told so; and what happened in which order. */
function opening() {
  /** @type {string[]} */
  const happened = [];
  /** @type {{ give: () => void, refuse: (error: Error) => void }} */
  const member = { give: () => {}, refuse: () => {} };
  const taken = /** @type {Promise<void>} */ (new Promise((resolve, reject) => Object.assign(member, { give: resolve, refuse: reject }))).then(() => void happened.push('microphone'));
  const describe = async () => {
    happened.push('described');
    return 'sdp';
  };
  return { happened, member, taken, describe };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a call is described while an allowed microphone opens, and is told when it is open', async () => {
  const { happened, member, taken, describe } = opening();
  const told = whileOpening(taken, Promise.resolve(true), describe).then((sdp) => happened.push(sdp));
  await turn();
  assert.deepEqual(happened, ['described']);
  member.give();
  await told;
  assert.deepEqual(happened, ['described', 'microphone', 'sdp']);
});

test('where the member is asked first, nothing is described before they said yes', async () => {
  for (const isAllowed of [Promise.resolve(false), false, undefined]) {
    const { happened, member, taken, describe } = opening();
    const told = whileOpening(taken, /** @type {any} */ (isAllowed), describe);
    await turn();
    assert.deepEqual(happened, []);
    member.give();
    assert.equal(await told, 'sdp');
    assert.deepEqual(happened, ['microphone', 'described']);
  }
});

test('a microphone that cannot be had leaves the description untold', async () => {
  for (const isAllowed of [true, false]) {
    const { member, taken, describe } = opening();
    const told = whileOpening(taken, Promise.resolve(isAllowed), describe);
    member.refuse(new Error('in use'));
    await assert.rejects(told, /in use/);
  }
});
