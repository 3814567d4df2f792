// SPDX-License-Identifier: AGPL-3.0-or-later
// What a member may call: people, by their address, and which way such a call goes: to members of the same server by SIP, to all others as
// chat apps call, unless the address is written as one of SIP. What is none is refused here, with a word on why, and before anything rings.

import { domain, fold, isBareAddress, local } from '../model/address.js';
import { inOwnLetters, withOwnLetters } from '../model/domains.js';

/** @typedef {import('../model/calls.js').Reason} Reason */

/** Of the police, fire brigades, ambulances, coast guards: no member may believe that they called for help. */
const emergency = new Set(
  ['000', '060', '061', '08', '080', '088', '100', '101', '102', '103', '104', '105', '106', '107', '108', '110', '111', '112', '113', '114', '115', '116117',
    '117', '118', '119', '120', '122', '123', '128', '131', '132', '133', '140', '143', '144', '150', '155', '158', '160', '165', '166', '170', '171', '175', '177',
    '180', '185', '188', '190', '191', '192', '193', '194', '195', '196', '197', '198', '199', '900', '901', '902', '903', '907', '910', '911', '912', '913', '914',
    '917', '919', '922', '933', '950', '955', '988', '989', '990', '991', '992', '993', '994', '995', '996', '997', '998', '999', '1122', '15', '16', '17', '18']);

/** What a number may be written with. */
const number = /^\+?[\d\s().#*/-]+$/;

/** Names of members. */
const memberName = /^[a-z0-9_]{1,30}$/;

/**
 * Whom a text means: `bob@example.social`, `@bob@example.social`, `sip:bob@example.social`, or `bob` of the member's own server.
 * @param {string} text
 * @param {string} me the member's own address
 * @returns {{ address: string, way: 'sip' | 'jingle', code: null } | { address: null, code: Reason }}
 */
export function dialled(text, me) {
  const home = domain(me);
  let wanted = fold(text.trim());
  if (isEmergency(wanted) || wanted.startsWith('urn:service:sos')) return refused('emergency');
  const isOfSip = /^sips?:/.test(wanted);
  wanted = wanted.replace(/^(sips?|xmpp):/, '').replace(/[;?].*$/, '').replace(/^@/, '');
  const at = wanted.indexOf('@');
  const name = at < 0 ? wanted : wanted.slice(0, at);
  if (isEmergency(name)) return refused('emergency');
  if (at < 0 && (number.test(name) || !memberName.test(name))) return refused('not-an-address');
  const isOfHome = at < 0 || inOwnLetters(domain(wanted)) === inOwnLetters(home);
  const address = isOfHome ? `${at < 0 ? name : local(wanted)}@${home}` : withOwnLetters(wanted);
  if (!isBareAddress(address) || !isDomain(domain(address))) return refused('not-an-address');
  if (address === fold(me)) return refused('self');
  if (!isOfHome) return { address, way: isOfSip ? 'sip' : 'jingle', code: null };
  return memberName.test(name) ? { address, way: 'sip', code: null } : refused('not-an-address');
}

/** @param {string} text */
function isEmergency(text) {
  const digits = text.replace(/^(tel|sips?|callto):/, '').replace(/[\s()./-]/g, '');
  return emergency.has(digits);
}

/** @param {string} host */
function isDomain(host) {
  return /^[\p{L}\p{N}]([\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?(\.[\p{L}\p{N}]([\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?)*$/u.test(host);
}

/** @param {Reason} code @returns {{ address: null, code: Reason }} */
function refused(code) {
  return { address: null, code };
}
