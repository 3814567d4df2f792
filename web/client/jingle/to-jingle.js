// SPDX-License-Identifier: AGPL-3.0-or-later
// What our browser says of its sound and picture (RFC 8866, RFC 8829), as other apps read it by Jingle: XEP-0167 with XEP-0293, 0294, 0338
// and 0339 for what sound and picture are, XEP-0176 and XEP-0320 for how they go.

import { el } from '../xmpp/xml.js';
import * as names from '../model/names.js';
import { candidateOf } from './candidate.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('./from-jingle.js').Role} Role */

/**
 * @param {string} sdp
 * @param {{ by: Role, contents: string[] }} how who writes it; what its media are called, in their order
 * @returns {Tree[]} what stands in `<jingle>`: one content for each of the media that is not refused, and how they are bundled
 */
export function contentsOf(sdp, { by, contents }) {
  const [head = '', ...media] = sdp.split(/^(?=m=)/m);
  const bundled = (attribute(head, 'group')?.split(' ') ?? []).slice(1);
  const mids = media.map((section) => attribute(section, 'mid') ?? '');
  const taken = media.flatMap((section, at) => (/^m=\w+ 0 /.test(section) || contents[at] === undefined ? [] : [at]));
  // Media that are bundled go the way of the first one, which alone may say it (RFC 9143).
  const first = media[mids.indexOf(bundled[0])] ?? '';
  const isMixed = /^a=extmap-allow-mixed\r?$/m.test(sdp);
  const list = taken.map((at) => contentOf(media[at], bundled.includes(mids[at]) ? first : media[at], head, { by, isMixed, name: contents[at] }));
  const together = taken.filter((at) => bundled.includes(mids[at]));
  return together.length === 0 ? list : [...list,
    el('group', { xmlns: names.jingleGroups, semantics: 'BUNDLE' }, ...together.map((at) => el('content', { name: contents[at] })))];
}

/**
 * @param {string} section
 * @param {string} way the section that says how it goes
 * @param {string} head
 * @param {{ by: Role, isMixed: boolean, name: string }} how
 */
function contentOf(section, way, head, { by, isMixed, name }) {
  const [, kind = '', formats = ''] = /^m=(\w+) \d+ [\w/]+ (.*?)\r?$/m.exec(section) ?? [];
  const groups = attributes(section, 'ssrc-group').map((text) => text.split(' '));
  return el('content', { xmlns: names.jingle, creator: 'initiator', name, senders: senders(/^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(section)?.[1], by) },
    el('description', { xmlns: names.jingleRtp, media: kind },
      ...formats.split(' ').map((id) => payloadOf(section, id)),
      ...feedback(section, '*'),
      ...attributes(section, 'extmap').map((text) => extensionOf(text, by)),
      isMixed && el('extmap-allow-mixed', { xmlns: names.jingleExtensions }),
      ...sources(section),
      ...groups.map(([semantics, ...list]) => el('ssrc-group', { xmlns: names.jingleSources, semantics }, ...list.map((ssrc) => el('source', { ssrc })))),
      /^a=rtcp-mux\r?$/m.test(section) && el('rtcp-mux', null)),
    transportOf(section, way, head));
}

/**
 * @param {string} section
 * @param {string} id
 */
function payloadOf(section, id) {
  const said = attributes(section, 'rtpmap').find((text) => text.startsWith(`${id} `))?.slice(id.length + 1).split('/') ?? [];
  const format = attributes(section, 'fmtp').find((text) => text.startsWith(`${id} `))?.slice(id.length + 1) ?? '';
  return el('payload-type', { id, name: said[0], clockrate: said[1], channels: said[2] },
    ...format.split(';').map((one) => one.trim()).filter((one) => one !== '').map((one) => {
      const at = one.indexOf('=');
      return el('parameter', { name: at < 0 ? '' : one.slice(0, at), value: one.slice(at + 1) });
    }),
    ...feedback(section, id));
}

