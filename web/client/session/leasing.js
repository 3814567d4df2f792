// SPDX-License-Identifier: AGPL-3.0-or-later
// The plan of a web session's lease, without a clock and without a network: what is known, what happened, and so what to do next.
// A lease that cannot be renewed for want of a network is kept; one that was refused is over.

/**
 * @typedef {{ address: string, display_name: string, device: string, renew_in: number,
 *   chat: { websocket: string, username: string, password?: string } | null, calls: import('../calls/phone.js').Account | null }} Grant
 *
 * @typedef {{ do: 'look' } | { do: 'ask', renew: boolean, ticket: string | null } | { do: 'wait', ms: number, then: Todo }
 *   | { do: 'ticket', why: 'start' | 'renew' } | null} Todo
 *
 * `looking`: nothing is known yet. `waiting`: for the page to prove who is there. `off`: chat is not switched on. `held`: there are
 * credentials. `apart`: the portal does not answer. `ended`: no more, and why.
 * @typedef {{ status: 'looking' | 'waiting' | 'off' | 'held' | 'apart' | 'ended', why: string | null, account: string | null,
 *   isAlone: boolean, grant: Grant | null, tries: number, todo: Todo }} Lease
 *
 * @typedef {{ type: 'begin', account: string | null, isAlone: boolean, isOut?: boolean } | { type: 'session', address: string, services: string[] }
 *   | { type: 'granted', grant: Grant, renewed: boolean } | { type: 'failed', status: number, code: string }
 *   | { type: 'ticket', ticket: string } | { type: 'denied', reason: string } | { type: 'unanswered' }
 *   | { type: 'spent' } | { type: 'switched-on' } | { type: 'wanted', hasPage: boolean } | { type: 'left' } } News
 * `isAlone`: the leading tab has no page around that could prove who is there. `isOut`: the member has signed out of chat in this browser.
 * `hasPage`: whether the tab has one that wants chat.
 */

/** @type {Lease} */
export const noLease = Object.freeze({
  status: 'looking', why: null, account: null, isAlone: false, grant: null, tries: 0, todo: null,
});

/** How long the page has for its answer, ms. */
export const patience = 20_000;

/**
 * @param {Lease} lease
 * @param {News} news
 * @param {() => number} random from 0 to 1
 * @returns {Lease}
 */
export function leaseAfter(lease, news, random) {
  switch (news.type) {
    case 'begin':
      return begun({ ...noLease, account: news.account, isAlone: news.isAlone }, news.isOut === true);
    case 'session':
      if (lease.account !== null && lease.account !== news.address) return lease.isAlone ? ended(lease) : { ...lease, status: 'waiting', why: null, todo: null };
      if (!news.services.includes('chat')) return { ...lease, status: 'off', account: news.address, todo: null };
      return { ...lease, account: news.address, todo: { do: 'ask', renew: false, ticket: null } };
    case 'granted':
      return granted(lease, news.grant, news.renewed);
    case 'failed':
      return failed(lease, news.status, news.code, random);
    case 'ticket':
      if (lease.status === 'ended' && lease.why !== 'signed-out') return lease;
      return { ...lease, todo: { do: 'ask', renew: lease.grant !== null && lease.status === 'held', ticket: news.ticket } };
    case 'denied':
      if (news.reason === 'unreachable') return later(lease, { do: 'ticket', why: lease.grant ? 'renew' : 'start' }, random);
      if (lease.status === 'off' || lease.todo?.do === 'ask') return lease;
      return { ...lease, status: 'ended', why: news.reason, grant: null, todo: null };
    case 'unanswered':
      return lease.todo?.do === 'ticket' ? { ...lease, status: 'waiting', grant: null, todo: null } : lease;
    case 'spent': // the chat server takes the password no more
      return lease.status === 'held' ? { ...lease, todo: { do: 'ask', renew: false, ticket: null } } : lease;
    case 'switched-on':
      return { ...lease, status: 'looking', todo: { do: 'ask', renew: false, ticket: null } };
    case 'left': // the member has signed out here
      return ended(lease);
    case 'wanted':
      if (lease.status !== 'waiting' && lease.status !== 'ended') return lease;
      return news.hasPage ? byTicket(lease) : { ...lease, status: 'looking', why: null, todo: { do: 'look' } };
  }
}

/**
 * Whoever has signed out of chat may be signed in at the portal still: that is asked when they want chat again, not before.
 * @param {Lease} lease
 * @param {boolean} isOut
 * @returns {Lease}
 */
function begun(lease, isOut) {
  if (!isOut) return { ...lease, todo: { do: 'look' } };
  return lease.isAlone ? ended(lease) : { ...lease, status: 'waiting' };
}

/**
 * @param {Lease} lease
 * @param {Grant} grant
 * @param {boolean} renewed
 * @returns {Lease}
 */
function granted(lease, grant, renewed) {
  const known = { ...lease, account: grant.address, tries: 0, why: null };
  if (grant.chat === null) return { ...known, status: 'off', grant: null, todo: null };
  const password = grant.chat.password ?? (renewed ? lease.grant?.chat?.password : undefined);
  /** @type {Todo} */
  const renewal = { do: 'wait', ms: Math.max(1, grant.renew_in) * 1000, then: { do: 'ask', renew: true, ticket: null } };
  const calls = grant.calls ? { ...grant.calls, password: grant.calls.password ?? (renewed ? lease.grant?.calls?.password : undefined) } : null;
  return { ...known, status: 'held', grant: { ...grant, chat: { ...grant.chat, password }, calls }, todo: renewal };
}

/**
 * @param {Lease} lease
 * @param {number} status
 * @param {string} code
 * @param {() => number} random
 * @returns {Lease}
 */
function failed(lease, status, code, random) {
  const asked = lease.todo;
  if (status === 403) return { ...lease, status: 'ended', why: code === 'other-app' ? code : 'kept-out', grant: null, todo: null };
  if (status === 409 && asked?.do === 'ask') return { ...lease, todo: { do: 'ask', renew: false, ticket: null } };
  if (status !== 401) return later(lease, asked, random);
  if (asked?.do === 'look') return lease.isAlone ? ended(lease) : { ...lease, status: 'waiting', why: null, grant: null, todo: null };
  return lease.isAlone ? ended(lease) : byTicket(lease);
}

/**
 * Signed out. Where no page says who is there, it may be somebody else the next time.
 * @param {Lease} lease
 * @returns {Lease}
 */
function ended(lease) {
  return { ...lease, status: 'ended', why: 'signed-out', account: lease.isAlone ? null : lease.account, grant: null, todo: null };
}

/** @param {Lease} lease @returns {Lease} */
function byTicket(lease) {
  const isHeld = lease.status === 'held';
  return { ...lease, status: isHeld ? 'held' : 'waiting', why: null, todo: { do: 'ticket', why: isHeld ? 'renew' : 'start' } };
}

/**
 * The same again, after a pause that grows to a minute.
 * @param {Lease} lease
 * @param {Todo} todo
 * @param {() => number} random
 * @returns {Lease}
 */
function later(lease, todo, random) {
  const ms = Math.min(60_000, 1000 * 2 ** Math.min(lease.tries, 10)) * (0.5 + random() / 2);
  const status = lease.status === 'held' || lease.status === 'waiting' ? lease.status : 'apart';
  return { ...lease, status, tries: lease.tries + 1, todo: { do: 'wait', ms, then: todo } };
}
