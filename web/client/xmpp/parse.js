// SPDX-License-Identifier: AGPL-3.0-or-later
// From the text of one frame to a tree.
//
// Not the browser's DOMParser: under `require-trusted-types-for 'script'` it takes no string, and it would build all of a document
// before anybody could count it. What XMPP allows of XML is small (RFC 6120 section 11.1: no comments, no processing instructions,
// no document types, no entities but the five), and here nothing else exists.

import { frozen, isText, namePattern, XmlError } from './xml.js';

/** @typedef {import('./xml.js').Tree} Tree */

/**
 * What strangers send may be well-formed and still too much. It must not end the stream, or one message would do so again and again:
 * what is beyond the limits of depth and number is left out of the tree.
 * @typedef {object} Limits
 * @property {number} length UTF-16 units of a frame; longer ones are an error
 * @property {number} depth elements within each other
 * @property {number} elements in all
 */

/** The largest stanza that Prosody takes from another server, 512 KiB, is six times as long when it is all quotation marks. */
export const limits = Object.freeze({ length: 1 << 22, depth: 64, elements: 20_000 });

const XML = 'http://www.w3.org/XML/1998/namespace';
const XMLNS = 'http://www.w3.org/2000/xmlns/';
const qualifiedName = new RegExp(`(?:(${namePattern}):)?(${namePattern})`, 'uy');
const equals = /[ \t\r\n]*=[ \t\r\n]*/y;
const space = /[ \t\r\n]*/y;
/** @type {Readonly<Record<string, string>>} */
const entities = Object.assign(Object.create(null), { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" });

const unusual = /&(?!(?:amp|lt|gt|quot|apos);)/;

/** @typedef {{qualified: string, name: string, attrs: Record<string, string>, children: (Tree | string)[], declared: string[], kept: boolean}} Open */

/** @typedef {[key: string, prefix: string | undefined, local: string, value: string]} Written an attribute as it stands there */

/**
 * The one element that the text consists of.
 * @param {string} source
 * @param {Limits} [limit]
 * @returns {Tree}
 * @throws {XmlError} if it is anything else, or too long
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
    /** What each prefix means, innermost last; '' is the one without a prefix. @type {Map<string, string[]>} */
    this.meanings = new Map([['xml', [XML]], ['', ['']]]);
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
    this.elements += 1;
    const within = this.open.length < this.limit.depth && this.elements <= this.limit.elements;
    const kept = within && (this.open[this.open.length - 1]?.kept ?? true);
    const [qualified, prefix, name] = this.name();
    const written = this.attributes();
    const declared = this.declare(written);
    /** @type {Record<string, string>} */
    const attrs = Object.create(null);
    attrs.xmlns = this.meaning(prefix ?? '');
    /** @type {Set<string>} */
    const seen = new Set();
    for (const [key, own, local, value] of written) {
      if (key === 'xmlns' || own === 'xmlns') continue;
      const expanded = own === undefined ? local : `${this.meaning(own)} ${local}`;
      if (seen.has(expanded)) throw new XmlError('an attribute stands twice');
      seen.add(expanded);
      if (own === undefined) attrs[local] = value;
      else if (own === 'xml' && local === 'lang') attrs['xml:lang'] = value;
    }
    this.open.push({ qualified, name, attrs, children: [], declared, kept });
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
    for (const prefix of done.declared) this.meanings.get(prefix)?.pop();
    const outer = this.open[this.open.length - 1];
    if (outer !== undefined && !done.kept) return null;
    const tree = frozen(done.name, done.attrs, done.children);
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
    const here = this.open[this.open.length - 1];
    if (here === undefined || !here.kept || text === '') return;
    const list = here.children;
    const last = list[list.length - 1];
    if (typeof last === 'string') list[list.length - 1] = last + text;
    else list.push(text);
  }

  /** @returns {Written[]} */
  attributes() {
    /** @type {Written[]} */
    const found = [];
    const keys = new Set();
    for (;;) {
      const gap = this.match(space);
      const next = this.source[this.at];
      if (next === '>' || next === '/') return found;
      if (gap === '') throw new XmlError('an attribute stands where none may');
      const [key, prefix, local] = this.name();
      if (keys.has(key)) throw new XmlError('an attribute stands twice');
      keys.add(key);
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

  /**
   * @param {Written[]} written
   * @returns {string[]} the prefixes that mean something else from here on
   */
  declare(written) {
    const declared = [];
    for (const [key, prefix, local, value] of written) {
      if (key !== 'xmlns' && prefix !== 'xmlns') continue;
      const name = key === 'xmlns' ? '' : local;
      if (name === 'xmlns' || value === XMLNS || (name === 'xml') !== (value === XML) || (name !== '' && value === '')) {
        throw new XmlError('a namespace that cannot be declared');
      }
      const known = this.meanings.get(name);
      if (known) known.push(value);
      else this.meanings.set(name, [value]);
      declared.push(name);
    }
    return declared;
  }

  /** @param {string} prefix */
  meaning(prefix) {
    const known = this.meanings.get(prefix);
    const xmlns = known?.[known.length - 1];
    if (xmlns === undefined) throw new XmlError('a prefix that means nothing');
    return xmlns;
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
  if (!unusual.test(raw)) { // as servers write; many times faster, and a stranger decides how many there are
    return raw.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&');
  }
  return raw.replace(/&(?:([a-z]{1,5});|#([0-9]{1,8});|#x([0-9A-Fa-f]{1,8});)?/g, (_, name, decimal, hexadecimal) => {
    const code = decimal !== undefined ? parseInt(decimal, 10) : parseInt(hexadecimal ?? 'none', 16);
    const character = code <= 0x10FFFF ? String.fromCodePoint(code) : '\0';
    const meant = name !== undefined ? entities[name] : isText(character) ? character : undefined;
    if (meant === undefined) throw new XmlError('a reference to what is not there');
    return meant;
  });
}