/**
 * @param {string} section
 * @param {string} of
 */
function feedback(section, of) {
  return attributes(section, 'rtcp-fb').filter((text) => text.startsWith(`${of} `)).map((text) => {
    const [, type, ...subtype] = text.split(' ');
    return el('rtcp-fb', { xmlns: names.jingleFeedback, type, subtype: subtype[0] });
  });
}

/**
 * @param {string} text
 * @param {Role} by
 */
function extensionOf(text, by) {
  const [number, uri] = text.split(' ');
  const [id, way] = number.split('/');
  const who = senders(way, by);
  return el('rtp-hdrext', { xmlns: names.jingleExtensions, id, uri, senders: who === 'both' ? null : who });
}

/** @param {string} section */
function sources(section) {
  /** @type {Map<string, Tree[]>} */
  const found = new Map();
  for (const text of attributes(section, 'ssrc')) {
    const [ssrc, ...more] = text.split(' ');
    const said = more.join(' ');
    const at = said.indexOf(':');
    const parameter = el('parameter', { name: at < 0 ? said : said.slice(0, at), value: at < 0 ? null : said.slice(at + 1) });
    found.set(ssrc, [...(found.get(ssrc) ?? []), parameter]);
  }
  const msid = attribute(section, 'msid');
  return [...found].map(([ssrc, parameters]) => el('source', { xmlns: names.jingleSources, ssrc }, ...parameters,
    msid !== null && !parameters.some(({ attrs }) => attrs.name === 'msid') && el('parameter', { name: 'msid', value: msid })));
}

/**
 * @param {string} section
 * @param {string} way
 * @param {string} head
 */
function transportOf(section, way, head) {
  /** @param {string} name */
  const said = (name) => attribute(section, name) ?? attribute(way, name) ?? attribute(head, name);
  const [hash, print] = said('fingerprint')?.split(' ') ?? [];
  return el('transport', { xmlns: names.jingleIce, ufrag: said('ice-ufrag'), pwd: said('ice-pwd') },
    print !== undefined && el('fingerprint', { xmlns: names.jingleDtls, hash, setup: said('setup') }, print),
    ...attributes(section, 'candidate').map((line, at) => candidateOf(line, `c${at}`)));
}

/**
 * What the ways to each of the media go by, in their order: the words that prove who may come (RFC 8839, section 5.4).
 * @param {string} sdp
 * @returns {{ ufrag: string | null, pwd: string | null }[]}
 */
export function transportsIn(sdp) {
  const [head = '', ...media] = sdp.split(/^(?=m=)/m);
  return media.map((section) => ({ ufrag: attribute(section, 'ice-ufrag') ?? attribute(head, 'ice-ufrag'), pwd: attribute(section, 'ice-pwd') ?? attribute(head, 'ice-pwd') }));
}

/**
 * What is offered: what each of the media is called, and which it is.
 * @param {string} sdp
 * @returns {import('./from-jingle.js').Offered[]}
 */
export function offeredIn(sdp) {
  return sdp.split(/^(?=m=)/m).slice(1).map((section, at) => ({ name: attribute(section, 'mid') ?? String(at), media: /^m=(\w+)/.exec(section)?.[1] ?? '' }));
}

/**
 * @param {string} text
 * @param {string} name
 * @returns {string[]}
 */
function attributes(text, name) {
  return text.split(/\r?\n/).filter((line) => line.startsWith(`a=${name}:`)).map((line) => line.slice(name.length + 3));
}

/**
 * @param {string} text
 * @param {string} name
 * @returns {string | null}
 */
function attribute(text, name) {
  return attributes(text, name)[0] ?? null;
}

/**
 * @param {string | undefined} direction
 * @param {Role} by
 */
function senders(direction, by) {
  if (direction === 'inactive') return 'none';
  if (direction === 'sendonly') return by;
  if (direction === 'recvonly') return by === 'initiator' ? 'responder' : 'initiator';
  return 'both';
}
