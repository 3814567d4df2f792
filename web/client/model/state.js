// SPDX-License-Identifier: AGPL-3.0-or-later
// All that a tab shows, and the one way it changes: `apply(state, event)`. Every tab has the same state, since every tab applies
// the same events in the same order. Nothing here is changed in place, and what an event does not concern stays the same object.

import { applyCalls, noCalls } from './calls.js';
import { withContact, withContacts } from './contacts.js';
import { atOnce, changed, emptied, opened, without } from './conversations.js';
import { indexOfOwn, patched, received, written } from './messages.js';
import { marked, raised } from './marks.js';
import { membersAfter, typingAfter } from './people.js';
import { readTo } from './unread.js';

/**
 * @typedef {{ nick: string, address: string | null, role: 'owner' | 'admin' | 'member' | 'visitor', isMe: boolean, by: string }} Member
 * @typedef {{ url: string, name: string, type: string, size: number | null }} FileOffer
 * @typedef {{ room: string, name: string, from: string, reason: string }} Invitation
 *
 * What comes in, from whatever way, before it has a place. `by` says who wrote it in a way that cannot be forged: 'me', an
 * address, and in rooms the occupant's id or, where the room gives none, the nickname. `isCut`: the text was longer.
 * @typedef {{
 *   key: string, id: string | null, archiveId: string | null, by: string, from: string, mine: boolean, at: number, text: string,
 *   state: MessageState, kind: MessageKind, file: FileOffer | null, invitation: Invitation | null, hasOriginId: boolean,
 *   wantsMark: boolean, isCut: boolean, replaces: string | null, isLive: boolean
 * }} Arrival
 * @typedef {'waiting' | 'sent' | 'delivered' | 'read' | 'failed' | null} MessageState
 * @typedef {'text' | 'file' | 'encrypted' | 'invitation' | 'notice' | 'call'} MessageKind
 * @typedef {Omit<Arrival, 'replaces' | 'isLive'> & {
 *   edited: boolean, editedAt: number, editArchiveId: string | null, error: string | null
 * }} Message
 *
 * `whyOut`: why the member is in a room no more, or was not let in. `self`: the member's own id in a room that gives ids (XEP-0421). `since`: when the conversation began to matter without any message. `marks` and `corrections` wait for messages that have
 * not come yet, `readLater` likewise.
 * @typedef {{
 *   address: string, kind: 'chat' | 'room', name: string, messages: Message[], unread: number, readUpTo: string | null,
 *   readLater: string | null, typing: string[], older: 'more' | 'loading' | 'none', verified: boolean | null, isContact: boolean,
 *   subject: string, members: Member[], joined: 'no' | 'joining' | 'yes' | 'refused', whyOut: string, nick: string, self: string | null, since: number,
 *   position: string | null, marks: { id: string, mark: 'delivered' | 'read' }[], corrections: Arrival[]
 * }} Conversation
 *
 * @typedef {{ address: string, name: string, kind: 'message' | 'contact', at: number, count: number,
 *   said: { at: number, kind: 'message' | 'invitation' | 'call', text: string }[] }} Request
 * @typedef {{ name: string, subscription: 'none' | 'to' | 'from' | 'both', asked: boolean }} Contact
 * @typedef {'starting' | 'waiting' | 'off' | 'connecting' | 'online' | 'offline' | 'ended'} Phase
 *
 * `retryAt`: when the next attempt comes, ms since 1970. The archive is known from `oldest` to `position`. `isListed`: the conversations that
 * the archive has are shown; before that “no conversations” would be a lie. `discarded`: ids of own messages that failed and were
 * deleted here; the archive may have them.
 * @typedef {{
 *   me: { address: string, name: string } | null, phase: Phase, reason: string | null, retryAt: number | null,
 *   conversations: Record<string, Conversation>, order: string[], requests: Request[], contacts: Record<string, Contact>,
 *   unread: number, position: string | null, oldest: string | null, isListed: boolean, hasOlder: boolean, rooms: string | null,
 *   uploads: { address: string, limit: number | null } | null, discarded: readonly string[],
 *   phone: import('./calls.js').Phone, calls: import('./calls.js').Call[], history: import('./calls.js').History
 * }} State
 *
 * @typedef {{ type: 'me', me: State['me'] }
 *   | { type: 'phase', phase: Phase, reason: string | null, retryAt?: number | null }
 *   | { type: 'messages', address: string, kind: 'chat' | 'room', list: Arrival[], place: 'before' | 'after' }
 *   | { type: 'written', address: string, kind: 'chat' | 'room', message: Arrival }
 *   | { type: 'sent', address: string, id: string }
 *   | { type: 'mark', address: string, id: string, mark: 'delivered' | 'read' }
 *   | { type: 'failed', address: string, id: string, error: string }
 *   | { type: 'retried', address: string, id: string }
 *   | { type: 'discarded', address: string, id: string }
 *   | { type: 'read', address: string, archiveId: string }
 *   | { type: 'readById', address: string, id: string }
 *   | { type: 'typing', address: string, who: string, on: boolean }
 *   | { type: 'member', address: string, member: Member, isHere: boolean, was?: string }
 *   | { type: 'conversation', address: string, patch: Partial<Conversation> }
 *   | { type: 'gone', address: string }
 *   | { type: 'contacts', contacts: Record<string, Contact> }
 *   | { type: 'contact', address: string, contact: Contact | null }
 *   | { type: 'requests', requests: Request[] }
 *   | { type: 'reset' } | { type: 'forget' }
 *   | { type: 'archive', patch: Partial<Pick<State, 'position' | 'oldest' | 'isListed' | 'hasOlder' | 'rooms' | 'uploads'>> }
 *   | import('./calls.js').CallsEvent
 * } Event
 */

