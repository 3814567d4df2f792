// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Words for people, from the catalogue that the host serves.
 */

/** @typedef {(key: string, values?: Record<string, string|number>) => string} Words */

/**
 * @param {Readonly<Record<string, string>>} catalogue
 * @returns {Words} fills `{braces}`; a key that is missing shows itself
 */
export function wordsFrom(catalogue) {
  return (key, values) => {
    const words = Object.hasOwn(catalogue, key) ? catalogue[key] : key;
    if (!values) return words;
    return words.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
  };
}

/**
 * One, or many: `key_one` or `key_many` with `{count}`.
 * @param {Words} words
 * @param {string} key
 * @param {number} count
 * @param {Record<string, string|number>} [values]
 */
export function counted(words, key, count, values = {}) {
  return words(`${key}_${count === 1 ? 'one' : 'many'}`, { ...values, count });
}

/**
 * What went wrong, for people: the words for its code, else general ones.
 * @param {Words} words
 * @param {unknown} error what a command was rejected with
 */
export function errorWords(words, error) {
  const code = typeof error === 'string' ? error : String(/** @type {{code?: unknown}|null|undefined} */ (error)?.code ?? '');
  const key = `error_${code.replaceAll('-', '_')}`;
  const text = code ? words(key) : key;
  return text === key ? words('error_other') : text;
}
