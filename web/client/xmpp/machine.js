// SPDX-License-Identifier: AGPL-3.0-or-later
// One stream over one WebSocket (RFC 7395), from its opening to its end, as a pure state machine: what happens goes in, and what is
// to be done comes out. Logging in (RFC 6120 section 6), binding (7) and what is counted (XEP-0198) are here; sockets, time,
// passwords and hashes are not.

import { acknowledged, begun, readCount, received, resumed, sent } from './acknowledgements.js';
import { closedBy, refusedBinding, refusedLogin } from './endings.js';
import { parseJid } from './jid.js';
import { NS } from './namespaces.js';
import { child, children, el, is, text } from './xml.js';

/** @typedef {import('./xml.js').Tree} Tree */
/** @typedef {import('./acknowledgements.js').Counts} Counts */
/** @typedef {import('./endings.js').Ending} Ending */

/**
 * @typedef {'unopened' | 'opening' | 'offered' | 'proving' | 'judged' | 'verifying' | 'resuming' | 'binding' | 'enabling' | 'online' | 'over'} Phase
 * opening: our `open` was sent; offered: features are awaited; proving: the proof is being computed; judged: the server has it;
 * verifying: the server's own proof is being checked
 */

/**
 * @typedef {object} Machine
 * @property {Phase} phase
 * @property {string} username
 * @property {string} domain
 * @property {boolean} authenticated
 * @property {string} jid full, of the stream that is or may be resumed; empty before the first
 * @property {Counts | null} counts of the stream that is or may be resumed
 * @property {boolean} asked whether the server owes us a count
 */

/**
 * @typedef {{type: 'opened'} | {type: 'stanza', tree: Tree} | {type: 'sasl', data: string, mechanism?: string} | {type: 'verified', ok: boolean}
 *   | {type: 'unprepared', own: boolean} | {type: 'send', tree: Tree} | {type: 'unreadable'} | {type: 'lost'}} Happening
 * sasl: the next message of the mechanism, in Base64; unprepared: there is none, for a reason of our `own`, or because of what the server
 * said; unreadable: a frame that is no XML; lost: the socket is gone
 */

/**
 * @typedef {{type: 'send', tree: Tree} | {type: 'begin', mechanism: string} | {type: 'challenge', data: string} | {type: 'verify', data: string}
 *   | {type: 'stanza', tree: Tree} | {type: 'acked', trees: ReadonlyArray<Tree>}
 *   | {type: 'online', jid: string, resumed: boolean, lost: ReadonlyArray<Tree>}
 *   | {type: 'end', ending: Ending}} Deed
 */

/** @typedef {readonly [Machine, ReadonlyArray<Deed>]} Step */

/** The best first. */
export const mechanisms = Object.freeze(['SCRAM-SHA-256', 'SCRAM-SHA-1']);

/**
 * @param {{username: string, domain: string, jid?: string, counts?: Counts | null}} account what is known of an earlier stream
 * @returns {Machine}
 */
export function machine({ username, domain, jid = '', counts = null }) {
  return { phase: 'unopened', username, domain, authenticated: false, jid, counts, asked: false };
}

const unproved = Object.freeze({ reason: 'server-not-proved', final: true, forget: false });

/**
 * @param {Machine} m
 * @param {Happening} event
 * @returns {Step}
 */
export function step(m, event) {
  if (event.type === 'send') return send(m, event.tree);
  if (m.phase === 'over') return [m, []];
  switch (event.type) {
    case 'opened':
      return [{ ...m, phase: 'opening' }, [{ type: 'send', tree: opening(m.domain) }]];
    case 'lost':
      return end(m, { reason: 'connection-lost', final: false, forget: false });
    case 'unreadable':
      return end(m, { reason: 'not-well-formed', final: false, forget: true });
    case 'unprepared':
      return end(m, event.own ? { reason: 'no-password', final: false, forget: false } : unproved);
    case 'sasl':
      return prove(m, event);
    case 'verified':
      if (m.phase !== 'verifying') return [m, []];
      if (!event.ok) return end(m, unproved);
      return [{ ...m, phase: 'opening', authenticated: true }, [{ type: 'send', tree: opening(m.domain) }]];
    case 'stanza':
      return read(m, event.tree);
  }
}

/** @param {string} domain */
function opening(domain) {
  return el('open', { xmlns: NS.framing, to: domain, version: '1.0' });
}

/**
 * What ends every stream, whatever it was doing.
 * @param {Machine} m
 * @param {Tree} tree
 * @returns {Step}
 */