/** @type {State} */
export const nothing = Object.freeze({
  me: null, phase: 'starting', reason: null, retryAt: null, conversations: {}, order: [], requests: [], contacts: {}, unread: 0,
  position: null, oldest: null, isListed: false, hasOlder: true, rooms: null, uploads: null, discarded: [], ...noCalls,
});

/**
 * What comes after all of these.
 * @param {State} state
 * @param {readonly Event[]} events
 * @returns {State}
 */
export function applyAll(state, events) {
  return atOnce(() => events.reduce(next, state));
}

/**
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
export function apply(state, event) {
  return applyAll(state, [event]);
}

/**
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
function next(state, event) {
  switch (event.type) {
    case 'me':
      return { ...state, me: event.me };
    case 'phase':
      return { ...state, phase: event.phase, reason: event.reason, retryAt: event.retryAt ?? null };
    case 'contacts':
      return withContacts(state, event.contacts);
    case 'contact':
      return withContact(state, event.address, event.contact);
    case 'requests':
      return { ...state, requests: event.requests };
    case 'reset':
      return emptied(state);
    case 'forget': // everything that is somebody's
      return { ...nothing, phase: state.phase, reason: state.reason };
    case 'archive':
      return { ...state, ...event.patch };
    case 'phone':
    case 'called':
    case 'callNews':
    case 'callDismissed':
    case 'callHistory':
      return applyCalls(state, event);
    case 'gone':
      return without(state, event.address);
    case 'messages':
      return arrived(state, event);
    case 'discarded':
      return discarded(state, event.address, event.id);
    case 'written':
      return changed(opened(state, event.address, event.kind), event.address, (one) => written(one, event.message));
    case 'conversation':
      return changed(opened(state, event.address, event.patch.kind ?? 'chat'), event.address, (one) => ({ ...one, ...event.patch }));
    default:
      return changed(state, event.address, (one) => inConversation(one, event));
  }
}

/**
 * @param {State} state
 * @param {Extract<Event, { type: 'messages' }>} event
 * @returns {State}
 */
function arrived(state, { address, kind, list, place }) {
  const kept = state.discarded.length === 0 ? list : list.filter(({ mine, id }) => !mine || id === null || !state.discarded.includes(id));
  if (kept.length === 0 && list.length > 0) return state;
  return changed(opened(state, address, kind), address, (one) => received(one, kept, place));
}

/**
 * @param {State} state
 * @param {string} address
 * @param {string} id
 * @returns {State}
 */
function discarded(state, address, id) {
  const next = state.discarded.includes(id) ? state : { ...state, discarded: [...state.discarded, id] };
  return changed(next, address, (one) => {
    const at = indexOfOwn(one, id);
    return at < 0 ? one : { ...one, messages: one.messages.filter((_, nth) => nth !== at) };
  });
}

/**
 * @param {Conversation} one
 * @param {Extract<Event, { type: 'sent' | 'mark' | 'failed' | 'retried' | 'read' | 'readById' | 'typing' | 'member' }>} event
 * @returns {Conversation}
 */
function inConversation(one, event) {
  if (event.type === 'read') return readTo(one, event.archiveId);
  if (event.type === 'readById') return readTo(one, archiveIdOf(one, event.id));
  if (event.type === 'mark') return one.kind === 'chat' ? marked(one, event.id, event.mark) : one;
  if (event.type === 'typing') return typingAfter(one, event.who, event.on);
  if (event.type === 'member') return membersAfter(one, event.member, event.isHere, event.was);
  const at = indexOfOwn(one, event.id);
  if (at < 0) return one;
  const { state } = one.messages[at];
  if (event.type === 'sent') return state === 'waiting' ? raised(one, at, 'sent') : one;
  if (event.type === 'retried') return state === 'failed' ? patched(one, at, { state: 'waiting', error: null }) : one;
  return state === 'read' || state === 'delivered' ? one : patched(one, at, { state: 'failed', error: event.error });
}

/**
 * @param {Conversation} one
 * @param {string} id of a message of the other's
 */
function archiveIdOf(one, id) {
  for (let at = one.messages.length - 1; at >= 0; at -= 1) {
    const message = one.messages[at];
    if (!message.mine && message.id === id) return message.archiveId;
  }
  return null;
}
