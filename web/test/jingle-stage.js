// SPDX-License-Identifier: AGPL-3.0-or-later
// A leading tab for tests of calls by Jingle, with everything around it made up.

import { Calls } from '../client/calls/calls.js';
import { Jingle } from '../client/jingle/jingle.js';
import { opened } from '../client/model/incoming.js';
import * as names from '../client/model/names.js';
import { apply } from '../client/model/state.js';
import { parse } from '../client/xmpp/parse.js';
import { child, children, el } from '../client/xmpp/xml.js';
import { answer as ours, offer as theirs } from './fixtures/chromium-sdp.js';
import { after, empty } from './fixtures/states.js';

/** @typedef {import('../client/xmpp/xml.js').Tree} Tree */

export const me = 'alice@example.social';
export const bob = 'bob@example.social';
export const app = `${bob}/phone`;
const turn = { username: 'u', password: 'p', uris: ['turn:turn.example.social'] };
export const start = Date.UTC(2026, 4, 1, 12);

/** A leading tab with everything around it made up. @param {{ hasTurn?: boolean, hasCalls?: boolean, isContact?: boolean, microphone?: string | null, peer?: string }} [how] */
export function stage({ hasTurn = true, hasCalls = true, isContact = false, microphone = null, peer = bob } = {}) {
  const it = {
    state: after([{ type: 'me', me: { address: me, name: 'Alice' } }, { type: 'contacts', contacts: isContact ? { [peer]: { name: 'Bob', subscription: 'both', asked: false } } : {} }], empty),
    now: start, isOnline: true, /** @type {Tree[]} */ sent: [], /** @type {any[][]} */ asked: [], microphone, /** @type {any} */ jingle: null, /** @type {any} */ calls: null,
    /** What the caller's app answers our questions with. */ reply: async () => el('iq', { type: 'result' }),
    get call() { return it.state.calls[0]; },
    /** @param {string} xml */
    hear(xml) {
      const letter = opened(parse(xml), { me, now: it.now, state: it.state });
      if (letter) it.jingle.hear(letter);
    },
    /** @param {string} word @param {string} [inner] @param {string} [from] @param {string} [id] @param {string} [more] */
    word(word, inner = '', from = `${peer}/phone`, id = 'c1', more = '') {
      it.hear(`<message xmlns='jabber:client' from='${from}' to='${from.startsWith(me) ? peer : me}' type='chat'><${word} xmlns='urn:xmpp:jingle-message:0' id='${id}'>${inner}</${word}>${more}</message>`);
    },
    /** @param {string} word @param {string} [id] */
    mine(word, id = 'c1') {
      it.hear(`<message xmlns='jabber:client' from='${me}' to='${me}/1'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='${me}/2' to='${peer}' type='chat'><${word} xmlns='urn:xmpp:jingle-message:0' id='${id}'/></message></forwarded></sent></message>`);
    },
    /** @param {Partial<{ from: string, id: string, video: boolean }>} [how] */
    propose({ from = `${peer}/phone`, id = 'c1', video = false } = {}) {
      it.word('propose', `<description xmlns='${names.jingleRtp}' media='audio'/>${video ? `<description xmlns='${names.jingleRtp}' media='video'/>` : ''}`, from, id);
    },
    /** @param {string} action @param {Tree[]} contents @param {Partial<{ from: string, sid: string }>} [how] @returns what it was answered */
    iq(action, contents = [], { from = `${peer}/phone`, sid = 'c1' } = {}) {
      const before = it.sent.length;
      it.jingle.take(el('iq', { xmlns: names.client, type: 'set', from, id: 'q' }, el('jingle', { xmlns: names.jingle, action, sid }, ...contents)));
      const said = it.sent.slice(before).find((one) => one.name === 'iq' && one.attrs.id === 'q');
      return said?.attrs.type === 'result' ? 'ok' : children(child(said, 'error'))[0]?.name;
    },
    /** @param {string} is */
    said: (is) => it.sent.filter((one) => child(one, is, names.jingleMessages)).length,
    /** @param {string} action */
    told: (action) => it.sent.map((one) => child(one, 'jingle', names.jingle)).filter((one) => one?.attrs.action === action),
  };
  const account = () => (hasCalls ? { websocket: '', uri: '', username: '', password: 'x', turn: hasTurn ? turn : null } : null);
  /** @param {import('../client/model/state.js').Event[]} events */
  const emit = (events) => { it.state = events.reduce(apply, it.state); };
  it.calls = new Calls({
    emit, state: () => it.state, now: () => it.now, load: async () => { throw new Error('no SIP here'); }, account, nameOf: async () => '', random: () => 0,
    media: /** @type {any} */ ({ me: 'tab', gone: () => {}, ask: async (/** @type {string} */ tab, /** @type {string} */ call, /** @type {string} */ verb, /** @type {any[]} */ args) => {
      it.asked.push([verb, ...(args ?? [])]);
      if (verb === 'prepare' && it.microphone) throw Object.assign(new Error(), { code: it.microphone });
      return verb === 'answer' ? ours : verb === 'offer' ? theirs : undefined;
    } }),
  });
  let count = 0;
  it.jingle = new Jingle({
    calls: it.calls, account, chance: () => `chance-${count += 1}`,
    wire: /** @type {any} */ ({
      context: () => ({ me, now: it.now, state: it.state }), emit, nudge: () => {}, isOnline: true, send: (/** @type {Tree} */ tree) => it.isOnline && it.sent.push(tree) > 0,
      ask: async (/** @type {Tree} */ tree) => {
        it.sent.push(tree);
        return it.reply();
      },
    }),
  });
  return it;
}

export const settle = () => new Promise((resolve) => setImmediate(resolve));
