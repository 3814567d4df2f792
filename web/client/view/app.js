// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file The client's views, put together: which of them is to be seen, and what keys do everywhere.
 */

import { openDeviceCheck } from './call-check.js';
import { callSoon } from './call-place.js';
import { CallsView } from './calls.js';
import { forgetDrafts } from './composer.js';
import { ConversationView } from './conversation.js';
import { h, paced, set } from './dom.js';
import { icon } from './icons.js';
import { ListView } from './list.js';
import { openNewChat } from './new-chat.js';
import { notificationItems } from './notifications.js';
import { iconButton, panelCloser } from './pieces.js';
import { menuButton } from './popup.js';
import { RequestsView } from './requests.js';
import { SearchField } from './search.js';
import { StartView } from './start.js';
import { StatusLine } from './status.js';
import { localeOf } from './times.js';
import { counted, errorWords, wordsFrom } from './words.js';

/**
 * @typedef {import('./shapes.js').Session} Session
 * @typedef {import('./shapes.js').Page} Page
 * @typedef {import('./context.js').Context} Context
 */

/** @type {Page} */
const ALONE = { framed: false, home: '', calls: false, close: () => {}, hide: () => {} };

/** How long something said in passing stands there, in milliseconds. */
const PASSING = 6000;

/** How long a conversation that is not here yet is waited for, in milliseconds. */
const PATIENCE = 10000;

/** In these there are conversations to be seen. */
const WITH_CONVERSATIONS = new Set(['connecting', 'online', 'offline']);

/**
 * Puts the client into an element and keeps it in step with the session.
 * @param {HTMLElement} root
 * @param {Session} session
 * @param {Readonly<Record<string, string>>} catalogue the section `client`
 * @param {Page} [page]
 * @returns {{show: (address: string, key?: string) => void, failed: (error: unknown) => void, call: (address: string) => Promise<void>, stop: () => void}}
 */
