// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether the media get through: what the browser says of it, what the network's changes mean, and when it is worth starting ICE again.
//
// A browser that has lost its address finds another way by itself, and is content: it is answered there. But our media relay sends to the
// address that it was told, until it is told another. So what was lost is back only when something has come through.

/** @typedef {'new' | 'connecting' | 'connected' | 'disconnected' | 'failed'} Connection */
/** @typedef {import('./edges.js').Edges} Edges */

export class Path {
  /**
   * @param {{ peer: RTCPeerConnection, edges: Edges, signal: AbortSignal, changed: (connection: Connection) => void }} edges
   *   `changed`: `disconnected` may be told again, each time that starting ICE again is worth while
   */
  constructor({ peer, edges, signal, changed }) {
    this.peer = peer;
    this.changed = changed;
    /** @type {Connection} */
    this.told = 'new';
    this.wasThere = false;
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
  }

  get isLost() {
    return this.told === 'disconnected';
  }

  look() {
    switch (this.peer.connectionState) {
      case 'connected':
        this.wasThere = true;
        if (!this.isLost) this.tell('connected');
        return;
      case 'connecting':
        if (!this.wasThere) this.tell('connecting');
        return;
      case 'disconnected': // the browser has waited for five seconds already
      case 'failed':
        if (this.wasThere) this.lost();
        else if (this.peer.connectionState === 'failed') this.tell('failed');
        return;
      default:
    }
  }

  lost() {
    this.told = 'disconnected';
    this.changed('disconnected');
  }

  /** Something has come through. */
  proved() {
    if (this.isLost && this.peer.connectionState === 'connected') this.tell('connected');
  }

  /** @param {Connection} connection */
  tell(connection) {
    if (this.told === connection) return;
    this.told = connection;
    this.changed(connection);
  }
}
