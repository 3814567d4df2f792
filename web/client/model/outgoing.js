// SPDX-License-Identifier: AGPL-3.0-or-later
// What to send: the stanzas that a member's doings become.

import { clean, el } from '../xmpp/xml.js';
import * as names from './names.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('./state.js').FileOffer} FileOffer */

/**
 * @param {{ to: string, isRoom: boolean, id: string, text: string, replaces?: string | null }} what
 * @returns {Tree}
 */
export function textMessage({ to, isRoom, id, text, replaces = null }) {
  return message(to, isRoom, id, el('body', null, clean(text)), replaces && el('replace', { xmlns: names.correction, id: replaces }));
}

/**
 * The address is the whole text, as apps expect it (XEP-0363, section 3); name, type and size come along by XEP-0447.
 * @param {{ to: string, isRoom: boolean, id: string, file: FileOffer }} what
 * @returns {Tree}
 */
export function fileMessage({ to, isRoom, id, file }) {
  const about = el('file', { xmlns: names.fileMetadata },
    el('name', null, clean(file.name)), file.type && el('media-type', null, file.type),
    file.size !== null && el('size', null, String(file.size)));
  const share = el('file-sharing', { xmlns: names.sharing, disposition: 'inline' }, about,
    el('sources', null, el('url-data', { xmlns: names.urlData, target: file.url })));
  return message(to, isRoom, id, el('body', null, file.url), el('x', { xmlns: names.oob }, el('url', null, file.url)), share);
}

/**
 * Occupants of a room are written to by their full address, with the room's mark (XEP-0045, section 7.5).
 * @param {string} to
 * @param {boolean} isRoom
 * @param {string} id
 * @param {...import('../xmpp/xml.js').Child} children
 */
function message(to, isRoom, id, ...children) {
  const extras = isRoom
    ? []
    : [
      el('request', { xmlns: names.receipts }), el('markable', { xmlns: names.markers }), el('active', { xmlns: names.states }),
      to.includes('/') && el('x', { xmlns: names.roomUser }),
    ];
  return el('message', { to, type: isRoom ? 'groupchat' : 'chat', id }, ...children, el('origin-id', { xmlns: names.ids, id }), ...extras);
}

/**
 * What a message that was written here is sent as.
 * @param {string} to @param {boolean} isRoom
 * @param {{ id: string | null, text: string, file: FileOffer | null, invitation: { room: string, reason: string } | null }} written
 * @param {string | null} [replaces]
 */
export function messageOf(to, isRoom, { id, text, file, invitation }, replaces = null) {
  const about = { to, isRoom, id: /** @type {string} */ (id) };
  if (file) return fileMessage({ ...about, file });
  return invitation ? invite(to, about.id, invitation) : textMessage({ ...about, text, replaces });
}

/** @param {string} to @param {boolean} isRoom @param {boolean} on */
export function typing(to, isRoom, on) {
  return el('message', { to, type: isRoom ? 'groupchat' : 'chat' },
    el(on ? 'composing' : 'active', { xmlns: names.states }), el('no-store', { xmlns: names.hints }));
}

/**
 * That a message has arrived (XEP-0184).
 * @param {string} to @param {string} id of their message @param {string} own
 */
export function receipt(to, id, own) {
  return el('message', { to, type: 'chat', id: own }, el('received', { xmlns: names.receipts, id }), el('store', { xmlns: names.hints }));
}

/**
 * That all up to this message was seen (XEP-0333).
 * @param {string} to @param {string} id of their message @param {string} own
 */
export function seen(to, id, own) {
  return el('message', { to, type: 'chat', id: own }, el('displayed', { xmlns: names.markers, id }), el('store', { xmlns: names.hints }));
}

// ---- the archive (XEP-0313) ----

/**
 * A page of an archive. `to`: a room; else the member's own. `before: ''` asks for the last page.
 * @param {{ to?: string, queryid: string, max: number, with?: string, start?: number, before?: string, after?: string }} what
 */
export function archivePage({ to, queryid, max, with: other, start, before, after }) {
  const fields = [
    el('field', { var: 'FORM_TYPE', type: 'hidden' }, el('value', null, names.archive)),
    other !== undefined && el('field', { var: 'with' }, el('value', null, other)),
    start !== undefined && el('field', { var: 'start' }, el('value', null, new Date(start).toISOString().replace(/\.\d+Z$/, 'Z'))),
  ];
  const set = el('set', { xmlns: names.paging }, el('max', null, String(max)),
    before !== undefined && el('before', null, before), after !== undefined && el('after', null, after));
  return el('iq', { type: 'set', to }, el('query', { xmlns: names.archive, queryid }, el('x', { xmlns: names.form, type: 'submit' }, ...fields), set));
}