export function mount(root, session, catalogue, page = ALONE) {
  const words = wordsFrom(catalogue);
  const passing = h('div', { class: 'passing', role: 'status' });
  let passes = /** @type {ReturnType<typeof setTimeout>|undefined} */ (undefined);
  let pane = /** @type {'list'|'conversation'|'requests'|'call'|'history'} */ ('list');
  let open = /** @type {string|null} */ (null);
  let wanted = /** @type {string|undefined} */ (undefined);
  let wantedAt = 0;
  let isOver = false;
  let conversation = /** @type {ConversationView|null} */ (null);

  /** @type {Context} */
  const context = {
    session, page, words, accepted: new Set(),
    locale: () => localeOf(document.documentElement.lang, navigator.language),
    now: () => Date.now(),
    show, turn,
    tell: (text) => {
      clearTimeout(passes);
      passing.replaceChildren(h('p', { class: 'passing__line', text }));
      passes = setTimeout(() => passing.replaceChildren(), PASSING);
    },
    failed: (error) => context.tell(errorWords(words, error)),
  };

  const begin = () => openNewChat(context);
  const list = new ListView(context, begin);
  const search = new SearchField(context, (searching) => {
    list.element.hidden = searching;
  });
  const requests = new RequestsView(context);
  const start = new StartView(context);
  const status = new StatusLine(context);
  const newChat = iconButton('plus', words('new_chat'), begin, { data: { test: 'new-chat' } });
  const menu = menuButton(words('menu'), () => [
    ...callItems(),
    { label: words('menu_people'), picture: 'group', href: '/people' },
    { label: words('menu_privacy'), picture: 'eyeOff', href: '/privacy' },
    { label: words('menu_devices'), picture: 'settings', href: '/devices' },
    ...notificationItems(context),
    ...(page.framed ? [{ label: words('menu_tab'), picture: /** @type {const} */ ('tab'), href: '/client' }, { label: words('hide'), picture: /** @type {const} */ ('close'), act: () => page.hide() }] : []),
    { label: words('menu_sign_out'), picture: 'signOut', act: () => session.signOut().catch(context.failed), danger: true },
  ], 'menu');
  // While there is no menu yet.
  const tab = page.framed && h('a', { class: 'icon-button', href: '/client', target: '_blank', rel: 'noopener', 'aria-label': words('menu_tab'), title: words('menu_tab') }, icon('tab'));
  const bar = h('div', { class: 'bar' }, icon('chat'), h('span', { class: 'bar__title', 'aria-hidden': 'true', text: words('title') }), newChat, menu, tab, panelCloser(context));
  const side = h('div', { class: 'side' }, bar, status.element, search.element, search.results, list.element);
  const nothing = h('div', { class: 'nothing' }, icon('chat', 'empty__icon'), h('p', { text: words('nothing_open') }));
  const calls = new CallsView(context, () => heard());
  const main = h('div', { class: 'main' }, nothing, requests.element, calls.history.element, calls.panel.element);
  const both = h('div', { class: 'panes' }, side, main);
  const lone = h('div', { class: 'lone' }, start.element);
  const app = h('main', { class: 'app' }, h('h1', { class: 'visually-hidden', text: words('title') }), calls.bar.element, both, lone, passing, calls.live, calls.sound.element);
  root.replaceChildren(app);

  /** @param {string} address @param {string} [key] */
  function show(address, key) {
    wanted = key;
    wantedAt = performance.now();
    pane = 'conversation';
    if (open !== address) {
      open = address;
      drop();
      session.open(address).catch(() => {}); // the view of it shows what is missing
    } else if (key) {
      conversation?.messages.reveal(key);
      wanted = undefined;
    }
    render();
    conversation?.focus();
  }

  /** @returns {import('./popup.js').MenuItem[]} */
  function callItems() {
    if (session.state.phone === 'off') return page.calls ? [{ label: words('menu_calls_off'), picture: 'phone', href: '/settings' }] : [];
    return [
      { label: words('menu_calls'), picture: 'phone', act: () => turn('history') },
      { label: words('menu_call_devices'), picture: 'microphone', act: () => void openDeviceCheck(context) },
    ];
  }

  /** @param {'list'|'requests'|'search'|'call'|'history'} where */
  function turn(where) {
    const from = open;
    const alone = where === 'requests' || where === 'call' || where === 'history';
    if (pane === 'conversation' || alone) {
      drop();
      open = null;
      session.close().catch(() => {});
    }
    pane = alone ? where : 'list';
    if (where === 'history') calls.history.opened();
    render();
    if (where === 'requests') requests.focus();
    else if (where === 'history') calls.history.focus();
    else if (where === 'call') calls.panel.focus();
    else if (where === 'search') search.input.focus();
    else focusList(from);
  }

  /** To the conversation with whom the call was, if there is one. */
  function leaveCall() {
    const address = calls.call?.address ?? '';
    const isKnown = Object.hasOwn(session.state.conversations, address);
    pane = isKnown ? 'conversation' : 'list';
    if (!isKnown) return;
    open = address;
    wantedAt = performance.now();
    session.open(address).catch(() => {});
  }

  /** @param {string|null} address */
  function focusList(address) {
    const entries = /** @type {HTMLElement[]} */ ([...list.items.querySelectorAll('.entry')]);
    const entry = entries.find((one) => one.dataset.address === address) ?? entries.find((one) => one.tabIndex === 0);
    (entry ?? newChat).focus();
  }

  function drop() {
    conversation?.stop();
    conversation?.element.remove();
    conversation = null;
  }

  function render() {
    if (isOver) return;
    const { state } = session;
    const talking = WITH_CONVERSATIONS.has(state.phase) && (state.phase !== 'connecting' || state.isListed || state.order.length > 0 || state.me !== null);
    const hadFocus = app.contains(document.activeElement);
    const which = talking ? 'talking' : 'start';
    const turned = app.dataset.which !== which;
    set(app, 'data-which', which);
    both.hidden = !talking;
    lone.hidden = talking;
    // The title, the way out and the status stay in sight on the start page too.
    if (turned) {
      const focused = document.activeElement;
      (talking ? side : lone).prepend(bar, status.element);
      // What is moved loses it.
      if (focused instanceof HTMLElement && bar.contains(focused)) focused.focus();
    }
    newChat.hidden = !talking;
    menu.hidden = !talking;
    if (tab) tab.hidden = talking;
    status.update(state);
    // What is over and put away leaves the way to where one came from.
    let quietly = false;
    if (pane === 'call' && !calls.has(state)) {
      quietly = !calls.panel.element.contains(document.activeElement);
      leaveCall();
    }
    calls.update(state, talking && pane === 'call');
    if (!talking) {
      set(app, 'data-pane', 'list');
      if (state.phase === 'ended') forgetDrafts();
      start.update(state);
      if (turned && hadFocus) start.focus();
      return;
    }
    list.update(state, open);
    requests.element.hidden = pane !== 'requests';
    if (pane === 'requests') requests.update(state);
    calls.history.element.hidden = pane !== 'history';
    if (pane === 'history') calls.history.update(state);
    calls.panel.element.hidden = pane !== 'call';
    const one = open !== null && Object.hasOwn(state.conversations, open) ? state.conversations[open] : null;
    // What is to be shown may still be on its way; after a while nobody waits for it any more.
    if (!one && pane === 'conversation' && (conversation || performance.now() - wantedAt > PATIENCE)) {
      open = null;
      pane = 'list';
    }
    set(app, 'data-pane', one || pane !== 'conversation' ? pane : 'list');
    if (one && conversation?.address === one.address) {
      conversation.update(one);
    } else if (one) {
      drop();
      conversation = new ConversationView(context, one, state);
      main.append(conversation.element);
      conversation.placed(wanted);
      wanted = undefined;
      if (!quietly) conversation.focus();
    } else if (conversation) {
      drop();
    }
    nothing.hidden = pane === 'requests' || pane === 'call' || pane === 'history' || conversation !== null;
    if (!page.framed) document.title = state.unread > 0 ? counted(words, 'title_unread', state.unread) : words('title');
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === 'Escape') {
      if (pane !== 'list') turn('list');
      else if (page.framed) page.close();
    } else if (event.key === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && !both.hidden) {
      event.preventDefault();
      turn('search');
    }
  }

  const seen = () => conversation?.seen();
  const heard = paced(render);
  const stopHearing = session.subscribe(heard);
  const hourly = setInterval(heard, 60000);
  app.addEventListener('keydown', pressed);
  document.addEventListener('visibilitychange', seen);
  addEventListener('focus', seen);
  render();
  return {
    show,
    failed: context.failed,
    call: (address) => callSoon(context, address),
    stop: () => {
      isOver = true;
      stopHearing();
      clearInterval(hourly);
      drop();
      calls.stop();
      document.removeEventListener('visibilitychange', seen);
      removeEventListener('focus', seen);
      root.replaceChildren();
    },
  };
}
