// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Beginning a call: from a conversation, by an address, again. Before the first one in a browser, microphone and camera are
 * looked at, and what a call reveals is said.
 */

import { reasonKey } from './call-words.js';
import { openDeviceCheck, wasChecked } from './call-check.js';
import { contactChoice } from './contact-choice.js';
import { busy, errorLine, openDialog, textField } from './dialog.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { nameOf, serverOf } from './people.js';
import { iconButton } from './pieces.js';
import { errorWords } from './words.js';

/** @typedef {import('./context.js').Context} Context */

/**
 * What kept a call from beginning, for people.
 * @param {Context} context
 * @param {unknown} error
 * @param {string} address
 */
export function callErrorWords({ words, session }, error, address) {
  const code = String(/** @type {{code?: unknown}|null|undefined} */ (error)?.code ?? '');
  const key = reasonKey(code);
  if (key === 'call_reason_other') return errorWords(words, error);
  return words(key, { who: nameOf({ address }), server: serverOf(session.state.me?.address ?? '') });
}

/**
 * Calls somebody. What goes wrong before there is a call is said in passing; afterwards the call itself says it.
 * @param {Context} context
 * @param {string} address
 * @param {{video?: boolean}} how
 */
export async function placeCall(context, address, { video = false } = {}) {
  try {
    if (!wasChecked() && !(await openDeviceCheck(context, { before: address, video }))) return;
    await context.session.call(address, { video });
  } catch (error) {
    const code = /** @type {{code?: unknown}|null|undefined} */ (error)?.code;
    const isShown = context.session.state.calls.some((call) => call.phase === 'ended' && call.reason === code);
    if (!isShown) context.tell(callErrorWords(context, error, address));
  }
}

/** How long the phone may take before a call is tried that then fails with a reason, in milliseconds. */
const PATIENCE = 10000;

/**
 * Calls somebody as soon as calls can be made: whoever asks for it elsewhere may be early.
 * @param {Context} context
 * @param {string} address
 */
export async function callSoon(context, address) {
  const { session } = context;
  await /** @type {Promise<void>} */ (new Promise((resolve) => {
    const stop = session.subscribe(() => session.state.phone === 'ready' && done());
    const timer = setTimeout(() => done(), PATIENCE);
    function done() {
      stop();
      clearTimeout(timer);
      resolve();
    }
    if (session.state.phone === 'ready') done();
  }));
  await placeCall(context, address);
}

/**
 * Whether somebody can be called from here.
 * @param {import('./shapes.js').State} state
 * @param {string} address
 */
export function isCallable(state, address) {
  return state.phone !== 'off' && isSomebody(state, address);
}

/**
 * Somebody else's address for chat, of whatever server: not a server's own, and not somebody's in a room.
 * @param {Pick<import('./shapes.js').State, 'me'>} state
 * @param {string} address
 */
export function isSomebody({ me }, address) {
  return me !== null && me.address !== address && address.indexOf('@') > 0 && !address.includes('/');
}

/**
 * Another member of the same server.
 * @param {Pick<import('./shapes.js').State, 'me'>} state
 * @param {string} address
 */
export function isNeighbour({ me }, address) {
  return me !== null && serverOf(me.address) === serverOf(address) && me.address !== address;
}

/**
 * The two buttons of a conversation.
 * @param {Context} context
 * @param {string} address
 */
export function callButtons(context, address) {
  const { words } = context;
  return [
    iconButton('phone', words('call'), () => void placeCall(context, address), { data: { test: 'call' } }),
    iconButton('video', words('call_video'), () => void placeCall(context, address, { video: true }), { data: { test: 'video-call' } }),
  ];
}

/** @param {Context} context */
export function openCallAddress(context) {
  const { words, session } = context;
  const server = serverOf(session.state.me?.address ?? '');
  openDialog(context, words('call_address'), (close) => {
    const wrong = errorLine();
    const { field, input } = textField(words('call_whom'), words('call_whom_hint', { server }), {
      inputmode: 'email', autocapitalize: 'none', spellcheck: 'false', data: { first: '', test: 'call-address' },
    });
    const go = h('button', { type: 'submit', class: 'button', data: { test: 'call-go' } }, icon('phone'), h('span', { text: words('call') }));
    /** @param {string} text */
    const begin = (text) => busy(go, wrong, context, async () => {
      if (!wasChecked() && !(await openDeviceCheck(context, { before: text, video: false }))) return;
      try {
        await session.call(text, { video: false });
        close();
      } catch (error) {
        wrong.textContent = callErrorWords(context, error, text);
      }
    });
    return [
      h('form', {
        on: {
          submit: (/** @type {Event} */ event) => {
            event.preventDefault();
            const text = input.value.trim();
            if (text) void begin(text);
            else input.focus();
          },
        },
      }, field, wrong, h('div', { class: 'actions' }, go)),
      ...contactChoice(context, input, begin, (address) => isCallable(session.state, address)),
      h('p', { class: 'hint hint--apart' }, icon('warning'), h('span', { text: words('call_emergency') })),
    ];
  });
}
