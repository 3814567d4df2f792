// SPDX-License-Identifier: AGPL-3.0-or-later
// What a member can do about calls, carried out by the leading tab, and the history that the portal keeps.

import { bare } from '../model/address.js';
import { shownName } from '../model/shown.js';
import { CommandError } from './tabs.js';

/** @typedef {import('./leader.js').Leader} Leader */
/** @typedef {import('../model/calls.js').HistoryCall} HistoryCall */

const outcomes = new Set(['answered', 'missed', 'unanswered', 'declined']);

/**
 * @param {Leader} leader
 * @param {string} name
 * @param {any[]} args
 * @returns {Promise<any>}
 */
export async function runCall(leader, name, args) {
  const { calls } = leader;
  if (!calls) throw new CommandError('unknown');
  const [id, one, two] = args;
  switch (name) {
    case 'call':
      return calls.call(id, one, two);
    case 'answerCall':
      return calls.answer(id, one);
    case 'declineCall':
      return calls.decline(id);
    case 'hangUp':
      return calls.hangUp(id);
    case 'mute':
      return calls.mute(id, one === true);
    case 'camera':
      return calls.camera(id, one === true);
    case 'hold':
      return calls.hold(id, one === true);
    case 'tone':
      return calls.tone(id, String(one));
    case 'dismissCall':
      return calls.dismiss(id);
    case 'history':
      return history(leader);
    case 'clearHistory':
      return clear(leader);
    default:
      throw new CommandError('unknown');
  }
}

/** @param {Leader} leader */
async function history(leader) {
  const answer = await leader.portal.get('calls');
  const list = Array.isArray(answer?.calls) ? answer.calls.flatMap(readHistory) : [];
  leader.emit([{ type: 'callHistory', history: { list, isLoaded: true } }]);
}

/** @param {Leader} leader */
async function clear(leader) {
  await leader.portal.call('DELETE', 'calls');
  leader.emit([{ type: 'callHistory', history: { list: [], isLoaded: true } }]);
}

/**
 * One entry as the portal writes it; what is none is left out.
 * @param {any} one
 * @returns {HistoryCall[]}
 */
export function readHistory(one) {
  const at = Date.parse(one?.at);
  const address = bare(String(one?.address ?? ''));
  if (!Number.isFinite(at) || address === '' || !outcomes.has(one.outcome)) return [];
  const name = shownName(String(one.name ?? '')) || address.slice(0, Math.max(0, address.indexOf('@')));
  const seconds = typeof one.seconds === 'number' ? one.seconds : null;
  return [{ id: String(one.id), address, name, direction: one.direction === 'in' ? 'in' : 'out', at, seconds, outcome: one.outcome }];
}
