// SPDX-License-Identifier: AGPL-3.0-or-later
import { icon, make, say } from './dom.js';

/** The width from which the page has room beside its timeline; also in embed.css. */
const NARROW = '(max-width: 759px)';

/**
 * The panel with the chat client's frame: a column beside the timeline where there is room, else a dialog over all.
 *
 * The client draws a head of its own, with the way out. The panel's own stands there only while there is none: until the client
 * says that it has drawn itself, and again if the frame leads elsewhere.
 *
 * The frame is of another origin, which can read nothing of this page, and cannot lead it elsewhere (`sandbox`).
 */
export class Panel {
  /** @type {HTMLElement | null} */
  #opener = null;
  #narrow = matchMedia(NARROW);
  /** Documents that the frame has loaded, and those of them that have drawn a head. */
  #loads = 0;
  #heads = 0;

  /**
   * @param {{ words: Record<string, string>, language: string, direction: string, address: string }} options
   * @param {{ toggled: (isOpen: boolean) => void, lost: () => HTMLElement | undefined }} on `lost`: where the focus goes when
   *   what opened the panel is gone
   */
  constructor({ words, language, direction, address }, on) {
    this.on = on;
    this.frame = make('iframe', {
      class: 'trunkline-panel__frame', src: address, title: say(words, 'panel'), lang: language, referrerpolicy: 'no-referrer',
      // Its address is of one origin alone, which is whom these are given to.
      allow: 'microphone; camera; autoplay; speaker-selection; clipboard-write',
      sandbox: 'allow-scripts allow-same-origin allow-forms allow-modals allow-downloads allow-popups allow-popups-to-escape-sandbox',
    });
    const tab = {
      class: 'trunkline-panel__button', href: address, target: '_blank', rel: 'noopener', 'aria-label': say(words, 'own_tab'),
      title: say(words, 'own_tab'),
    };
    this.closer = make(
      'button', { type: 'button', class: 'trunkline-panel__button', 'aria-label': say(words, 'close'), title: say(words, 'close') },
      icon('close', ''));
    this.note = make('p', { class: 'trunkline-panel__note', role: 'status', lang: language, dir: direction }, say(words, 'loading'));
    this.away = make(
      'p', { class: 'trunkline-panel__note', role: 'alert', lang: language, dir: direction }, `${say(words, 'away')} `,
      make('a', { href: address, target: '_blank', rel: 'noopener' }, say(words, 'away_link')));
    this.head = make(
      'div', { class: 'trunkline-panel__header', lang: language },
      make('h2', { class: 'trunkline-panel__title' }, icon('chat', ''), say(words, 'panel')), make('a', tab, icon('tab', '')), this.closer);
    this.dialog = make(
      'dialog', { class: 'trunkline-panel', id: 'trunkline-panel', 'aria-label': say(words, 'panel'), 'data-trunkline': '' },
      this.head, this.note, this.frame);
    this.frame.addEventListener('load', () => {
      this.#loads += 1;
      this.#settleHead();
    });
    this.closer.addEventListener('click', () => this.close());
    this.dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      this.close();
    });
    this.dialog.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      this.close();
    });
    this.#narrow.addEventListener('change', () => {
      if (!this.dialog.open) return;
      this.dialog.close();
      this.#show();
    });
  }

  get isOpen() {
    return this.dialog.open;
  }

  /** Begins to load the frame, out of sight. */
  load() {
    document.body.append(this.dialog);
  }

  /** @param {HTMLElement} opener gets the focus back */
  open(opener) {
    this.#opener = opener;
    if (!this.dialog.isConnected) this.load();
    if (!this.dialog.open) {
      this.#show();
      this.on.toggled(true);
    }
    this.focus();
  }

  close() {
    if (!this.dialog.open) return;
    const hadFocus = this.dialog.contains(document.activeElement);
    this.dialog.close();
    this.on.toggled(false);
    // Who has gone elsewhere in the page meanwhile stays there.
    if (!hadFocus) return;
    const opener = this.#opener?.isConnected && this.#opener.getClientRects().length > 0 ? this.#opener : this.on.lost();
    opener?.focus();
  }

  /** To what the member wants to do: the client, if it is there. */
  focus() {
    if (this.note.isConnected || this.away.isConnected) this.closer.focus();
    else this.frame.focus();
  }

  /** @param {'loading' | 'ready' | 'away'} state */
  setState(state) {
    const hadFocus = this.dialog.contains(document.activeElement);
    this.note.remove();
    this.away.remove();
    if (state === 'loading') this.frame.before(this.note);
    if (state === 'away') this.frame.before(this.away);
    this.frame.hidden = state === 'away';
    if (hadFocus && this.dialog.open) this.focus();
  }

  /** The client has drawn itself, with a head of its own. */
  drawn() {
    this.#heads += 1;
    this.#settleHead();
  }

  /** Away for good. */
  remove() {
    this.close();
    this.dialog.remove();
  }

  #settleHead() {
    const hadFocus = this.head.contains(document.activeElement);
    this.head.hidden = this.#heads > 0 && this.#heads >= this.#loads;
    if (hadFocus && this.head.hidden) this.frame.focus();
  }

  #show() {
    if (this.#narrow.matches) this.dialog.showModal();
    else this.dialog.show();
  }
}
