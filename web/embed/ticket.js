// SPDX-License-Identifier: AGPL-3.0-or-later
import { stateText, tokenIn } from './page.js';

/** @typedef {import('../shared/frame-protocol.js').FromPage} FromPage */
/** @typedef {import('../shared/frame-protocol.js').DeniedReason} DeniedReason */

/** @type {DeniedReason[]} */
const REASONS = ['signed-out', 'kept-out', 'other-app', 'not-set-up'];

/**
 * What to tell the frame, by the answer to a ticket's request.
 * @param {number} status @param {unknown} body @returns {FromPage}
 */
export function meaning(status, body) {
  const { ticket, code } = /** @type {{ ticket?: unknown, code?: unknown }} */ (typeof body === 'object' && body ? body : {});
  if (status === 200 && typeof ticket === 'string') return { type: 'ticket', ticket };
  const reason = REASONS.find((one) => one === code);
  // Everything else may be otherwise in a moment.
  return { type: 'denied', reason: reason ?? (status === 401 ? 'signed-out' : 'unreachable') };
}

/**
 * Shows the page's token to Trunkline, which asks the home server whose it is, and gets a ticket for it. Only call this
 * when the member has asked for chat in this page's life.
 * @returns {Promise<FromPage>} for the frame; the token is not in it
 */
export async function fetchTicket() {
  const token = tokenIn(stateText());
  if (!token) return { type: 'denied', reason: 'signed-out' };
  try {
    const answer = await fetch('/trunkline/ticket', {
      method: 'POST', body: '{}', credentials: 'omit', cache: 'no-store', redirect: 'error',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    });
    return meaning(answer.status, await answer.json().catch(() => null));
  } catch {
    return { type: 'denied', reason: 'unreachable' };
  }
}