function read(m, tree) {
  if (is(tree, 'error', NS.streams)) return end(m, closedBy(tree));
  if (is(tree, 'close', NS.framing)) {
    // Where `see-other-uri` would lead is nobody's to say but ours.
    return end(m, { reason: tree.attrs['see-other-uri'] === undefined ? 'closed' : 'sent-elsewhere', final: false, forget: false });
  }
  switch (m.phase) {
    case 'opening':
      return opened(m, tree);
    case 'offered':
      return offered(m, tree);
    case 'judged':
      return judged(m, tree);
    case 'resuming':
      return resuming(m, tree);
    case 'binding':
      return bound(m, tree);
    case 'enabling':
      return enabling(m, tree);
    case 'online':
      return online(m, tree);
    default:
      return unexpected(m);
  }
}

/** @type {(m: Machine, tree: Tree) => Step} */
function opened(m, tree) {
  if (!is(tree, 'open', NS.framing)) return unexpected(m);
  if (tree.attrs.from !== m.domain || !/^1\.[0-9]+$/.test(tree.attrs.version ?? '')) return unexpected(m);
  return [{ ...m, phase: 'offered' }, []];
}

/** @type {(m: Machine, tree: Tree) => Step} */
function offered(m, tree) {
  if (!is(tree, 'features', NS.streams)) return unexpected(m);
  if (!m.authenticated) {
    const names = children(child(tree, 'mechanisms', NS.sasl), 'mechanism', NS.sasl).map(text);
    const mechanism = mechanisms.find((each) => names.includes(each));
    if (mechanism === undefined) return end(m, { reason: 'no-mechanism', final: false, forget: false });
    return [{ ...m, phase: 'proving' }, [{ type: 'begin', mechanism }]];
  }
  if (!child(tree, 'bind', NS.bind)) return unexpected(m);
  const counting = child(tree, 'sm', NS.sm) !== null;
  if (counting && m.counts !== null && m.counts.id !== '') {
    const resume = el('resume', { xmlns: NS.sm, h: m.counts.received, previd: m.counts.id });
    return [{ ...m, phase: 'resuming' }, [{ type: 'send', tree: resume }]];
  }
  return bind(m);
}

/** @type {(m: Machine, event: {data: string, mechanism?: string}) => Step} */
function prove(m, { data, mechanism }) {
  if (m.phase !== 'proving') return [m, []];
  const tree = mechanism === undefined ? el('response', { xmlns: NS.sasl }, data) : el('auth', { xmlns: NS.sasl, mechanism }, data);
  return [{ ...m, phase: 'judged' }, [{ type: 'send', tree }]];
}

/** @type {(m: Machine, tree: Tree) => Step} */
function judged(m, tree) {
  if (is(tree, 'challenge', NS.sasl)) return [{ ...m, phase: 'proving' }, [{ type: 'challenge', data: text(tree) }]];
  if (is(tree, 'success', NS.sasl)) return [{ ...m, phase: 'verifying' }, [{ type: 'verify', data: text(tree) }]];
  if (is(tree, 'failure', NS.sasl)) return end(m, refusedLogin(tree));
  return unexpected(m);
}

/** @type {(m: Machine, tree: Tree) => Step} */
function resuming(m, tree) {
  if (m.counts === null) return unexpected(m);
  const h = readCount(tree.attrs.h);
  if (is(tree, 'failed', NS.sm)) {
    const known = h === null ? { counts: m.counts, taken: [] } : resumed(m.counts, h);
    const [next, deeds] = bind({ ...m, counts: { ...known.counts, id: '' } });
    return [next, [...deeds, ...told(known.taken)]];
  }
  if (!is(tree, 'resumed', NS.sm) || h === null || tree.attrs.previd !== m.counts.id) return unexpected(m);
  const { counts, taken } = resumed(m.counts, h);
  const open = counts.unacknowledged.length > 0;
  // Who is told of anything may send at once: what has to be sent before that goes first.
  return [{ ...m, phase: 'online', counts, asked: open }, [
    ...counts.unacknowledged.map((again) => /** @type {const} */ ({ type: 'send', tree: again })),
    ...(open ? [ask] : []),
    ...told(taken),
    { type: 'online', jid: m.jid, resumed: true, lost: [] },
  ]];
}

/**
 * The same resource again, so that what the server still has of the stream before gives way to this one.
 * @param {Machine} m
 * @returns {Step}
 */
