// SPDX-License-Identifier: AGPL-3.0-or-later
// One way to reach somebody's sound, as Jingle writes it (XEP-0176, section 5.6; XEP-0371 for TCP) and as a browser does (RFC 8839,
// section 5.1). What is not exactly one is none: the other side wrote it, and it goes into lines of text. Names of hosts are none
// either: whoever looked one up would tell its owner who is calling.

import { el } from '../xmpp/xml.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */

const ipv4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;
const ipv6 = /^[0-9a-f:]{2,39}$|^[0-9a-f:]{2,30}:(\d{1,3}\.){3}\d{1,3}$/i;
const types = ['host', 'srflx', 'prflx', 'relay'];

/** @param {string | undefined} text */
function isAddress(text) {
  return text !== undefined && (ipv4.test(text) || (text.includes(':') && ipv6.test(text)));
}

/**
 * @param {string | undefined} text
 * @param {number} most
 */
export function isNumber(text, most) {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= most;
}

/**
 * @param {Tree} one `<candidate>`
 * @returns {string | null} `candidate:…`; null if it is of no use
 */
export function lineOf(one) {
  const { foundation, component, protocol, priority, ip, port, type, generation, tcptype } = one.attrs;
  const kind = protocol?.toLowerCase();
  if (!/^[A-Za-z0-9+/]{1,32}$/.test(foundation ?? '') || component !== '1' || (kind !== 'udp' && kind !== 'tcp')) return null;
  if (!isNumber(priority, 0xffffffff) || !isAddress(ip) || !isNumber(port, 65535) || !types.includes(type)) return null;
  if (kind === 'tcp' && !['active', 'passive', 'so'].includes(tcptype)) return null;
  const related = one.attrs['rel-addr'];
  const from = type !== 'host' && isAddress(related) && isNumber(one.attrs['rel-port'], 65535) ? ` raddr ${related} rport ${one.attrs['rel-port']}` : '';
  return `candidate:${foundation} 1 ${kind} ${priority} ${ip} ${port} typ ${type}${from}${kind === 'tcp' ? ` tcptype ${tcptype}` : ''}`
    + (isNumber(generation, 1000) ? ` generation ${generation}` : '');
}

/**
 * @param {string} line `candidate:…`, as our browser wrote it
 * @param {string} id of this candidate in the session
 * @returns {Tree | null}
 */
export function candidateOf(line, id) {
  const [foundation, component, protocol, priority, ip, port, , type, ...more] = line.replace(/^candidate:/, '').split(' ');
  if (!isAddress(ip) || !types.includes(type)) return null; // an address that a browser hides is good within its own network only
  /** @param {string} name */
  const extra = (name) => more[more.indexOf(name) + 1] ?? null;
  /** @param {string} name */
  const has = (name) => more.includes(name);
  // Behind a relay's address some browsers name the one that the relay sees, which is what it is to hide.
  const hides = type === 'relay' && has('raddr');
  const related = hides ? { 'rel-addr': ip.includes(':') ? '::' : '0.0.0.0', 'rel-port': '0' }
    : { 'rel-addr': has('raddr') ? extra('raddr') : null, 'rel-port': has('rport') ? extra('rport') : null };
  return el('candidate', {
    id, foundation, component, protocol: protocol.toLowerCase(), priority, ip, port, type, network: '0', generation: has('generation') ? extra('generation') : '0',
    ...related, tcptype: has('tcptype') ? extra('tcptype') : null,
  });
}
