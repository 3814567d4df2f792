// SPDX-License-Identifier: AGPL-3.0-or-later
// What the media of a call tell of themselves.

/**
 * What has changed; what is missing has not.
 * @typedef {object} Patch
 * @property {import('./path.js').Connection} [connection] `disconnected`, also more than once: offer again with `restart`; `failed`: it
 *   was never connected, and will not be
 * @property {import('./quality.js').Quality | null} [quality] null: nothing to judge now (hold)
 * @property {boolean} [sendsVideo]
 * @property {boolean} [seesVideo]
 * @property {boolean} [heldByThem]
 * @property {boolean} [lacksMicrophone] it was unplugged or taken away in mid-call, and there is no other one; false: there is again
 * @property {boolean} [lacksCamera] one was wanted, and cannot be used or was taken away; false: one was switched on or off since
 * @property {import('./failure.js').MediaCode} [error] the call goes on without what it names, except with `failed`: then it cannot
 * @property {true} [reoffer] the other side should be told: offer again when the dialog allows
 * @property {true} [streams] look at `streams` again
 */

export {};