function bind(m) {
  const wish = parseJid(m.jid)?.resource;
  const tree = el('iq', { xmlns: NS.client, type: 'set', id: 'bind' }, el('bind', { xmlns: NS.bind }, wish ? el('resource', null, wish) : null));
  return [{ ...m, phase: 'binding' }, [{ type: 'send', tree }]];
}

/** @type {(m: Machine, tree: Tree) => Step} */
function bound(m, tree) {
  if (!is(tree, 'iq', NS.client) || tree.attrs.id !== 'bind') return unexpected(m);
  if (tree.attrs.type === 'error') return end(m, refusedBinding(tree));
  const jid = parseJid(text(child(child(tree, 'bind', NS.bind), 'jid', NS.bind)));
  if (tree.attrs.type !== 'result' || jid === null || jid.resource === '' || jid.domain !== m.domain || jid.local !== m.username) return unexpected(m);
  return [{ ...m, phase: 'enabling', jid: jid.full }, [{ type: 'send', tree: el('enable', { xmlns: NS.sm, resume: 'true' }) }]];
}

/** @type {(m: Machine, tree: Tree) => Step} */
function enabling(m, tree) {
  const lost = m.counts?.unacknowledged ?? [];
  const now = /** @type {const} */ ({ type: 'online', jid: m.jid, resumed: false, lost });
  if (is(tree, 'enabled', NS.sm)) {
    const mayResume = tree.attrs.resume === 'true' || tree.attrs.resume === '1';
    return [{ ...m, phase: 'online', counts: begun(mayResume ? tree.attrs.id ?? '' : ''), asked: false }, [now]];
  }
  // A server that does not count, and says so by whichever of the two ways.
  if (is(tree, 'failed', NS.sm)) return [{ ...m, phase: 'online', counts: null, asked: false }, [now]];
  return isStanza(tree) ? [m, [{ type: 'stanza', tree }]] : unexpected(m);
}

/** @type {(m: Machine, tree: Tree) => Step} */
function online(m, tree) {
  if (isStanza(tree)) return [m.counts === null ? m : { ...m, counts: received(m.counts) }, [{ type: 'stanza', tree }]];
  if (m.counts === null) return [m, []];
  if (is(tree, 'r', NS.sm)) return [m, [{ type: 'send', tree: el('a', { xmlns: NS.sm, h: m.counts.received }) }]];
  if (!is(tree, 'a', NS.sm)) return [m, []]; // what later specifications add is not ours to judge
  const h = readCount(tree.attrs.h);
  const known = h === null ? null : acknowledged(m.counts, h);
  if (known === null) return end(m, { reason: 'miscounted', final: false, forget: true });
  const open = known.counts.unacknowledged.length > 0;
  return [{ ...m, counts: known.counts, asked: open }, [...(open ? [ask] : []), ...told(known.taken)]];
}

/**
 * Sends at once, or keeps for the stream's resumption; what can do neither is handed back untouched.
 * @type {(m: Machine, tree: Tree) => Step}
 */
function send(m, tree) {
  const counts = m.counts === null ? null : sent(m.counts, tree);
  if (m.phase !== 'online') return [{ ...m, counts }, []];
  const asks = counts !== null && !m.asked;
  return [{ ...m, counts, asked: m.asked || asks }, [{ type: 'send', tree }, ...(asks ? [ask] : [])]];
}

/**
 * Whether `send` would be kept or sent.
 * @param {Machine} m
 */
export function takes(m) {
  return m.phase === 'online' || (m.counts !== null && m.counts.id !== '');
}

const ask = /** @type {const} */ ({ type: 'send', tree: el('r', { xmlns: NS.sm }) });

/**
 * @param {ReadonlyArray<Tree>} trees
 * @returns {ReadonlyArray<Deed>}
 */
function told(trees) {
  return trees.length === 0 ? [] : [{ type: 'acked', trees }];
}

/** @param {Tree} tree */
function isStanza(tree) {
  return tree.attrs.xmlns === NS.client && (tree.name === 'message' || tree.name === 'presence' || tree.name === 'iq');
}

/**
 * @param {Machine} m
 * @returns {Step}
 */
function unexpected(m) {
  return end(m, { reason: 'bad-stream', final: false, forget: false });
}

/**
 * @param {Machine} m
 * @param {Ending} ending
 * @returns {Step}
 */
function end(m, ending) {
  const counts = m.counts !== null && ending.forget ? { ...m.counts, id: '' } : m.counts;
  return [{ ...m, phase: 'over', counts }, [{ type: 'end', ending }]];
}
