// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file The messages of the conversation that is open: a part of them stands in the page and moves with the scrolling. What was in
 * sight stays where it was, whatever is put before or after it.
 */

import { shownText } from '../model/shown.js';
import { domain } from '../model/address.js';
import { KeyedList, fill, h, put } from './dom.js';
import { icon } from './icons.js';
import { MessageView } from './message.js';
import { nameOf } from './people.js';
import { avatar, sentence } from './pieces.js';
import { rowsOf, sameRow } from './rows.js';
import { dayName } from './times.js';
import { around, atEnd, downwards, moved, upwards } from './window.js';
import { counted } from './words.js';

/**
 * @typedef {import('./shapes.js').Conversation} Conversation
 * @typedef {import('./shapes.js').Message} Message
 * @typedef {import('./rows.js').Row} Row
 * @typedef {import('./context.js').Context} Context
 */

/** How near the end, in pixels, one has to be to stay there when something arrives. */
const NEAR = 60;
/** How much of a message is read out, in UTF-16 units. */
const SPOKEN = 1000;
/** How far from an end, in pixels, more is fetched. */
const AHEAD = 900;

/** How long after a refusal nobody asks for more by scrolling, in milliseconds. */
const PATIENCE = 5000;

export class MessagesView {
  /** @type {WeakMap<HTMLElement, MessageView>} */
  #views = new WeakMap();
  /** @type {KeyedList<Row>} */
  #list;
  #span = { from: 0, to: 0 };
  #following = true;
  /** @type {string|null} */
  #newFrom = null;
  #since = 0;
  #asking = false;
  /** When the archive last said no: it is not asked again at once. */
  #refusedAt = -Infinity;
  #placed = false;

  /**
   * @param {Context} context
   * @param {Conversation} conversation
   * @param {import('./message.js').Acts} acts
   */
  constructor(context, conversation, acts) {
    this.context = context;
    this.conversation = conversation;
    this.acts = acts;
    const { words } = context;
    this.top = h('div', { class: 'messages__top' });
    this.items = h('ol', { class: 'messages__list', role: 'list' });
    this.scroller = h('div', {
      class: 'messages__scroll', tabindex: 0, role: 'region', 'aria-label': words('messages'), on: { scroll: () => this.#scrolled() },
    }, this.top, this.items);
    this.jumpWords = h('span', { class: 'jump__words' });
    this.jump = h('button', { type: 'button', class: 'jump', hidden: true, 'aria-label': words('jump'), on: { click: () => this.toEnd() } },
      this.jumpWords, icon('down'));
    // What arrives is said here, and only what arrives: history that is loaded is not read out.
    this.log = h('div', { class: 'visually-hidden', role: 'log', 'aria-live': 'polite', 'aria-label': words('messages_new') });
    this.element = h('div', { class: 'messages' }, this.scroller, this.jump, this.log);
    this.#list = new KeyedList(this.items, {
      key: (row) => row.key, same: sameRow, create: (row) => this.#create(row),
      update: (node, row) => {
        if (row.type === 'message') this.#views.get(node)?.update(row);
      },
    });
    this.#newFrom = firstNew(conversation);
    this.#span = atEnd(conversation.messages.length);
    this.sizes = new ResizeObserver(() => {
      if (this.#following) this.#bottom();
    });
    this.sizes.observe(this.scroller);
    this.#render();
  }

