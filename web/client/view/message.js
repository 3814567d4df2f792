// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file One message: what was written, by whom, when, and how far it has come.
 */

import { own } from '../model/own.js';
import { fill, h, set } from './dom.js';
import { isSomebody, placeCall } from './call-place.js';
import { fileView } from './file.js';
import { icon } from './icons.js';
import { nameOf, senderName } from './people.js';
import { avatar, bdi, sentence, written } from './pieces.js';
import { clock, fullTime } from './times.js';
import { isQuiet } from './rows.js';
import { errorWords } from './words.js';

/**
 * @typedef {import('./shapes.js').Conversation} Conversation
 * @typedef {import('./rows.js').MessageRow} MessageRow
 * @typedef {import('./context.js').Context} Context
 * @typedef {object} Acts
 * @property {(key: string) => void} correct
 * @property {(key: string) => void} retry
 * @property {(key: string) => void} discard
 */

const MARKS = /** @type {const} */ ({ waiting: 'clock', sent: 'check', delivered: 'checks', read: 'checks', failed: 'warning' });

/** One message in the page; `update` touches what has changed. */
export class MessageView {
  #body = h('div', { class: 'bubble', dir: 'auto' });
  #meta = h('div', { class: 'message__meta' });
  #sender = h('div', { class: 'message__sender' });
  #face = h('div', { class: 'message__face' });
  #said = h('span', { class: 'visually-hidden' });
  /** @type {MessageRow|null} */
  #row = null;

  /**
   * @param {Context} context
   * @param {Conversation} conversation
   * @param {(row: MessageRow) => boolean} trusted whether a picture of it may load by itself
   * @param {Acts} acts
   */
  constructor(context, conversation, trusted, acts) {
    this.context = context;
    this.conversation = conversation;
    this.trusted = trusted;
    this.acts = acts;
    this.element = h('li', { class: 'message', data: { test: 'message' } }, this.#face,
      h('div', { class: 'message__column' }, this.#sender, this.#said, this.#body, this.#meta));
  }

  /** @param {MessageRow} row */
  update(row) {
    const { message, first, last } = row;
    const before = this.#row;
    this.#row = row;
    const { element, context, conversation } = this;
    const room = conversation.kind === 'room';
    element.className = ['message', message.mine ? 'message--mine' : 'message--other', first && 'message--first', last && 'message--last',
      `message--${message.kind}`, message.state === 'failed' && 'message--failed'].filter(Boolean).join(' ');
    set(element, 'data-key', message.key);
    set(element, 'data-mine', message.mine ? 'true' : 'false');
    set(element, 'data-state', message.state ?? '');
    set(element, 'data-kind', message.kind);
    if (!before || before.message.text !== message.text || before.message.file?.url !== message.file?.url || before.message.kind !== message.kind) {
      this.#write(row);
    }
    if (!before || before.first !== first) {
      const name = senderName(conversation, message.from);
      const named = room && !message.mine && first && !isQuiet(message) && message.kind !== 'invitation';
      this.#sender.hidden = !named;
      fill(this.#sender, named && bdi(name));
      fill(this.#face, named && avatar({ address: message.from, name: message.from }));
      this.#face.hidden = !room || message.mine || isQuiet(message) || message.kind === 'invitation';
    }
    if (!before) {
      const who = message.mine ? context.words('you') : senderName(conversation, message.from);
      fill(this.#said, ...sentence(context.words, 'said_by', { who, time: clock(message.at, context.locale()) }));
    }
    this.#mark(row);
  }

  /** @param {MessageRow} row */
  #write({ message, ...rest }) {
    const { context } = this;
    const body = this.#body;
    switch (message.kind) {
      case 'file':
        fill(body, message.file ? fileView(context, message.file, this.trusted({ message, ...rest })) : message.text);
        break;
      case 'call':
        fill(body, icon('callMissed'), h('span', { text: context.words('call_missed') }),
          isSomebody(context.session.state, this.conversation.address) && h('button', {
            type: 'button', class: 'text-button', text: context.words('call_back'), data: { test: 'call-back' },
            on: { click: () => void placeCall(context, this.conversation.address) },
          }));
        break;
      case 'encrypted':
        fill(body, icon('lock'), h('span', { text: context.words('message_encrypted') }));
        break;
      case 'invitation': {
        const room = message.invitation?.room ?? '';
        const from = message.invitation?.from;
        const who = from && from !== room ? nameOf({ address: from, name: own(context.session.state.conversations, from)?.name }) : '';
        const name = nameOf({ address: room, name: own(context.session.state.conversations, room)?.name || message.invitation?.name });
        if (message.mine) {
          fill(body, h('p', null, ...sentence(context.words, 'invitation_mine', { who: nameOf(this.conversation), name })));
          break;
        }
        fill(body, h('p', null, ...(who ? sentence(context.words, 'invitation_from', { who, name }) : sentence(context.words, 'invitation', { name }))),
          message.invitation?.reason && h('p', null, bdi(message.invitation.reason)),
          room && h('button', {
            type: 'button', class: 'button button--small', text: context.words('room_join_this'),
            on: { click: () => context.session.join(room).then(() => context.show(room), context.failed) },
          }));
        break;
      }
      default:
        fill(body, ...written(message.text), message.isCut && h('span', { class: 'bubble__cut', text: context.words('message_cut') }));
    }
  }

  /** @param {MessageRow} row */
  #mark({ message, last, newest }) {
    const { context } = this;
    if (message.kind === 'notice') {
      this.#meta.hidden = true;
      return;
    }
    const { state } = message;
    const failed = state === 'failed';
    this.#meta.hidden = !(last || failed || message.edited || newest);
    const time = h('time', { datetime: new Date(message.at).toISOString(), title: fullTime(message.at, context.locale()), text: clock(message.at, context.locale()) });
    const mark = message.mine && state
      ? h('span', { class: `mark mark--${state}`, title: context.words(`state_${state}`) }, icon(MARKS[state]),
        h('span', { class: newest && !failed ? 'mark__words' : 'visually-hidden', text: context.words(`state_${state}`) }))
      : null;
    fill(this.#meta, time, message.edited && h('span', { text: context.words('edited') }), mark,
      failed && h('span', { class: 'message__wrong', text: errorWords(context.words, message.error) }),
      failed && h('button', { type: 'button', class: 'text-button', text: context.words('retry'), on: { click: () => this.acts.retry(message.key) } }),
      failed && h('button', { type: 'button', class: 'text-button', text: context.words('discard'), on: { click: () => this.acts.discard(message.key) } }),
      newest && message.kind === 'text' && !failed && state !== 'waiting' && h('button', {
        type: 'button', class: 'text-button message__correct', text: context.words('correct'), 'aria-label': context.words('correct_label'),
        on: { click: () => this.acts.correct(message.key) },
      }));
  }
}
