// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file What is said of calls, and what a member can do after each way in which one ends. Pure.
 */

/**
 * @typedef {import('./call-shapes.js').Call} Call
 * @typedef {import('./call-shapes.js').HistoryCall} HistoryCall
 * @typedef {'again'|'write'|'check'} Way call again, write instead, look at microphone and camera
 */

/** Every reason for which a call ends or does not begin, with the ways back. Each has a sentence `call_reason_…`. */
export const WAYS = Object.freeze(/** @type {Record<string, readonly Way[]>} */ ({
  'hung-up': ['again'], 'they-hung-up': ['again'], declined: ['write'], busy: ['again', 'write'], unavailable: ['again', 'write'],
  'no-answer': ['again', 'write'], cancelled: ['again'], missed: ['again', 'write'], 'answered-elsewhere': [], 'declined-elsewhere': [],
  denied: ['again', 'check'], 'no-microphone': ['again', 'check'], 'in-use': ['again', 'check'], 'no-camera': ['again', 'check'],
  offline: ['again'], network: ['again', 'write'], 'no-path': ['again', 'write'], 'not-an-address': [], emergency: [],
  'elsewhere-not-yet': ['write'], self: [], 'no-common-media': ['write'], refused: ['write'], server: ['again', 'write'], 'signed-out': [],
  'tab-closed': ['again'], 'not-ready': ['again'], 'in-a-call': [], 'no-chat': [], 'far-server': ['again'], 'no-relay': ['write'], blocked: [],
}));

/** The ends that need no answer: what was asked for has happened. */
const CALM = new Set(['hung-up', 'they-hung-up', 'cancelled', 'answered-elsewhere', 'declined-elsewhere']);

/** The ends of a call that never came to be here: they are said in passing, and need no view. */
const NOT_HERE = new Set(['missed', 'cancelled', 'declined', 'answered-elsewhere', 'declined-elsewhere']);

/** @param {string} code */
export const keyOf = (code) => code.replaceAll('-', '_');

/**
 * The key of the sentence for a reason; one that nobody foresaw has general words.
 * @param {string|null} reason
 */
export function reasonKey(reason) {
  return reason !== null && Object.hasOwn(WAYS, reason) ? `call_reason_${keyOf(reason)}` : 'call_reason_other';
}

/**
 * @param {Pick<Call, 'reason'>} call
 * @returns {readonly Way[]}
 */
export function waysBack({ reason }) {
  return reason !== null && Object.hasOwn(WAYS, reason) ? WAYS[reason] : ['again'];
}

/** @param {Call} call */
export const isCalm = (call) => call.phase === 'ended' && call.reason !== null && CALM.has(call.reason);

/** @param {Call} call */
export const isRingingHere = (call) => call.direction === 'in' && call.phase === 'ringing';

/**
 * The call that goes on, but one that has not been answered.
 * @param {readonly Call[]} calls newest first
 */
export function current(calls) {
  return calls.find((call) => call.phase !== 'ended' && !isRingingHere(call)) ?? null;
}

/**
 * The call that ended last, if there is something to show of it.
 * @param {readonly Call[]} calls newest first
 */
export function finished(calls) {
  return calls.find((call) => call.phase === 'ended' && call.canAnswer !== false
    && (call.direction === 'out' || call.answeredAt !== null || (call.reason !== null && !NOT_HERE.has(call.reason)))) ?? null;
}

/**
 * How far a call has come, as a key of the catalogue; null while it simply goes on.
 * @param {Call} call
 * @returns {string|null}
 */
export function phaseKey(call) {
  if (call.phase === 'ended') return null;
  if (call.phase !== 'talking') return `call_${call.phase}`;
  if (call.onHold) return 'call_on_hold';
  return call.heldByThem ? 'call_held' : null;
}

/**
 * What is to be said of a bad connection, of a microphone that has gone, or of a camera that was wanted, as a key of the catalogue.
 * @param {Call} call
 * @returns {string|null}
 */
export function qualityKey({ phase, quality, sendsVideo, onHold, heldByThem, lacksMicrophone, lacksCamera }) {
  if (phase === 'reconnecting') return 'call_quality_lost';
  if (lacksMicrophone && phase !== 'ended') return 'call_not_heard';
  if (phase !== 'talking' || onHold || heldByThem || (quality !== 'poor' && quality !== 'bad')) return lacksCamera && phase !== 'ended' ? 'call_not_seen' : null;
  if (quality === 'poor') return 'call_quality_poor';
  return sendsVideo ? 'call_quality_bad_video' : 'call_quality_bad';
}

/**
 * How long a call has lasted, in whole seconds; null before it is answered.
 * @param {Pick<Call, 'answeredAt'|'endedAt'>} call
 * @param {number} now ms
 */
export function secondsOf({ answeredAt, endedAt }, now) {
  return answeredAt === null ? null : Math.max(0, Math.floor(((endedAt ?? now) - answeredAt) / 1000));
}

/**
 * 0:07, 12:30, 1:02:03.
 * @param {number} seconds
 */
export function lengthWords(seconds) {
  const pair = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}:${pair(seconds % 60)}` : `${Math.floor(minutes / 60)}:${pair(minutes % 60)}:${pair(seconds % 60)}`;
}

/**
 * What to call an entry of the history, as a key of the catalogue.
 * @param {Pick<HistoryCall, 'direction'|'outcome'>} call
 */
export function outcomeKey({ direction, outcome }) {
  if (outcome === 'answered') return direction === 'in' ? 'history_in' : 'history_out';
  if (direction === 'in') return `history_${outcome}`;
  return outcome === 'declined' ? 'history_refused' : 'history_unanswered';
}

/**
 * What a call to another server lets its callee's app learn, as a key of the catalogue; null where that was said before, or is over.
 * @param {Call} call
 */
export function revealKey({ kind, direction, phase, isDirect }) {
  if (kind !== 'jingle' || direction !== 'out' || phase === 'ended') return null;
  return isDirect ? 'call_out_direct' : 'call_out_relayed';
}

/** What can be sent as a tone, in the order of the keys of a telephone. */
export const TONES = Object.freeze(['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']);
