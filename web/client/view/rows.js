// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file What stands between and around messages: days, the line above what is new, groups of one sender. Pure.
 */

import { dayOf } from './times.js';

/** @typedef {import('./shapes.js').Message} Message */

/**
 * @typedef {{type: 'day', key: string, at: number}} DayRow
 * @typedef {{type: 'new', key: string}} NewRow
 * @typedef {{type: 'message', key: string, message: Message, first: boolean, last: boolean, newest: boolean}} MessageRow
 * `first` and `last` of a group; `newest`: the member's own last message
 * @typedef {DayRow|NewRow|MessageRow} Row
 */

/** Messages of one sender that are closer than this stand together, in milliseconds. */
const TOGETHER = 5 * 60 * 1000;

/**
 * A line that nobody said.
 * @param {Message} message
 */
export const isQuiet = ({ kind }) => kind === 'notice' || kind === 'call';

/**
 * @param {Message|undefined} a
 * @param {Message|undefined} b the next
 */
function together(a, b) {
  return a !== undefined && b !== undefined && !isQuiet(a) && !isQuiet(b) && a.mine === b.mine && a.from === b.from
    && b.at - a.at < TOGETHER && dayOf(a.at) === dayOf(b.at);
}

/**
 * @param {readonly Message[]} messages all of the conversation
 * @param {number} from the first that is shown
 * @param {number} to the one after the last that is shown
 * @param {string|null} newFrom the key of the first message that was new when the conversation was opened
 * @returns {Row[]}
 */
export function rowsOf(messages, from, to, newFrom) {
  const rows = /** @type {Row[]} */ ([]);
  let newest = messages.length - 1;
  while (newest >= 0 && !messages[newest].mine) newest -= 1;
  for (let index = from; index < to; index += 1) {
    const message = messages[index];
    const before = messages[index - 1];
    const isNew = message.key === newFrom;
    if (index === from || dayOf(before.at) !== dayOf(message.at)) rows.push({ type: 'day', key: `day:${dayOf(message.at)}:${message.key}`, at: message.at });
    if (isNew) rows.push({ type: 'new', key: 'new' });
    const next = messages[index + 1];
    rows.push({
      type: 'message', key: message.key, message, newest: index === newest,
      first: isNew || !together(before, message),
      last: !together(message, next) || next.key === newFrom,
    });
  }
  return rows;
}

/**
 * @param {Row} a
 * @param {Row} b
 */
export function sameRow(a, b) {
  if (a.type === 'message' && b.type === 'message') {
    return a.message === b.message && a.first === b.first && a.last === b.last && a.newest === b.newest;
  }
  return a.type === b.type;
}
