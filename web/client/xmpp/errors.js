// SPDX-License-Identifier: AGPL-3.0-or-later
// What servers and other people's apps say when they refuse.

import { NS } from './namespaces.js';
import { child, children, text } from './xml.js';

/** @typedef {import('./xml.js').Tree} Tree */

/**
 * A refusal (RFC 6120 section 8.3), or an answer that never came: then the condition is `timeout` (nobody answered in time),
 * `interrupted` (the connection ended, and nobody knows whether it was done), `offline` (it was not sent) or `too-large` (likewise).
 */
export class XmppError extends Error {
  /**
   * @param {string} condition
   * @param {string} [words] what the other end wrote, in its own words: text of a stranger
   * @param {string} [type] cancel, continue, modify, auth or wait
   */
  constructor(condition, words = '', type = 'cancel') {
    super(words === '' ? condition : `${condition}: ${words}`);
    this.name = 'XmppError';
    this.condition = condition;
    this.text = words;
    this.type = type;
  }
}

const types = new Set(['auth', 'cancel', 'continue', 'modify', 'wait']);

/**
 * What a stanza of the type `error` says.
 * @param {Tree} stanza
 * @returns {XmppError}
 */
export function readError(stanza) {
  const error = child(stanza, 'error', stanza.attrs.xmlns ?? NS.client);
  const said = condition(error, NS.stanzaErrors);
  const type = error?.attrs.type ?? '';
  return new XmppError(said.condition, said.text, types.has(type) ? type : 'cancel');
}

/**
 * The condition and words that stand in an error of a stanza, a stream or SASL.
 * @param {Tree | null} error
 * @param {string} xmlns of its condition
 * @returns {{condition: string, text: string}}
 */
export function condition(error, xmlns) {
  const found = children(error, null, xmlns).find((each) => each.name !== 'text');
  return { condition: found?.name ?? 'undefined-condition', text: text(child(error, 'text', xmlns)).slice(0, 1000) };
}
