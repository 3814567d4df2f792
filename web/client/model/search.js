// SPDX-License-Identifier: AGPL-3.0-or-later
// Finding words in what is here. Letters are compared without case and accents; every word has to be in the message.

/** @typedef {import('./state.js').State} State */
/** @typedef {{ address: string, key: string, at: number, text: string }} Hit */

const mostHits = 100;

/**
 * @param {State} state
 * @param {string} text
 * @returns {Hit[]} the latest first
 */
export function find(state, text) {
  const words = folded(text).split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return [];
  /** @type {Hit[]} */
  const hits = [];
  for (const address of state.order) {
    for (const message of state.conversations[address].messages) {
      if (message.kind !== 'text' && message.kind !== 'file' && message.kind !== 'notice') continue;
      const said = message.file ? `${message.file.name} ${message.text}` : message.text;
      const where = folded(said);
      if (words.every((word) => where.includes(word))) hits.push({ address, key: message.key, at: message.at, text: said });
    }
  }
  return hits.sort((one, other) => other.at - one.at).slice(0, mostHits);
}

/** @param {string} text */
export function folded(text) {
  return text.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase();
}
