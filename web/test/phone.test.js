// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';
import { Telephone } from '../client/calls/phone.js';

/** A server that refuses some registrations before it takes one; SIP.js tells of a state only when it changes. */
class Server {
  /** @param {number} refusals */
  constructor(refusals) {
    this.refusals = refusals;
    this.asked = 0;
    const server = this;
    this.library = /** @type {any} */ ({
      UserAgent: class {
        static makeURI() {
          return {};
        }

        configuration = {};
        delegate = /** @type {any} */ ({});
        async start() {
          this.delegate.onConnect();
        }

        isConnected() {
          return true;
        }
      },
      Registerer: class {
        state = 'Initial';
        waiting = false;
        stateChange = { addListener: (/** @type {(state: string) => void} */ heard) => void (this.heard = heard) };
        /** @param {any} options */
        async register({ requestDelegate }) {
          server.asked += 1;
          const isTaken = server.asked > server.refusals;
          queueMicrotask(() => {
            const state = isTaken ? 'Registered' : 'Unregistered';
            if (state !== this.state) this.heard?.(this.state = state);
            if (isTaken) requestDelegate.onAccept({});
            else requestDelegate.onReject({});
          });
        }
      },
    });
  }
}

test('Who is refused again and again, while the server starts, is registered as soon as it is ready', async (context) => {
  const server = new Server(3);
  const waits = /** @type {(() => void)[]} */ ([]);
  context.mock.method(globalThis, 'setTimeout', (/** @type {() => void} */ run) => waits.push(run));
  const told = /** @type {string[]} */ ([]);
  const phone = new Telephone({
    load: async () => server.library, account: () => ({ websocket: 'wss://x', uri: 'sip:a@x', username: 'a' }), name: () => 'A', random: () => 0.5,
    told: (phase) => told.push(phase), incoming() {}, back() {}, sure() {}, log() {},
  });
  phone.begin();
  for (let turn = 0; turn < 40 && !phone.isReady; turn += 1) {
    await Promise.resolve();
    assert.ok(waits.length <= 1, 'one try at a time');
    waits.pop()?.();
  }
  assert.deepEqual(told, ['connecting', 'offline', 'ready']);
  assert.equal(server.asked, 4);
});
