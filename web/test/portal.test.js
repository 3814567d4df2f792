// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import { Portal } from '../client/session/portal.js';

/** A portal that knows one session: a write has to show its token. */
class Host {
  member = 'alice@example.social';
  token = 'first';
  /** @type {string[]} */
  done = [];

  fetch = async (/** @type {string} */ path, /** @type {any} */ { method, headers }) => {
    const answer = (/** @type {number} */ status, /** @type {unknown} */ body) => ({ ok: status < 300, status, headers: new Map(), json: async () => body });
    if (method === 'GET') return answer(200, { address: this.member, csrf_token: this.token });
    if (headers['X-CSRF-Token'] !== this.token) return answer(403, { code: 'form-expired' });
    this.done.push(`${this.member} ${method} ${path}`);
    return answer(200, null);
  };
}

test('When the member has signed in again at the portal, what is asked is done all the same', async () => {
  const host = new Host();
  const portal = new Portal(/** @type {any} */ (host.fetch));
  await portal.get('session');
  host.token = 'second';
  await portal.call('POST', 'web-session', { renew: true });
  await portal.call('DELETE', 'web-session');
  assert.deepEqual(host.done, ['alice@example.social POST /api/v1/web-session', 'alice@example.social DELETE /api/v1/web-session']);
});

test('When somebody else has signed in at the portal, nothing is done in their name', async () => {
  const host = new Host();
  const portal = new Portal(/** @type {any} */ (host.fetch));
  await portal.get('session');
  Object.assign(host, { member: 'mallory@example.social', token: 'second' });
  for (const path of ['web-session', 'requests/answer']) {
    await assert.rejects(portal.call('POST', path, {}), { status: 401, code: 'signed-out' });
  }
  assert.deepEqual(host.done, []);
});