  /** To be called once the view stands in the page, and again when it comes into sight. */
  placed() {
    if (this.#placed) return;
    this.#placed = true;
    const line = this.#list.node('new');
    if (line) {
      this.scroller.scrollTop = Math.max(0, line.offsetTop - this.scroller.clientHeight / 3);
      this.#scrolled();
    } else {
      this.#bottom();
    }
    this.#fetch();
  }

  /** @param {Conversation} next */
  update(next) {
    const before = this.conversation;
    this.conversation = next;
    if (before.messages !== next.messages) {
      this.#span = moved(this.#span, before.messages, next.messages, this.#following);
      this.#arrived(before, next);
    }
    const grown = before.messages !== next.messages;
    if (grown || before.older !== next.older || before.joined !== next.joined) this.#keeping(() => this.#render());
    const answered = before.older === 'loading' && next.older !== 'loading';
    if (answered) this.#asking = false;
    if (grown || answered || before.joined !== next.joined) this.#fetch();
  }

  /**
   * Shows the message of this key, if it is there.
   * @param {string} key
   */
  reveal(key) {
    const index = this.conversation.messages.findIndex((message) => message.key === key);
    if (index < 0) return false;
    this.#following = false;
    this.#span = around(this.conversation.messages.length, index);
    this.#render();
    const node = this.#list.node(key);
    if (!node) return false;
    this.scroller.scrollTop = Math.max(0, node.offsetTop - this.scroller.clientHeight / 3);
    node.classList.add('message--found');
    node.addEventListener('animationend', () => node.classList.remove('message--found'), { once: true });
    this.#scrolled();
    return true;
  }

  toEnd() {
    this.#span = atEnd(this.conversation.messages.length);
    this.#following = true;
    this.#render();
    this.#bottom();
    this.scroller.focus({ preventScroll: true });
  }

  stop() {
    this.sizes.disconnect();
  }

  /** Whether the member looks at the end. */
  get following() {
    return this.#following;
  }

  #bottom() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /**
   * Says what came from others at the end, and counts it for whoever looks elsewhere.
   * @param {Conversation} before
   * @param {Conversation} next
   */
  #arrived(before, next) {
    const last = before.messages.at(-1);
    if (!last) {
      if (!this.#newFrom) this.#newFrom = firstNew(next);
      return;
    }
    const added = /** @type {Message[]} */ ([]);
    for (let index = next.messages.length - 1; index >= 0 && next.messages[index].key !== last.key; index -= 1) {
      const message = next.messages[index];
      if (message.at < last.at) break;
      if (!message.mine && message.kind !== 'notice') added.unshift(message);
    }
    if (added.length === 0) return;
    if (!this.#following || document.hidden || !document.hasFocus()) {
      if (this.#since === 0) this.#newFrom = added[0].key;
      this.#since += added.length;
    }
    if (added.length > 5) {
      this.log.append(h('p', { text: counted(this.context.words, 'new', added.length) }));
    } else {
      for (const message of added) {
        const view = new MessageView(this.context, next, () => false, this.acts);
        const line = h('p');
        view.update({ type: 'message', key: message.key, message, first: true, last: false, newest: false });
        line.textContent = message.kind === 'text' ? `${view.element.querySelector('.visually-hidden')?.textContent ?? ''} ${shownText(message.text.slice(0, SPOKEN))}`
          : view.element.textContent;
        this.log.append(line);
      }
    }
    while (this.log.childElementCount > 20) this.log.firstElementChild?.remove();
  }

  #render() {
    const { conversation, context } = this;
    this.#list.set(rowsOf(conversation.messages, this.#span.from, this.#span.to, this.#newFrom));
    const atTop = this.#span.from === 0;
    const state = !atTop ? 'between' : conversation.older === 'more' && !this.#reachable ? 'closed' : conversation.older;
    if (this.top.dataset.state !== state) {
      this.top.dataset.state = state;
      fill(this.top, state === 'loading' && h('p', { class: 'messages__loading' }, h('span', { class: 'spinner' }), h('span', { text: context.words('older_loading') })),
        state === 'more' && h('button', { type: 'button', class: 'text-button', text: context.words('older'), on: { click: () => this.#older() } }),
        state === 'none' && this.#beginning());
    }
    this.#showJump();
  }

  #beginning() {
    const { conversation, context: { words } } = this;
    const room = conversation.kind === 'room';
    return h('div', { class: 'beginning' }, avatar(conversation, 'avatar--large'),
      h('p', null, ...sentence(words, room ? 'beginning_room' : 'beginning', { address: conversation.address, name: nameOf(conversation) })));
  }

  /** @param {Row} row */
  #create(row) {
    const { context } = this;
    if (row.type === 'day') {
      return h('li', { class: 'day' }, h('span', { text: dayName(row.at, context.now(), context.words, context.locale()) }));
    }
    if (row.type === 'new') return h('li', { class: 'new-line' }, h('span', { text: context.words('new_line') }));
    const view = new MessageView(context, this.conversation, ({ message }) => this.#trusted(message), this.acts);
    view.update(row);
    this.#views.set(view.element, view);
    return view.element;
  }

  /** @param {Message} message */
  #trusted(message) {
    if (message.mine) return true;
    const { conversation, context: { session } } = this;
    if (conversation.kind === 'chat') return conversation.isContact === true;
    // Who hides behind a name, the room says: those of our own server are believed.
    if (!session.state.rooms || domain(conversation.address) !== session.state.rooms) return false;
    const address = conversation.members?.find((member) => member.by === message.by)?.address;
    return Boolean(address && Object.hasOwn(session.state.contacts, address));
  }

  /**
   * Changes what is shown; what was in sight stays where it was.
   * @param {() => void} change
   */
  #keeping(change) {
    if (this.#following) {
      change();
      this.#bottom();
      return;
    }
    const { scroller } = this;
    const edge = scroller.getBoundingClientRect().top;
    const anchor = /** @type {HTMLElement[]} */ ([...this.items.children])
      .find((item) => item.dataset.key && item.getBoundingClientRect().bottom > edge);
    const at = anchor?.getBoundingClientRect().top ?? 0;
    change();
    if (anchor?.isConnected) scroller.scrollTop += anchor.getBoundingClientRect().top - at;
  }

  #scrolled() {
    const { scroller, conversation } = this;
    const count = conversation.messages.length;
    const below = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
    this.#following = below < NEAR && this.#span.to >= count;
    if (this.#following) this.#since = 0;
    this.#showJump();
    this.#fetch();
    this.context.session.state.conversations[conversation.address]?.unread && this.onSeen?.();
  }

  /** @type {(() => void)|undefined} called when what is at the end may have been seen */
  onSeen;

  /** Takes in more at the end that is near. */
  #fetch() {
    const { scroller, conversation } = this;
    if (scroller.clientHeight === 0) return;
    const count = conversation.messages.length;
    const below = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
    if (scroller.scrollTop < AHEAD) {
      if (this.#span.from > 0) {
        this.#following = false;
        this.#span = upwards(this.#span);
        this.#keeping(() => this.#render());
        this.#following = below < NEAR && this.#span.to >= count;
      } else if (conversation.older === 'more' && this.#reachable && performance.now() - this.#refusedAt > PATIENCE) {
        this.#older();
      }
    } else if (below < AHEAD && this.#span.to < count) {
      this.#span = downwards(this.#span, count);
      this.#keeping(() => this.#render());
    }
  }

  /** A room tells of what was before only to those who are in it. */
  get #reachable() {
    return this.conversation.kind === 'chat' || this.conversation.joined === 'yes';
  }

  #older() {
    if (this.#asking || this.conversation.older !== 'more') return;
    this.#asking = true;
    this.context.session.older(this.conversation.address).catch((error) => {
      this.#refusedAt = performance.now();
      this.context.failed(error);
    }).finally(() => {
      this.#asking = false;
    });
  }

  #showJump() {
    this.jump.hidden = this.#following;
    put(this.jumpWords, this.#since > 0 ? counted(this.context.words, 'new', this.#since) : '');
  }
}

/**
 * The key of the first message that nobody has read yet.
 * @param {Conversation} conversation
 * @returns {string|null}
 */
export function firstNew(conversation) {
  let left = conversation.unread;
  if (left <= 0) return null;
  for (let index = conversation.messages.length - 1; index >= 0; index -= 1) {
    const message = conversation.messages[index];
    if (message.mine || message.kind === 'notice') continue;
    left -= 1;
    if (left === 0) return message.key;
  }
  return null;
}
