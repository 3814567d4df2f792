// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file What every view is given. Types only.
 */

/**
 * @typedef {object} Context
 * @property {import('./shapes.js').Session} session
 * @property {import('./shapes.js').Page} page
 * @property {import('./words.js').Words} words
 * @property {() => string|undefined} locale
 * @property {() => number} now milliseconds
 * @property {(address: string, key?: string) => void} show opens a conversation, at a message
 * @property {(pane: 'list'|'requests'|'search'|'call'|'history') => void} turn
 * @property {Set<string>} accepted whose message request was accepted here, and who may be added to the contacts now
 * @property {(text: string) => void} tell says something in passing, to eyes and screen readers
 * @property {(error: unknown) => void} failed says what went wrong
 */

export {};
