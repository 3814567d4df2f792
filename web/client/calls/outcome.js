// SPDX-License-Identifier: AGPL-3.0-or-later
// What SIP says of the end of a call, as what the member is told (RFC 3261, section 21; RFC 3326).

/** @typedef {import('../model/calls.js').Reason} Reason */

/**
 * A call that we placed was not taken.
 * @param {number} status
 * @param {boolean} hasRung whether somebody's device has rung before that
 * @param {boolean} [isElsewhere] whether it went to another server
 * @returns {Reason}
 */
export function outcomeOf(status, hasRung, isElsewhere = false) {
  // Where our server makes no such calls, where theirs takes none, and where none is found that proves its name.
  if (isElsewhere && (status === 403 || status === 404 || status === 502)) return 'elsewhere-not-yet';
  if (status === 486 || status === 600) return 'busy';
  if (status === 603 || status === 607 || status === 608) return 'declined';
  if (status === 401 || status === 407) return 'signed-out';
  if (status === 403 || status === 405 || status === 433) return 'refused';
  if (status === 415 || status === 488 || status === 606) return 'no-common-media';
  if (status === 414 || status === 416 || status === 484 || status === 485) return 'not-an-address';
  if (status === 487) return 'cancelled';
  if (status === 500 || (status > 500 && status < 600)) return 'server';
  // Offline, unknown and unwilling are one answer, and the server sees to that; that nobody answered was heard.
  return hasRung ? 'no-answer' : 'unavailable';
}

/**
 * A call that rang here was taken back.
 * @param {string | undefined} reason the header `Reason` of the CANCEL
 * @returns {Reason}
 */
export function takenBack(reason) {
  const cause = causeIn(reason);
  if (cause === 200) return 'answered-elsewhere';
  if (cause === 600 || cause === 603 || cause === 486) return 'declined-elsewhere';
  return 'missed';
}

/**
 * Our word within a call was refused.
 * @param {number} status
 * @returns {'over' | 'later' | 'no'} `over`: the other side knows of no such call. `later`: they spoke at the same time.
 */
export function refusalWithin(status) {
  if (status === 481) return 'over';
  // Nobody answered in time (408): one of the two is looking for another way to the server, or we are.
  return status === 408 || status === 491 || status === 500 || status === 503 ? 'later' : 'no';
}

/** @param {string | undefined} reason */
function causeIn(reason) {
  const found = /(?:^|,)\s*SIP\s*;[^,]*?\bcause\s*=\s*(\d{3})\b/i.exec(reason ?? '');
  return found ? Number(found[1]) : null;
}
