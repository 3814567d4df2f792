// SPDX-License-Identifier: AGPL-3.0-or-later
// XML as plain data: what stanzas are made of, before they are written and after they were read.

/**
 * An element. Frozen. `attrs.xmlns` is the namespace of the element, not a declaration: names carry no prefix, and every element
 * that was read has it. Attributes of a namespace of their own are not kept, but for `xml:lang`.
 * @typedef {{readonly name: string, readonly attrs: Readonly<Record<string, string>>, readonly children: ReadonlyArray<Tree | string>}} Tree
 */

/** @typedef {string | number | null | undefined} Value an attribute's; null and undefined leave it out */

/** @typedef {Tree | string | null | undefined | false} Child what is no tree and no string is left out */

/** What cannot be written or read as XML. */
export class XmlError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'XmlError';
  }
}

// Names as XML 1.0 (fifth edition) and Namespaces have them, without a colon.
const nameStart = 'A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}-\\u{200D}'
  + '\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}';
/** The source of a regular expression (flag u) for a name without a colon. */
export const namePattern = `[${nameStart}][\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}-\\u{2040}${nameStart}]*`;
const wholeName = new RegExp(`^${namePattern}$`, 'u');
// What XML 1.0 has no way to write: most control characters, halves of surrogate pairs, U+FFFE and U+FFFF.
const forbidden = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const everyForbidden = new RegExp(forbidden.source, 'gu');

/**
 * Whether XML can hold this text.
 * @param {string} text
 */
export function isText(text) {
  return !forbidden.test(text);
}

/**
 * The text with U+FFFD in the place of each character that XML cannot hold: for what somebody typed or pasted.
 * @param {string} text
 */
export function clean(text) {
  return text.replace(everyForbidden, '\uFFFD');
}

/**
 * Makes an element. Children without a namespace take that of the element, as they would when written and read again; text beside
 * text becomes one.
 * @param {string} name without a prefix
 * @param {Readonly<Record<string, Value>> | null} [attrs]
 * @param {...Child} children
 * @returns {Tree}
 * @throws {XmlError} if a name or a character cannot be written
 */
export function el(name, attrs, ...children) {
  if (typeof name !== 'string' || !wholeName.test(name)) throw new XmlError(`this is no name of an element: ${String(name)}`);
  /** @type {Record<string, string>} */
  const kept = Object.create(null);
  for (const [key, value] of Object.entries(attrs ?? {})) {
    if (value === null || value === undefined) continue;
    if (!wholeName.test(key) && key !== 'xml:lang') throw new XmlError(`this is no name of an attribute: ${key}`);
    kept[key] = checked(String(value));
  }
  /** @type {(Tree | string)[]} */
  const list = [];
  for (const child of children) {
    if (child === null || child === undefined || child === false || child === '') continue;
    if (typeof child !== 'string') {
      list.push(kept.xmlns === undefined ? child : within(kept.xmlns, child));
    } else if (typeof list[list.length - 1] === 'string') {
      list.push(String(list.pop()) + checked(child));
    } else {
      list.push(checked(child));
    }
  }
  return frozen(name, kept, list);
}

/**
 * The element with this namespace where it, and what stands in it, has none.
 * @param {string} xmlns
 * @param {Tree} node
 * @returns {Tree}
 */
export function within(xmlns, node) {
  if (node.attrs.xmlns !== undefined) return node;
  const attrs = Object.assign(Object.create(null), node.attrs, { xmlns });
  return frozen(node.name, attrs, node.children.map((child) => typeof child === 'string' ? child : within(xmlns, child)));
}

/**
 * The element with these attributes instead of, or beside, its own.
 * @param {Tree} node
 * @param {Readonly<Record<string, Value>>} attrs
 * @returns {Tree}
 */
export function withAttrs(node, attrs) {
  return el(node.name, { ...node.attrs, ...attrs }, ...node.children);
}

/**
 * The element with these children behind its own.
 * @param {Tree} node
 * @param {...Child} children
 * @returns {Tree}
 */
export function withChildren(node, ...children) {
  return el(node.name, node.attrs, ...node.children, ...children);
}

/**
 * What a parser, which has checked it, makes an element of.
 * @param {string} name
 * @param {Record<string, string>} attrs without prototype
 * @param {(Tree | string)[]} children
 * @returns {Tree}
 */
export function frozen(name, attrs, children) {
  return Object.freeze({ name, attrs: Object.freeze(attrs), children: Object.freeze(children) });
}

/**
 * The first child element of this name; of any namespace if none is given.
 * @param {Tree | null | undefined} node
 * @param {string} name
 * @param {string} [xmlns]
 * @returns {Tree | null}
 */
export function child(node, name, xmlns) {
  for (const each of node?.children ?? []) if (typeof each !== 'string' && is(each, name, xmlns)) return each;
  return null;
}

/**
 * The child elements of this name, or all; of any namespace if none is given.
 * @param {Tree | null | undefined} node
 * @param {string | null} [name]
 * @param {string} [xmlns]
 * @returns {Tree[]}
 */
export function children(node, name, xmlns) {
  /** @type {Tree[]} */
  const found = [];
  for (const each of node?.children ?? []) {
    if (typeof each !== 'string' && is(each, name ?? each.name, xmlns)) found.push(each);
  }
  return found;
}

/**
 * @param {Tree | string | null | undefined} node
 * @param {string} name
 * @param {string} [xmlns]
 * @returns {boolean}
 */
export function is(node, name, xmlns) {
  return typeof node === 'object' && node !== null && node.name === name && (xmlns === undefined || node.attrs.xmlns === xmlns);
}

/**
 * The text that stands directly in the element; empty for none.
 * @param {Tree | null | undefined} node
 * @returns {string}
 */
export function text(node) {
  let all = '';
  for (const each of node?.children ?? []) if (typeof each === 'string') all += each;
  return all;
}

/** @type {Readonly<Record<string, string>>} */
const references = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '\t': '&#9;', '\n': '&#10;', '\r': '&#13;' };

/**
 * The element as text. Only characters that `el` and the parser let in can stand in a tree, so this cannot fail.
 * @param {Tree} node
 * @param {string} [around] the namespace in which it will stand
 * @returns {string}
 */
export function serialize(node, around) {
  let out = '<' + node.name;
  for (const [name, value] of Object.entries(node.attrs)) {
    if (name !== 'xmlns' || value !== around) out += ` ${name}="${value.replace(/[&<>"'\t\n\r]/g, (one) => references[one] ?? one)}"`;
  }
  if (node.children.length === 0) return out + '/>';
  out += '>';
  for (const each of node.children) {
    out += typeof each === 'string'
      ? each.replace(/[&<>\r]/g, (one) => references[one] ?? one)
      : serialize(each, node.attrs.xmlns ?? around);
  }
  return `${out}</${node.name}>`;
}

/** @param {string} value */
function checked(value) {
  if (forbidden.test(value)) throw new XmlError('this text holds a character that XML cannot');
  return value;
}
