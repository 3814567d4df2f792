// SPDX-License-Identifier: AGPL-3.0-or-later
// Why a stream ended, and what follows from it.

import { condition, readError } from './errors.js';
import { NS } from './namespaces.js';

/** @typedef {import('./xml.js').Tree} Tree */

/**
 * @typedef {object} Ending
 * @property {string} reason a condition of RFC 6120, or one of ours
 * @property {boolean} final whether trying again with the same credentials is of no use
 * @property {boolean} forget whether the stream cannot be resumed
 */

/** Login conditions (RFC 6120 section 6.5) after which the same password will not do either. */
const refusals = new Set(['not-authorized', 'credentials-expired', 'account-disabled']);

/**
 * After a stream error (RFC 6120 section 4.9.3).
 * @param {Tree} error
 * @returns {Ending}
 */
export function closedBy(error) {
  const said = condition(error, NS.streamErrors).condition;
  // This server ends the streams of a device that was removed or has expired with not-authorized.
  if (said === 'not-authorized') return { reason: 'revoked', final: true, forget: true };
  if (said === 'conflict') return { reason: 'conflict', final: true, forget: true };
  // Where see-other-host leads is nobody's to say but ours. What was against a policy would be so again when it is sent again.
  return { reason: said === 'see-other-host' ? 'sent-elsewhere' : said, final: false, forget: said !== 'system-shutdown' };
}

/**
 * After SASL's failure.
 * @param {Tree} failure
 * @returns {Ending}
 */
export function refusedLogin(failure) {
  const said = condition(failure, NS.sasl).condition;
  return { reason: said, final: refusals.has(said), forget: false };
}

/**
 * After the refusal of a resource: by this server, when the device was removed in that moment.
 * @param {Tree} answer
 * @returns {Ending}
 */
export function refusedBinding(answer) {
  const said = readError(answer).condition;
  return said === 'not-authorized' ? { reason: 'revoked', final: true, forget: true } : { reason: said, final: false, forget: true };
}
