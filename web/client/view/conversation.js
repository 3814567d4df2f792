// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file The conversation that is open: who it is with, what is to be known of them, the messages, and where one writes.
 */

import { canBeAdded, openAddContact } from './add-contact.js';
import { callButtons, isCallable } from './call-place.js';
import { Composer } from './composer.js';
import { fill, h } from './dom.js';
import { icon } from './icons.js';
import { MessagesView } from './messages.js';
import { nameOf, serverOf } from './people.js';
import { avatar, bdi, button, iconButton, panelCloser, sentence } from './pieces.js';
import { menuButton } from './popup.js';
import { leaveRoom, openRoomPanel } from './room-panel.js';
import { counted } from './words.js';

/**
 * @typedef {import('./shapes.js').Conversation} Conversation
 * @typedef {import('./shapes.js').State} State
 * @typedef {import('./context.js').Context} Context
 */

export class ConversationView {
  /** @type {Conversation} */
  #shown;
  #reading = false;

  /**
   * @param {Context} context
   * @param {Conversation} conversation
   * @param {State} state
   */
  constructor(context, conversation, state) {
    this.context = context;
    this.address = conversation.address;
    this.#shown = conversation;
    const { words, session } = context;
    const room = conversation.kind === 'room';
    this.title = h('h2', { class: 'head__name', tabindex: -1 });
    this.line = h('p', { class: 'head__line' });
    this.banner = h('div', { class: 'conversation__banner' });
    this.question = h('div', { class: 'conversation__banner' });
    this.typing = h('p', { class: 'typing' });
    this.messages = new MessagesView(context, conversation, {
      correct: (key) => this.#correct(key),
      retry: (key) => session.retry(this.address, key).catch(context.failed),
      discard: (key) => session.discard(this.address, key).then(() => this.focus(), context.failed),
    });
    this.messages.onSeen = () => this.seen();
    this.composer = new Composer(context, this.address, () => this.#lastOwn());
    this.readable = h('p', { class: 'readable' }, icon('lock'), h('span', null, ...readableBy(words, this.address, state.me?.address ?? null, room)));
    const face = avatar(conversation);
    const names = h('div', { class: 'head__words' }, this.title, this.line);
    this.calls = h('div', { class: 'head__calls', hidden: true }, ...(room ? [] : callButtons(context, this.address)));
    /** @type {Promise<void> | null} */
    this.adding = null;
    this.add = room ? null : iconButton('personPlus', words('contact_add'), () => this.#add(), { data: { test: 'contact-add' } });
    this.head = h('header', { class: 'head' },
      iconButton('back', words('back'), () => context.turn('list'), { class: 'head__back', data: { test: 'back' } }), face, names, this.calls, this.add,
      room ? iconButton('group', words('room_panel'), () => openRoomPanel(context, this.address), { data: { test: 'members' } }) : null,
      room ? menuButton(words('more'), () => [
        { label: words('room_panel'), picture: 'group', act: () => openRoomPanel(context, this.address) },
        { label: words('room_leave'), picture: 'signOut', act: () => leaveRoom(context, this.#shown), danger: true },
      ]) : null, panelCloser(context));
    this.element = h('section', { class: 'conversation', 'aria-label': words('conversation') }, this.head, this.banner, this.question, this.messages.element,
      this.typing, this.composer.element, this.readable, h('div', { class: 'drop', 'aria-hidden': 'true' }, icon('attach'), h('span', { text: words('drop') })));
    this.#receiveDrops();
    this.update(conversation, true);
  }

  /**
   * To be called once the view stands in the page.
   * @param {string} [key] a message to show
   */
  placed(key) {
    this.composer.placed();
    this.messages.placed();
    if (key) this.messages.reveal(key);
    this.seen();
  }

  /**
   * @param {Conversation} next
   * @param {boolean} [first]
   */
  update(next, first = false) {
    this.calls.hidden = next.kind === 'room' || !isCallable(this.context.session.state, this.address);
    this.#offer(next);
    const before = this.#shown;
    if (before === next && !first) return;
    this.#shown = next;
    const { words } = this.context;
    if (first || before.name !== next.name) fill(this.title, bdi(nameOf(next)));
    if (next.kind === 'room') {
      if (first || before.members !== next.members || before.subject !== next.subject) {
        const count = next.members.length > 0 ? counted(words, 'members', next.members.length) : words('room');
        fill(this.line, count, next.subject && ' · ', next.subject && bdi(next.subject));
      }
    } else {
      if (first) fill(this.line, bdi(next.address));
    }
    this.composer.element.hidden = next.kind === 'room' && (next.joined === 'no' || next.joined === 'refused');
    if (first || before.verified !== next.verified || before.isContact !== next.isContact || before.joined !== next.joined) this.#banner(next);
    if (first || before.typing !== next.typing) fill(this.typing, ...typingWords(words, next));
    if (!first) this.messages.update(next);
    this.seen();
  }

  /** What is at the end and in sight is read. */
  seen() {
    if (this.#reading || this.#shown.unread === 0 || document.hidden || !this.messages.following || !this.element.isConnected) return;
    if (this.element.clientHeight === 0) return;
    this.#reading = true;
    this.context.session.read(this.address).catch(() => {}).finally(() => {
      this.#reading = false;
    });
  }

  focus() {
    this.composer.focus();
  }

  stop() {
    this.messages.stop();
    this.composer.stop();
  }

  /** @param {Conversation} one */
  #banner(one) {
    const { words, session, failed } = this.context;
    const name = nameOf(one);
    if (one.kind === 'room' && one.joined !== 'yes') {
      const text = words(one.joined === 'refused' ? refusedFor(one.whyOut) : one.joined === 'joining' ? 'room_joining' : 'room_not_joined');
      fill(this.banner, h('div', { class: 'banner banner--plain' }, icon('group'), h('p', { text }),
        one.joined === 'joining' ? null : button(words('room_join_this'), () => session.join(one.address).catch(failed), { class: 'button--small' })));
      return;
    }
    fill(this.banner, one.kind === 'chat' && one.verified === false && h('div', { class: 'banner banner--warning', role: 'note' }, icon('warning'),
      h('p', null, h('strong', { text: words('unverified_title') }), ' ', ...sentence(words, 'unverified', { name, theirs: serverOf(one.address) }))));
    this.#ask(one);
  }

  /** @param {Conversation} one */
  #offer(one) {
    if (!this.add) return;
    const hadFocus = this.add === document.activeElement;
    this.add.hidden = !canBeAdded(one) || !this.context.session.state.isListed;
    if (hadFocus && this.add.hidden) this.focus();
  }

  /** Once, however often it is pressed until the dialog is there. */
  #add() {
    this.adding ??= openAddContact(this.context, this.#shown, () => this.#answered()).finally(() => { this.adding = null; });
  }

  /** The question whether to add them is no question any more. */
  #answered() {
    this.context.accepted.delete(this.address);
    this.#banner(this.#shown);
    if (document.activeElement === document.body) this.focus();
  }

  /**
   * Whoever was let in is no contact by that. Touched only when it comes or goes: the focus may be there, or return there.
   * @param {Conversation} one
   */
  #ask(one) {
    const { words, accepted } = this.context;
    const isAsked = accepted.has(one.address) && canBeAdded(one);
    if (isAsked === this.question.hasChildNodes()) return;
    fill(this.question, isAsked && h('div', { class: 'banner banner--plain banner--question', role: 'group', 'aria-label': words('contact_add'), data: { test: 'contact-question' } },
      icon('personPlus'), h('p', null, ...sentence(words, 'contact_question', { who: nameOf(one) })),
      h('div', { class: 'banner__actions' }, button(words('contact_add'), () => this.#add(), { class: 'button--small', data: { test: 'contact-question-add' } }),
        button(words('contact_later'), () => this.#answered(), { class: 'button--small button--secondary' }))));
  }

  #lastOwn() {
    const { messages } = this.#shown;
    for (let index = messages.length - 1; index >= 0; index -= 1) {
      const message = messages[index];
      if (message.mine) return message.kind === 'text' && message.state !== 'failed' ? message : null;
    }
    return null;
  }

  /** @param {string} key */
  #correct(key) {
    const message = this.#shown.messages.find((one) => one.key === key);
    if (message) this.composer.correct(message);
  }

  #receiveDrops() {
    const { element } = this;
    const holds = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false;
    element.addEventListener('dragover', (event) => {
      if (!holds(event)) return;
      event.preventDefault();
      element.classList.add('conversation--drop');
    });
    element.addEventListener('dragleave', (event) => {
      if (!(event.relatedTarget instanceof Node) || !element.contains(event.relatedTarget)) element.classList.remove('conversation--drop');
    });
    element.addEventListener('drop', (event) => {
      element.classList.remove('conversation--drop');
      if (!holds(event)) return;
      event.preventDefault();
      this.composer.attach(event.dataTransfer?.files ?? []);
    });
  }
}

/** @param {string} why @returns {string} the key of its words */
const refusedFor = (why) => (['removed', 'banned', 'gone'].includes(why) ? `room_out_${why}` : 'room_refused');

/**
 * @param {import('./words.js').Words} words
 * @param {Conversation} one
 */
export function typingWords(words, one) {
  const { typing } = one;
  if (typing.length === 0) return [];
  if (one.kind === 'chat') return sentence(words, 'typing_one', { who: nameOf(one) });
  if (typing.length === 1) return sentence(words, 'typing_one', { who: typing[0] });
  if (typing.length === 2) return sentence(words, 'typing_two', { who: typing[0], other: typing[1] });
  return [words('typing_many')];
}

/**
 * Who could read along: those who run the one server, or the two.
 * @param {import('./words.js').Words} words
 * @param {string} address
 * @param {string|null} me
 * @param {boolean} room
 */
export function readableBy(words, address, me, room) {
  if (room) return [words('readable_room')];
  const theirs = serverOf(address);
  const mine = me ? serverOf(me) : theirs;
  return mine === theirs ? sentence(words, 'readable_one', { server: mine }) : sentence(words, 'readable_two', { mine, theirs });
}
