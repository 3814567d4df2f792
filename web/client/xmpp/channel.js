// SPDX-License-Identifier: AGPL-3.0-or-later
// One WebSocket: frames as trees (RFC 7395).

import { NS } from './namespaces.js';
import { parse } from './parse.js';
import { el, serialize } from './xml.js';

/** @typedef {import('./xml.js').Tree} Tree */

/**
 * As much of a WebSocket as is used.
 * @typedef {object} WebSocketLike
 * @property {string} protocol
 * @property {(text: string) => void} send
 * @property {(code?: number) => void} close
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage with `data`
 * @property {((event: any) => void) | null} onclose
 */

/**
 * What is told. After `unreadable`, `lost` or `cut` nothing more is.
 * @typedef {object} Listener
 * @property {() => void} opened
 * @property {(tree: Tree) => void} heard
 * @property {() => void} unreadable a frame that is no XML; the server has been told
 * @property {() => void} lost
 */

export class Channel {
  /**
   * @param {WebSocketLike} socket
   * @param {Listener} listener
   * @param {(message: string) => void} log
   */
  constructor(socket, listener, log) {
    this.socket = socket;
    /** @type {Listener | null} */
    this.listener = listener;
    this.log = log;
    socket.onopen = () => {
      if (socket.protocol === 'xmpp') this.listener?.opened();
      else this.end()?.lost();
    };
    socket.onmessage = ({ data }) => this.read(data);
    socket.onclose = () => this.end()?.lost();
  }

  /** @param {Tree} tree */
  write(tree) {
    try {
      this.socket.send(serialize(tree));
    } catch {
      // It is not open any more, or not yet: its end will be told.
    }
  }

  /** Lets go of it, without a word. */
  cut() {
    this.end();
  }

  /** @param {unknown} data */
  read(data) {
    if (this.listener === null) return;
    let tree;
    try {
      tree = parse(/** @type {string} */ (data));
    } catch (error) {
      this.log(`the server sent what cannot be read: ${error instanceof Error ? error.message : 'unknown'}`);
      this.write(el('error', { xmlns: NS.streams }, el('not-well-formed', { xmlns: NS.streamErrors })));
      this.write(el('close', { xmlns: NS.framing }));
      this.end()?.unreadable();
      return;
    }
    this.listener.heard(tree);
  }

  /** @returns {Listener | null} who listened until now */
  end() {
    const { listener } = this;
    this.listener = null;
    try {
      if (listener !== null) this.socket.close(1000);
    } catch {
      // It was never open.
    }
    return listener;
  }
}
