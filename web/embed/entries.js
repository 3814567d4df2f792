// SPDX-License-Identifier: AGPL-3.0-or-later
import { icon, make, say } from './dom.js';

/**
 * “Chat” in the page's navigation: an item that looks like its neighbours, in the menu and in the bar of narrow screens.
 *
 * The page draws its navigation anew whenever it likes. So nothing is remembered of what was put there: each time it is
 * looked at what is missing, and clicks are heard for the whole document.
 */
export class Entries {
  /** @type {HTMLElement | null} */
  #floating = null;
  #unread = 0;
  #isRinging = false;
  /**
   * Says that somebody calls to who does not see the entry; the frame that rings may be out of sight.
   * @type {HTMLElement | null}
   */
  #said = null;
  #isOpen = false;
  /** Whether it leads to a tab of its own, because the panel cannot be shown. */
  isPlain = false;

  /** @param {{ words: Record<string, string>, language: string, address: string }} options `address`: of the client's page */
  constructor({ words, language, address }) {
    this.words = words;
    this.language = language;
    this.address = address;
  }

  /** Puts an entry wherever one is missing. @returns {boolean} whether the page has a place for it */
  place() {
    let places = 0;
    for (const menu of document.querySelectorAll('.navigation-panel__menu')) {
      places += 1;
      if (menu.querySelector('[data-trunkline-chat]')) continue;
      const link = this.#link('column-link column-link--transparent', 'column-link__icon', 'column-link__badge');
      const item = make('li', { 'data-trunkline': '' }, link);
      const neighbour = menu.querySelector(':scope > li > a[href="/notifications"]')?.parentElement;
      if (neighbour) neighbour.after(item);
      else menu.append(item);
    }
    for (const bar of document.querySelectorAll('.ui__navigation-bar__items')) {
      places += 1;
      if (bar.querySelector('[data-trunkline-chat]')) continue;
      const link = this.#link('ui__navigation-bar__item', '', 'trunkline-bar-badge');
      const neighbour = bar.querySelector(':scope > a[href="/notifications"]');
      if (neighbour) neighbour.after(link);
      else bar.append(link);
    }
    if (places > 0) this.#floating?.remove();
    return places > 0;
  }

  /** For a page in which nothing is where it was: a link of our own, in a corner. */
  float() {
    if (this.#floating?.isConnected) return;
    this.#floating = make(
      'a',
      { class: 'trunkline-link', href: this.address, target: '_blank', rel: 'noopener', lang: this.language, 'data-trunkline': '', 'data-trunkline-chat': 'tab' },
      icon('chat', ''), make('span', {}, say(this.words, 'chat_elsewhere')));
    document.body.append(this.#floating);
  }

  /** @param {number} count */
  setUnread(count) {
    this.#unread = count;
    this.#show();
  }

  /**
   * Somebody calls. The page opens nothing by itself: the entry is marked, and it is said.
   * @param {boolean} isRinging
   */
  setRinging(isRinging) {
    this.#isRinging = isRinging;
    this.#tell();
    this.#show();
  }

  /** Whoever looks at the panel sees it there. */
  #tell() {
    if (!this.#said && !this.#isRinging) return;
    if (!this.#said?.isConnected) {
      this.#said = make('p', { class: 'trunkline-said', role: 'status', lang: this.language, 'data-trunkline': '' });
      document.body.append(this.#said);
    }
    const text = this.#isRinging && !this.#isOpen ? say(this.words, 'ringing') : '';
    // The frame tells of it with every other news; what is written again is read out again.
    if (this.#said.textContent !== text) this.#said.textContent = text;
  }

  /** @param {boolean} isOpen */
  setOpen(isOpen) {
    this.#isOpen = isOpen;
    this.#tell();
    this.#show();
  }

  /** @param {boolean} isPlain */
  setPlain(isPlain) {
    this.isPlain = isPlain;
    this.#show();
  }

  /** What gets the focus back when the panel closes and whatever opened it is gone. @returns {HTMLElement | undefined} */
  visible() {
    return [...document.querySelectorAll('[data-trunkline-chat]')]
      .filter((link) => link instanceof HTMLElement)
      .map((link) => /** @type {HTMLElement} */ (link))
      .find((link) => link.getClientRects().length > 0);
  }

  /** @param {string} classes @param {string} iconClass @param {string} badgeClass */
  #link(classes, iconClass, badgeClass) {
    const link = make('a', { class: classes, href: this.address, 'data-trunkline-chat': '' });
    link.append(icon('chat', iconClass));
    if (iconClass) link.append(make('span', {}, say(this.words, 'chat')));
    link.append(make('span', { class: badgeClass, 'data-trunkline-badge': '', 'aria-hidden': 'true' }));
    this.#fill(link);
    return link;
  }

  #show() {
    for (const link of document.querySelectorAll('[data-trunkline-chat=""]')) this.#fill(link);
  }

  /** @param {Element} link */
  #fill(link) {
    const badge = link.querySelector('[data-trunkline-badge]');
    if (badge instanceof HTMLElement) {
      badge.hidden = this.#unread === 0 && !this.#isRinging;
      if (!this.#isRinging) badge.textContent = this.#unread > 99 ? '99+' : String(this.#unread);
      else if (!badge.querySelector('svg')) badge.replaceChildren(icon('call', 'trunkline-ringing'));
    }
    const count = String(this.#unread);
    const name = this.isPlain
      ? say(this.words, 'chat_elsewhere')
      : this.#isRinging ? say(this.words, 'chat_ringing')
      : this.#unread === 0 ? say(this.words, 'chat') : say(this.words, this.#unread === 1 ? 'chat_unread_one' : 'chat_unread_many', { count });
    link.setAttribute('aria-label', name);
    link.setAttribute('lang', this.language);
    if (this.isPlain) {
      link.setAttribute('target', '_blank');
      link.setAttribute('rel', 'noopener');
      link.removeAttribute('aria-expanded');
    } else {
      link.removeAttribute('target');
      link.setAttribute('aria-expanded', String(this.#isOpen));
    }
  }
}
