// SPDX-License-Identifier: AGPL-3.0-or-later
// Calls that went another way than by the member's own call server, over chat or to another domain, told to the portal: it keeps the history.

import { domain } from '../model/address.js';

/** @typedef {import('../model/calls.js').Call} Call */

/** Ends of calls that nobody but this browser ever heard of, or that one of the member's other devices took: these are not told, or not by this one. */
const untold = new Set(['answered-elsewhere', 'declined-elsewhere', 'denied', 'no-microphone', 'in-use', 'no-camera', 'offline', 'not-an-address', 'emergency', 'elsewhere-not-yet',
  'self', 'signed-out', 'not-ready', 'in-a-call', 'no-chat', 'far-server', 'no-relay', 'blocked']);

/**
 * What the portal is told of a call that is over; null if it is told nothing, or knows by itself.
 * @param {Call} call
 * @param {string} home the member's own domain
 */
export function noted(call, home) {
  if (call.kind === 'sip' && domain(call.address) === home) return null;
  const outcome = outcomeOf(call);
  if (outcome === null || call.endedAt === null) return null;
  const talked = outcome === 'answered' ? { answered_at: moment(call.answeredAt ?? call.endedAt), ended_at: moment(call.endedAt) } : {};
  return { address: call.address, direction: call.direction, at: moment(call.at), outcome, ...talked };
}

/**
 * @param {Call} call
 * @returns {'answered' | 'missed' | 'unanswered' | 'declined' | null}
 */
function outcomeOf({ direction, answeredAt, reason }) {
  if (answeredAt !== null) return 'answered';
  if (reason === null || untold.has(reason)) return null;
  if (reason === 'declined') return 'declined';
  if (direction === 'out') return 'unanswered';
  return reason === 'missed' || reason === 'they-hung-up' ? 'missed' : null;
}

/**
 * As the portal reads it: to the second.
 * @param {number} at ms since 1970
 */
function moment(at) {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/**
 * The name of a call in the history, the same in all of the member's browsers, whatever the other side's app called it.
 * @param {Call} call
 * @param {string} key
 */
export async function callName(call, key) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${call.address} ${key}`)));
  return `chat-${[...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/**
 * What does not arrive is not in the history: the call is over all the same.
 * @param {import('./portal.js').Portal} portal
 * @param {Call} call
 * @param {string} key what all of the member's browsers call it
 * @param {string} home
 */
export async function note(portal, call, key, home) {
  const body = noted(call, home);
  if (body) await portal.call('POST', 'calls', { id: await callName(call, key), ...body });
}
