// SPDX-License-Identifier: AGPL-3.0-or-later
// What one message says to a person: words, a file, an invitation, something encrypted, or nothing. Strangers wrote it.

import { child, children, text } from '../xmpp/xml.js';
import { bare, isBareAddress, resource } from './address.js';
import { fileAddress } from './links.js';
import * as names from './names.js';
import { cut, fileName, longestText, shownName } from './shown.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('./state.js').FileOffer} FileOffer */
/** @typedef {import('./state.js').Invitation} Invitation */
/** @typedef {import('./state.js').MessageKind} MessageKind */

/**
 * @typedef {{ kind: MessageKind, text: string, isCut: boolean, file: FileOffer | null, invitation: Invitation | null,
 *   replaces: string | null, byRoom: boolean }} Said
 */

/** Ids that are longer are none. */
const longestId = 512;

/**
 * @param {Tree} message
 * @returns {Said | null} null if it says nothing
 */
export function said(message) {
  const invitation = invitationIn(message);
  if (invitation) return { ...nothing, ...invitation, kind: 'invitation', text: invitation.invitation.reason };
  if (names.encrypted.some(([name, xmlns]) => child(message, name, xmlns))) return { ...nothing, kind: 'encrypted' };
  const body = textOf(message, 'body', names.client);
  if (body === null) return null;
  if (/^aesgcm:\/\//i.test(body)) return { ...nothing, kind: 'encrypted' };
  const replace = child(message, 'replace', names.correction);
  const replaces = replace ? checkedId(replace.attrs.id) : null;
  const file = replaces === null ? fileIn(message, body) : null;
  if (file) return { ...nothing, kind: 'file', file };
  if (body === '') return null;
  return { ...nothing, text: cut(body, longestText), isCut: body.length > longestText, replaces };
}

/** @type {Said} */
const nothing = { kind: 'text', text: '', isCut: false, file: null, invitation: null, replaces: null, byRoom: false };

/** @param {string | undefined} id */
export function checkedId(id) {
  return id !== undefined && id !== '' && id.length <= longestId ? id : null;
}

/**
 * What stands in the first child of that name, or null.
 * @param {Tree} tree
 * @param {string} name
 * @param {string} xmlns
 */
export function textOf(tree, name, xmlns) {
  const found = child(tree, name, xmlns);
  return found ? text(found) : null;
}

/**
 * A file is told by its address as the only words (XEP-0363, section 3), or by XEP-0447. Type and size are the sender's word:
 * good for a label, for nothing else.
 * @param {Tree} message
 * @param {string} body
 * @returns {FileOffer | null}
 */
function fileIn(message, body) {
  const oob = child(message, 'x', names.oob);
  const offered = oob ? textOf(oob, 'url', names.oob) : null;
  const share = child(message, 'file-sharing', names.sharing);
  const sources = share ? child(share, 'sources', names.sharing) : null;
  const data = sources ? child(sources, 'url-data', names.urlData) : null;
  const target = offered !== null && (body === '' || body.trim() === offered.trim()) ? offered : (data?.attrs.target ?? null);
  const url = target === null ? null : fileAddress(target.trim());
  if (url === null) return null;
  const file = share ? child(share, 'file', names.fileMetadata) : null;
  const name = file ? textOf(file, 'name', names.fileMetadata) : null;
  const type = file ? textOf(file, 'media-type', names.fileMetadata) : null;
  const size = file ? Number(textOf(file, 'size', names.fileMetadata) ?? NaN) : NaN;
  return {
    url, name: fileName(name || lastPart(url)), type: /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(type ?? '') ? /** @type {string} */ (type) : '',
    size: Number.isSafeInteger(size) && size >= 0 ? size : null,
  };
}

/** @param {string} url */
function lastPart(url) {
  const part = new URL(url).pathname.split('/').pop() ?? '';
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * By the room (XEP-0045, section 7.8.2) or by whoever invites (XEP-0249).
 * @param {Tree} message
 * @returns {{ invitation: Invitation, byRoom: boolean } | null}
 */
function invitationIn(message) {
  const from = bare(message.attrs.from);
  const user = child(message, 'x', names.roomUser);
  const invite = user ? child(user, 'invite', names.roomUser) : null;
  if (invite) {
    if (!isBareAddress(from)) return null;
    const reason = cut(textOf(invite, 'reason', names.roomUser) ?? '', 1000);
    // A room that keeps addresses to itself names who invites by the name they have in it.
    const inviter = bare(invite.attrs.from) === from ? shownName(resource(invite.attrs.from)) : bare(invite.attrs.from);
    return { byRoom: true, invitation: { room: from, name: roomName(from), from: inviter, reason } };
  }
  const direct = child(message, 'x', names.directInvitation);
  const room = direct ? bare(direct.attrs.jid) : '';
  if (!direct || !isBareAddress(room)) return null;
  const reason = cut(direct.attrs.reason ?? '', 1000);
  return { byRoom: false, invitation: { room, name: roomName(room), from, reason } };
}

/**
 * What an address says of a room whose name is not known yet, without what only makes it unlike others.
 * @param {string} room
 */
export function roomName(room) {
  return shownName(room.slice(0, room.indexOf('@')).replace(/-[0-9a-f]{8}$/, ''));
}

/**
 * The first part of a new room's address: something that people recognise, and something that nobody guesses.
 * @param {string} name
 * @param {string} chance eight hexadecimal digits
 */
export function roomLocal(name, chance) {
  const words = name.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  return `${words.slice(0, 30).replace(/-+$/, '') || 'group'}-${chance}`;
}

/**
 * @param {Tree} tree
 * @param {string} xmlns
 */
export function childrenIn(tree, xmlns) {
  return children(tree).filter((one) => one.attrs.xmlns === xmlns);
}
