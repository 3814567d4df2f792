// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file The one clock that views which count or measure something share; it stands still when nobody needs it.
 */

/** How often it ticks, in milliseconds. */
const STEP = 200;

/** @type {Set<() => void>} */
const hearers = new Set();
/** @type {ReturnType<typeof setInterval>|undefined} */
let interval;

/**
 * Calls `heard` several times a second.
 * @param {() => void} heard
 * @returns {() => void} ends it
 */
export function ticking(heard) {
  hearers.add(heard);
  interval ??= setInterval(() => {
    for (const one of [...hearers]) one();
  }, STEP);
  return () => {
    hearers.delete(heard);
    if (hearers.size > 0) return;
    clearInterval(interval);
    interval = undefined;
  };
}
