// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether the media get through: what the browser says of it, what the network's changes mean, and when it is worth starting ICE again.

/** @typedef {'new' | 'connecting' | 'connected' | 'disconnected' | 'failed'} Connection */
/** @typedef {import('./edges.js').Edges} Edges */

/** ms that checks may fail before it counts: browsers notice a lost packet as soon as that, and most come back by themselves. */
export const patience = 3000;

export class Path {
  /**
   * @param {{ peer: RTCPeerConnection, edges: Edges, signal: AbortSignal, changed: (connection: Connection) => void }} edges
   *   `changed`: `disconnected` may be told again, each time that starting ICE again is worth while
   */
  constructor({ peer, edges, signal, changed }) {
    this.peer = peer;
    this.timers = edges.timers;
    this.changed = changed;
    /** @type {Connection} */
    this.told = 'new';
    this.wasThere = false;
    /** @type {unknown} */
    this.timer = null;
    this.networkType = edges.network?.type;
    const lost = () => this.wasThere && this.lost();
    peer.addEventListener('connectionstatechange', () => this.look(), { signal });
    edges.page.addEventListener('online', lost, { signal });
    edges.page.addEventListener('offline', lost, { signal });
    // It also tells of every estimate of speed: only another kind of network matters.
    edges.network?.addEventListener('change', () => {
      if (edges.network?.type === this.networkType) return;
      this.networkType = edges.network?.type;
      lost();
    }, { signal });
    signal.addEventListener('abort', () => this.stopWaiting(), { once: true });
  }

  look() {
    switch (this.peer.connectionState) {
      case 'connected':
        this.stopWaiting();
        this.wasThere = true;
        return this.tell('connected');
      case 'connecting':
        if (!this.wasThere) this.tell('connecting');
        return;
      case 'disconnected':
        this.timer ??= this.timers.set(() => this.lost(), patience);
        return;
      case 'failed':
        return this.wasThere ? this.lost() : this.tell('failed');
      default:
    }
  }

  lost() {
    this.stopWaiting();
    this.told = 'disconnected';
    this.changed('disconnected');
  }

  /** Something has come through since. The browser may never have noticed that it was lost, and so does not tell that it is back. */
  proved() {
    if (this.told === 'disconnected' && this.peer.connectionState === 'connected') this.tell('connected');
  }

  /** @param {Connection} connection */
  tell(connection) {
    if (this.told === connection) return;
    this.told = connection;
    this.changed(connection);
  }

  stopWaiting() {
    if (this.timer !== null) this.timers.clear(this.timer);
    this.timer = null;
  }
}
