// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * What the home server's page and the chat client's frame say to each other: docs/embedding.md.
 *
 * Both sides check origin and source of each message themselves; here is checked what is in it. Neither believes the
 * other: what does not fit is nothing, and of what fits only the fields that are known are handed on.
 */

/** Longer than any address that can be (RFC 7622, section 3.1). */
const LONGEST_ADDRESS = 3071;

/**
 * @typedef {(
 *   | { type: 'hello', account: string, scheme: 'light' | 'dark', contrast: 'default' | 'high',
 *       motion: 'full' | 'reduce', locale: string, visible: boolean }
 *   | { type: 'ticket', ticket: string }
 *   | { type: 'denied', reason: DeniedReason }
 *   | { type: 'open', address: string }
 *   | { type: 'call', address: string }
 *   | { type: 'visible', visible: boolean }
 * )} FromPage
 */
/** @typedef {'signed-out' | 'kept-out' | 'other-app' | 'not-set-up' | 'unreachable'} DeniedReason */
/**
 * @typedef {(
 *   | { type: 'ready' }
 *   | { type: 'drawn' }
 *   | { type: 'state', state: 'waiting' | 'off' | 'connecting' | 'online' | 'offline' | 'ended' }
 *   | { type: 'unread', count: number }
 *   | { type: 'ringing', on: boolean }
 *   | { type: 'need-ticket', why: 'start' | 'renew' }
 *   | { type: 'close' }
 *   | { type: 'hide' }
 * )} FromFrame
 */
/** @typedef {(value: unknown) => boolean} Check */

/** @param {...unknown} values @returns {Check} */
const oneOf = (...values) => (value) => values.includes(value);

/** @param {RegExp} pattern @param {number} longest @returns {Check} */
const text = (pattern, longest) => (value) =>
  typeof value === 'string' && value.length <= longest && pattern.test(value);

/** @type {Check} */
const flag = (value) => typeof value === 'boolean';

/** No white space, no control characters, something on both sides of the @. */
const address = text(/^[^\s@\p{C}]+@[^\s@\p{C}]+$/u, LONGEST_ADDRESS);

/** @type {Record<string, Record<string, Check>>} */
const PAGE = {
  hello: {
    account: address, scheme: oneOf('light', 'dark'), contrast: oneOf('default', 'high'),
    motion: oneOf('full', 'reduce'), locale: text(/^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/, 35), visible: flag,
  },
  ticket: { ticket: text(/^[\x21-\x7e]+$/, 512) },
  denied: { reason: oneOf('signed-out', 'kept-out', 'other-app', 'not-set-up', 'unreachable') },
  open: { address },
  call: { address },
  visible: { visible: flag },
};

/** @type {Record<string, Record<string, Check>>} */
const FRAME = {
  ready: {},
  drawn: {},
  state: { state: oneOf('waiting', 'off', 'connecting', 'online', 'offline', 'ended') },
  unread: { count: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 1e6 },
  ringing: { on: flag },
  'need-ticket': { why: oneOf('start', 'renew') },
  close: {},
  hide: {},
};

/**
 * @param {unknown} data @param {Record<string, Record<string, Check>>} known
 * @returns {Record<string, unknown> | null}
 */
function read(data, known) {
  if (typeof data !== 'object' || data === null) return null;
  const message = /** @type {Record<string, unknown>} */ (data);
  const type = message.type;
  if (message.trunkline !== 1 || typeof type !== 'string' || !Object.hasOwn(known, type)) return null;
  const fields = /** @type {Record<string, Check>} */ (known[type]);
  /** @type {Record<string, unknown>} */
  const checked = { type };
  for (const [name, fits] of Object.entries(fields)) {
    const value = Object.hasOwn(message, name) ? message[name] : undefined;
    if (!fits(value)) return null;
    checked[name] = value;
  }
  return checked;
}

/**
 * What the page says, as the frame may believe it.
 * @param {unknown} data @returns {FromPage | null}
 */
export const readFromPage = (data) => /** @type {FromPage | null} */ (read(data, PAGE));

/**
 * What the frame says, as the page may believe it.
 * @param {unknown} data @returns {FromFrame | null}
 */
export const readFromFrame = (data) => /** @type {FromFrame | null} */ (read(data, FRAME));

/**
 * A message as it goes out: marked, so that others who speak with the same window are not misunderstood.
 * @template {FromPage | FromFrame} Message @param {Message} message
 */
export const marked = (message) => ({ ...message, trunkline: 1 });
