// SPDX-License-Identifier: AGPL-3.0-or-later
// From the text of one frame to a tree.
//
// Not the browser's DOMParser: under `require-trusted-types-for 'script'` it takes no string, and it would build all of a document
// before anybody could count it. What XMPP allows of XML is small (RFC 6120 section 11.1: no comments, no processing instructions,
// no document types, no entities but the five), and here nothing else exists.

import { frozen, isText, namePattern, XmlError } from './xml.js';

/** @typedef {import('./xml.js').Tree} Tree */

/**
 * @typedef {object} Limits
 * @property {number} length UTF-16 units of a frame
 * @property {number} depth elements within each other
 * @property {number} elements in all
 * @property {number} attributes of one element
 */

/** More than any server lets through (Prosody: 512 KiB a stanza), and little enough to read without a pause that is felt. */
export const limits = Object.freeze({ length: 1 << 20, depth: 64, elements: 20_000, attributes: 64 });

const XML = 'http://www.w3.org/XML/1998/namespace';
const XMLNS = 'http://www.w3.org/2000/xmlns/';
const qualifiedName = new RegExp(`(?:(${namePattern}):)?(${namePattern})`, 'uy');
const equals = /[ \t\r\n]*=[ \t\r\n]*/y;
const space = /[ \t\r\n]*/y;
/** @type {Readonly<Record<string, string>>} */
const entities = Object.assign(Object.create(null), { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" });

/** @typedef {Readonly<Record<string, string>>} Scope which prefix means which namespace; '' is the one without a prefix */

/** @typedef {{qualified: string, name: string, attrs: Record<string, string>, scope: Scope, children: (Tree | string)[]}} Open */

/**
 * The one element that the text consists of.
 * @param {string} source
 * @param {Limits} [limit]
 * @returns {Tree}
 * @throws {XmlError} if it is anything else, or larger than the limits
 */
export function parse(source, limit = limits) {
  if (source.length > limit.length) throw new XmlError('the frame is too long');
  return new Parser(source, limit).document();
}

class Parser {
  /**
   * @param {string} source
   * @param {Limits} limit
   */
  constructor(source, limit) {
    this.source = source;
    this.limit = limit;
    this.at = 0;
    this.elements = 0;
    /** @type {Open[]} */
    this.open = [];
  }

  /** @returns {Tree} */
  document() {
    this.match(space);
    if (this.source[this.at] !== '<') throw new XmlError('this does not begin with an element');
    let root = this.tag();
    while (root === null) {
      if (this.at >= this.source.length) throw new XmlError('the element does not end');
      if (this.source[this.at] === '<') root = this.tag();
      else this.characters();
    }
    this.match(space);
    if (this.at !== this.source.length) throw new XmlError('something follows the element');
    return root;
  }

  /** Reads what begins with `<`. @returns {Tree | null} the outermost element, when it has ended */
  tag() {
    const { source } = this;
    const next = source[this.at + 1];
    if (next === '/') return this.end();
    if (next === '!' && this.open.length > 0 && source.startsWith('<![CDATA[', this.at)) {
      const end = source.indexOf(']]>', this.at);
      if (end < 0) throw new XmlError('CDATA does not end');
      this.add(plain(source.slice(this.at + 9, end)));
      this.at = end + 3;
      return null;
    }
    this.at += 1; // comments, document types and instructions are no names, and end here
    return this.start();
  }

  /** @returns {Tree | null} */
  start() {
    if (this.open.length >= this.limit.depth) throw new XmlError('elements stand too deep');
    if ((this.elements += 1) > this.limit.elements) throw new XmlError('too many elements');
    const [qualified, prefix, name] = this.name();
    const written = this.attributes();
    const scope = scopeWith(this.open[this.open.length - 1]?.scope ?? { xml: XML, '': '' }, written);
    /** @type {Record<string, string>} */
    const attrs = Object.create(null);
    attrs.xmlns = meaning(scope, prefix ?? '');
    /** @type {Set<string>} */
    const seen = new Set();
    for (const [key, own, local, value] of written) {
      if (key === 'xmlns' || own === 'xmlns') continue;
      const expanded = own === undefined ? local : `${meaning(scope, own)} ${local}`;
      if (seen.has(expanded)) throw new XmlError('an attribute stands twice');
      seen.add(expanded);
      if (own === undefined) attrs[local] = value;
      else if (own === 'xml' && local === 'lang') attrs['xml:lang'] = value;
    }
    this.open.push({ qualified, name, attrs, scope, children: [] });
    if (this.source.startsWith('/>', this.at)) {
      this.at += 2;
      return this.close();
    }
    if (this.source[this.at] !== '>') throw new XmlError('a tag does not end');
    this.at += 1;
    return null;
  }

  /** @returns {Tree | null} */
  end() {
    this.at += 2;
    const [qualified] = this.name();
    if (this.open[this.open.length - 1]?.qualified !== qualified) throw new XmlError('an end without its beginning');
    this.match(space);
    if (this.source[this.at] !== '>') throw new XmlError('a tag does not end');
    this.at += 1;
    return this.close();
  }

  /** @returns {Tree | null} */
  close() {
    const done = this.open.pop();
    if (done === undefined) throw new XmlError('an end without its beginning');
    const tree = frozen(done.name, done.attrs, done.children);
    const outer = this.open[this.open.length - 1];
    if (outer === undefined) return tree;
    outer.children.push(tree);
    return null;
  }

  characters() {
    const next = this.source.indexOf('<', this.at);
    const end = next < 0 ? this.source.length : next;
    const raw = this.source.slice(this.at, end);
    if (raw.includes(']]>')) throw new XmlError('the end of CDATA stands alone');
    this.add(resolved(plain(raw)));
    this.at = end;
  }

  /** @param {string} text */
  add(text) {
    const list = this.open[this.open.length - 1]?.children;
    if (list === undefined || text === '') return;
    const last = list[list.length - 1];
    if (typeof last === 'string') list[list.length - 1] = last + text;
    else list.push(text);
  }

  /** Each as its whole name, prefix, name and value. @returns {[string, string | undefined, string, string][]} */
  attributes() {
    /** @type {[string, string | undefined, string, string][]} */
    const found = [];
    const keys = new Set();
    for (;;) {
      const gap = this.match(space);
      const next = this.source[this.at];
      if (next === '>' || next === '/') return found;
      if (gap === '') throw new XmlError('an attribute stands where none may');
      const [key, prefix, local] = this.name();
      if (keys.has(key)) throw new XmlError('an attribute stands twice');
      if (keys.add(key).size > this.limit.attributes) throw new XmlError('too many attributes');
      if (this.match(equals) === null) throw new XmlError('an attribute has no value');
      const quote = this.source[this.at];
      const end = quote === '"' || quote === "'" ? this.source.indexOf(quote, this.at + 1) : -1;
      if (end < 0) throw new XmlError('an attribute has no value');
      const raw = this.source.slice(this.at + 1, end);
      if (raw.includes('<')) throw new XmlError('a tag stands in an attribute');
      found.push([key, prefix, local, resolved(plain(raw).replace(/[\t\n]/g, ' '))]);
      this.at = end + 1;
    }
  }

  /** @returns {[string, string | undefined, string]} the whole name, its prefix, and the name without it */
  name() {
    qualifiedName.lastIndex = this.at;
    const found = qualifiedName.exec(this.source);
    const local = found?.[2];
    if (!found || local === undefined) throw new XmlError('here must be a name');
    this.at = qualifiedName.lastIndex;
    return [found[0], found[1], local];
  }

  /**
   * What the pattern finds here, and moves behind it; null if nothing.
   * @param {RegExp} pattern
   */
  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source);
    if (!found) return null;
    this.at = pattern.lastIndex;
    return found[0];
  }
}

