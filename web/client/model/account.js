// SPDX-License-Identifier: AGPL-3.0-or-later
// What the server tells of the member's own account: contacts, rooms that are kept, how far was read, what the server offers.

import { child, children, text } from '../xmpp/xml.js';
import { bare, isBareAddress } from './address.js';
import * as names from './names.js';
import { checkedId, textOf } from './said.js';
import { shownName } from './shown.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {import('./state.js').Contact} Contact */
/** @typedef {import('./state.js').Event} Event */
/** @typedef {{ room: string, name: string, nick: string, autojoin: boolean }} Bookmark */

/**
 * The answer to `askRoster`, or a push of one change.
 * @param {Tree} iq
 * @returns {{ address: string, contact: Contact | null }[]}
 */
export function rosterItems(iq) {
  return children(child(iq, 'query', names.roster), 'item', names.roster)
    .map((item) => ({ address: bare(item.attrs.jid), contact: contactIn(item) })).filter((one) => one.address !== '');
}

/**
 * @param {Tree} item
 * @returns {Contact | null}
 */
function contactIn(item) {
  const { subscription = 'none', ask, name = '' } = item.attrs;
  if (subscription === 'remove') return null;
  const kind = subscription === 'to' || subscription === 'from' || subscription === 'both' ? subscription : 'none';
  return { name: shownName(name), subscription: kind, asked: ask === 'subscribe' };
}

/**
 * Only the account itself pushes (RFC 6121, section 2.1.6).
 * @param {Tree} iq
 * @param {string} me
 */
export function isRosterPush(iq, me) {
  return iq.attrs.type === 'set' && child(iq, 'query', names.roster) !== null && (iq.attrs.from === undefined || bare(iq.attrs.from) === me && !iq.attrs.from.includes('/'));
}

/**
 * The rooms in a list of items (XEP-0402).
 * @param {Tree | null} items
 * @returns {Bookmark[]}
 */
export function bookmarksIn(items) {
  return children(items, 'item').flatMap((item) => {
    const room = bare(item.attrs.id);
    const conference = child(item, 'conference', names.bookmarks);
    if (!conference || !isBareAddress(room)) return [];
    const autojoin = conference.attrs.autojoin === 'true' || conference.attrs.autojoin === '1';
    const nick = textOf(conference, 'nick', names.bookmarks) ?? '';
    return [{ room, name: shownName(conference.attrs.name ?? ''), nick: nick.slice(0, 100), autojoin }];
  });
}

/**
 * How far the member has read, by a list of items (XEP-0490).
 * @param {Tree | null} items
 * @returns {Event[]}
 */
export function readMarksIn(items) {
  return children(items, 'item').flatMap((item) => {
    const address = item.attrs.id ?? '';
    const mark = child(child(item, 'displayed', names.displayed), 'stanza-id', names.ids);
    const archiveId = checkedId(mark?.attrs.id);
    if (!address || archiveId === null) return [];
    return [/** @type {Event} */ ({ type: 'read', address: address.includes('/') ? address : bare(address), archiveId })];
  });
}

/**
 * The items in an answer to `askItemsOf`.
 * @param {Tree} iq
 */
export function itemsIn(iq) {
  return child(child(iq, 'pubsub', names.pubsub), 'items', names.pubsub);
}

/**
 * What another of the member's devices has just kept, or null. Only the account itself can say so.
 * @param {Tree} message
 * @param {string} me
 * @returns {{ node: string, items: Tree } | null}
 */
export function kept(message, me) {
  if (message.attrs.from !== undefined && (bare(message.attrs.from) !== me || message.attrs.from.includes('/'))) return null;
  const items = child(child(message, 'event', names.pubsubEvent), 'items', names.pubsubEvent);
  return items ? { node: items.attrs.node ?? '', items } : null;
}

/**
 * The answer to `askInfo`.
 * @param {Tree} iq
 * @returns {{ features: string[], identities: { category: string, type: string, name: string }[], fields: Record<string, string> }}
 */
export function infoIn(iq) {
  const query = child(iq, 'query', names.discoInfo);
  /** @type {Record<string, string>} */
  const fields = Object.create(null);
  for (const form of children(query, 'x', names.form)) {
    for (const field of children(form, 'field', names.form)) fields[field.attrs.var ?? ''] = text(child(field, 'value', names.form));
  }
  return {
    features: children(query, 'feature').map((one) => one.attrs.var ?? ''), fields,
    identities: children(query, 'identity').map(({ attrs }) => ({ category: attrs.category ?? '', type: attrs.type ?? '', name: shownName(attrs.name ?? '') })),
  };
}

/** @param {Tree} iq @returns {string[]} */
export function addressesIn(iq) {
  return children(child(iq, 'query', names.discoItems), 'item').map((item) => bare(item.attrs.jid)).filter((one) => one !== '');
}