export const enableCarbons = () => el('iq', { type: 'set' }, el('enable', { xmlns: names.carbons }));
export const askRoster = () => el('iq', { type: 'get' }, el('query', { xmlns: names.roster }));
/** @param {string} to */
export const askInfo = (to) => el('iq', { type: 'get', to }, el('query', { xmlns: names.discoInfo }));
/** @param {string} to */
export const askItems = (to) => el('iq', { type: 'get', to }, el('query', { xmlns: names.discoItems }));
/** @param {Tree} question */
export const done = (question) => el('iq', { type: 'result', to: question.attrs.from, id: question.attrs.id });

/** @param {{ node: string, ver: string }} [caps] what the app can do (XEP-0115) */
export const available = (caps) => el('presence', null, caps && el('c', { xmlns: 'http://jabber.org/protocol/caps', hash: 'sha-1', ...caps }));

// ---- rooms (XEP-0045) ----

/** @param {string} room @param {string} nick */
export const enter = (room, nick) =>
  el('presence', { to: `${room}/${nick}` }, el('x', { xmlns: names.rooms }, el('history', { maxstanzas: '0' })));
/** @param {string} room @param {string} nick */
export const quit = (room, nick) => el('presence', { to: `${room}/${nick}`, type: 'unavailable' });

/** @param {string} room @param {string} name */
export function nameRoom(room, name) {
  return el('iq', { type: 'set', to: room }, el('query', { xmlns: names.roomOwner }, el('x', { xmlns: names.form, type: 'submit' },
    el('field', { var: 'FORM_TYPE', type: 'hidden' }, el('value', null, names.roomConfig)),
    el('field', { var: 'muc#roomconfig_roomname' }, el('value', null, clean(name))))));
}

/**
 * By whoever invites, in their conversation with whom they invite (XEP-0249).
 * @param {string} to @param {string} id @param {{ room: string, reason: string }} invitation
 */
export const invite = (to, id, { room, reason }) => message(to, false, id, el('x', { xmlns: names.directInvitation, jid: room, reason: reason ? clean(reason) : null }));

/** @param {string} room @param {string} address */
export const admit = (room, address) =>
  el('iq', { type: 'set', to: room }, el('query', { xmlns: names.roomAdmin }, el('item', { affiliation: 'member', jid: address })));

/**
 * By the room, which lets them in then: for members who may invite and not admit.
 * @param {string} room @param {string} address @param {string} id
 */
export const inviteByRoom = (room, address, id) =>
  el('message', { to: room, id }, el('x', { xmlns: names.roomUser }, el('invite', { to: address })));

/**
 * Out of the room for good: nobody's member any more (section 9.4).
 * @param {string} room @param {{ nick?: string, address?: string }} who
 */
export function putOut(room, { nick, address }) {
  const item = address ? el('item', { affiliation: 'none', jid: address }) : el('item', { nick, role: 'none' });
  return el('iq', { type: 'set', to: room }, el('query', { xmlns: names.roomAdmin }, item));
}

// ---- what is kept at the member's own account (XEP-0163): rooms (XEP-0402) and how far was read (XEP-0490) ----

/** @param {string} node */
export const askItemsOf = (node) => el('iq', { type: 'get' }, el('pubsub', { xmlns: names.pubsub }, el('items', { node })));

/** @param {string} room @param {string} name @param {string} nick */
export const bookmark = (room, name, nick) => publish(names.bookmarks, room,
  el('conference', { xmlns: names.bookmarks, name: clean(name), autojoin: 'true' }, el('nick', null, clean(nick))));

/** @param {string} room */
export const dropBookmark = (room) => el('iq', { type: 'set' }, el('pubsub', { xmlns: names.pubsub },
  el('retract', { node: names.bookmarks, notify: 'true' }, el('item', { id: room }))));

/** @param {string} address @param {string} archiveId @param {string} by whose archive */
export const readMark = (address, archiveId, by) => publish(names.displayed, address,
  el('displayed', { xmlns: names.displayed }, el('stanza-id', { xmlns: names.ids, id: archiveId, by })));

/** @param {string} node @param {string} id @param {Tree} payload */
function publish(node, id, payload) {
  const options = [['FORM_TYPE', names.pubsubOptions], ['pubsub#persist_items', 'true'], ['pubsub#max_items', 'max'],
    ['pubsub#send_last_published_item', 'never'], ['pubsub#access_model', 'whitelist']];
  return el('iq', { type: 'set' }, el('pubsub', { xmlns: names.pubsub },
    el('publish', { node }, el('item', { id }, payload)),
    el('publish-options', null, el('x', { xmlns: names.form, type: 'submit' },
      ...options.map(([name, value]) => el('field', { var: name, ...(name === 'FORM_TYPE' ? { type: 'hidden' } : {}) }, el('value', null, value)))))));
}

// ---- files (XEP-0363) ----

/** @param {string} to @param {string} name @param {number} size @param {string} type */
export const askSlot = (to, name, size, type) =>
  el('iq', { type: 'get', to }, el('request', { xmlns: names.upload, filename: clean(name), size: String(size), 'content-type': type }));