/**
 * Text with line ends as XML has them.
 * @param {string} raw
 */
function plain(raw) {
  if (!isText(raw)) throw new XmlError('a character that XML cannot hold');
  return raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw;
}

/**
 * Text with its references taken for what they mean.
 * @param {string} raw
 */
function resolved(raw) {
  if (!raw.includes('&')) return raw;
  return raw.replace(/&(?:([a-z]+);|#([0-9]{1,8});|#x([0-9A-Fa-f]{1,8});)?/g, (_, name, decimal, hexadecimal) => {
    const code = decimal !== undefined ? parseInt(decimal, 10) : parseInt(hexadecimal ?? 'none', 16);
    const meant = name !== undefined ? entities[name] : code <= 0x10FFFF ? String.fromCodePoint(code) : undefined;
    if (meant === undefined || !isText(meant)) throw new XmlError('a reference to what is not there');
    return meant;
  });
}

/**
 * @param {Scope} outer
 * @param {[string, string | undefined, string, string][]} written
 * @returns {Scope}
 */
function scopeWith(outer, written) {
  /** @type {Record<string, string> | null} */
  let scope = null;
  for (const [key, prefix, local, value] of written) {
    if (key !== 'xmlns' && prefix !== 'xmlns') continue;
    const declared = key === 'xmlns' ? '' : local;
    if (declared === 'xmlns' || value === XMLNS || (declared === 'xml') !== (value === XML) || (declared !== '' && value === '')) {
      throw new XmlError('a namespace that cannot be declared');
    }
    scope ??= /** @type {Record<string, string>} */ (Object.assign(Object.create(null), outer));
    scope[declared] = value;
  }
  return scope ?? outer;
}

/**
 * @param {Scope} scope
 * @param {string} prefix
 */
function meaning(scope, prefix) {
  const xmlns = Object.hasOwn(scope, prefix) ? scope[prefix] : undefined;
  if (xmlns === undefined) throw new XmlError('a prefix that means nothing');
  return xmlns;
}
