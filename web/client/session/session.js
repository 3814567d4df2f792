// SPDX-License-Identifier: AGPL-3.0-or-later
// What the views use: the state, and what a member can do. The same object whether this tab leads or follows. Commands reject with
// `{ code }`.

import { Tab } from './tab.js';
import { picture } from './uploads.js';

/** @typedef {import('../model/state.js').State} State */
/** @typedef {import('../model/search.js').Hit} Hit */

export class Session extends Tab {
  /** How the page around looks; null in a tab of its own. */
  get surroundings() {
    return this.hello;
  }

  get isFramed() {
    return this.page.isAround;
  }

  /**
   * @param {(state: State) => void} watcher
   * @returns {() => void}
   */
  subscribe(watcher) {
    return this.board.subscribe(watcher);
  }

  /**
   * `open`: the page or a notification wants this conversation shown. `call`: the page wants this address called. `surroundings`: how the page looks has changed. `media`: the
   * streams of a call, whose id it is.
   * @param {'open' | 'call' | 'surroundings' | 'media'} what
   * @param {(value: any) => void} hearer
   * @returns {() => void}
   */
  on(what, hearer) {
    const hearers = this.hearers.get(what) ?? new Set();
    this.hearers.set(what, hearers.add(hearer));
    return () => void hearers.delete(hearer);
  }

  /**
   * This tab shows the conversation now.
   * @param {string} address
   */
  async open(address) {
    this.look({ open: address });
    await this.command('open', [address]);
  }

  /** This tab shows no conversation now. */
  async close() {
    this.look({ open: null });
  }

  /** The views are there, with a head and a way to close the panel in it. */
  drawn() {
    this.page.say({ type: 'drawn' });
  }

  /** The member closes the panel that the frame stands in. */
  closePanel() {
    this.look({ isVisible: false });
    this.page.say({ type: 'close' });
  }

  /** The member wants no Chat in this browser's page. */
  hide() {
    this.page.say({ type: 'hide' });
  }

  /** @param {string} address @param {string} text */
  send(address, text) {
    return this.command('send', [address, { id: crypto.randomUUID(), text }]);
  }

  /** @param {string} address @param {string} key @param {string} text */
  correct(address, key, text) {
    return this.command('correct', [address, { id: crypto.randomUUID(), key, text }]);
  }

  /** @param {string} address @param {string} key */
  retry(address, key) {
    return this.command('retry', [address, key]);
  }

  /** @param {string} address @param {string} key of a message that failed */
  discard(address, key) {
    return this.command('discard', [address, key]);
  }

  /** @param {string} address @param {File} file @param {(part: number) => void} [progress] from 0 to 1 @param {AbortSignal} [signal] */
  attach(address, file, progress, signal) {
    const id = crypto.randomUUID();
    signal?.addEventListener('abort', () => void this.command('cancel', [id]).catch(() => undefined));
    return this.command('attach', [address, { id, file }], progress);
  }

  /** @param {string} address */
  older(address) {
    return this.command('older', [address]);
  }

  /** @param {string} address */
  read(address) {
    return this.command('read', [address]);
  }

  /** @param {string} address @param {boolean} on */
  typing(address, on) {
    return this.command('typing', [address, on]);
  }

  /** @param {string} text @returns {Promise<string>} the address */
  start(text) {
    return this.command('start', [text]);
  }

  /** @param {string} name @param {string[]} addresses @returns {Promise<string>} the room */
  createRoom(name, addresses) {
    return this.command('createRoom', [name, addresses]);
  }

  /** @param {string} address */
  join(address) {
    return this.command('join', [address]);
  }

  /** @param {string} address */
  leave(address) {
    return this.command('leave', [address]);
  }

  /** @param {string} room @param {string} address */
  invite(room, address) {
    return this.command('invite', [room, address]);
  }

  /** @param {string} room @param {string} nick */
  remove(room, nick) {
    return this.command('remove', [room, nick]);
  }

  /** @param {string} address @param {'accept' | 'refuse'} answer */
  answer(address, answer) {
    return this.command('answer', [address, answer]);
  }

  /** @param {string} address @returns {Promise<import('./asking.js').ContactPreview>} what they would learn; nothing is sent */
  previewContact(address) {
    return this.command('previewContact', [address]);
  }

  /** @param {string} address who is asked to be a contact */
  addContact(address) {
    return this.command('addContact', [address]);
  }

  /** @param {string} text @returns {Promise<Hit[]>} */
  search(text) {
    return this.command('search', [text]);
  }

  // ---- calls ----

  /** This tab, as calls name the one that has their sound. */
  get tab() {
    return this.id;
  }

  get devices() {
    return this.calls.devices;
  }

  /**
   * Sound and picture of a call, if this tab has them.
   * @param {string} id
   */
  media(id) {
    return this.calls.desk.streams(id);
  }

  /** @param {string} address whom, as a member writes it @param {{ video?: boolean }} [how] @returns {Promise<string>} the call's id */
  async call(address, how) {
    await this.calls.claim();
    return this.command('call', [crypto.randomUUID(), address, { video: how?.video === true, tab: this.id }]);
  }

  /** @param {string} id @param {{ video?: boolean }} [how] */
  async answerCall(id, how) {
    await this.calls.claim();
    return this.command('answerCall', [id, { video: how?.video === true, tab: this.id }]);
  }

  /** @param {string} id */
  declineCall(id) {
    return this.command('declineCall', [id]);
  }

  /** @param {string} id */
  hangUp(id) {
    return this.command('hangUp', [id]);
  }

  /** @param {string} id @param {boolean} on */
  mute(id, on) {
    return this.command('mute', [id, on]);
  }

  /** @param {string} id @param {boolean} on */
  camera(id, on) {
    return this.command('camera', [id, on]);
  }

  /** @param {string} id @param {boolean} on */
  hold(id, on) {
    return this.command('hold', [id, on]);
  }

  /** @param {string} id @param {string} key 0 to 9, * or # */
  tone(id, key) {
    return this.command('tone', [id, key]);
  }

  /** @param {string} id */
  dismissCall(id) {
    return this.command('dismissCall', [id]);
  }

  /** Asks for the history of calls, which then is in the state. */
  history() {
    return this.command('history', []);
  }

  clearHistory() {
    return this.command('clearHistory', []);
  }

  /** @param {string} address */
  callBack(address) {
    return this.call(address);
  }

  switchOn() {
    return this.command('switchOn', []);
  }

  needTicket() {
    return this.command('needTicket', [this.isFramed]);
  }

  signOut() {
    return this.command('signOut', []);
  }

  /**
   * A picture that the member wants to see.
   * @param {string} url
   */
  picture(url) {
    return picture(url);
  }
}
