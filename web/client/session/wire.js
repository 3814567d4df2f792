// SPDX-License-Identifier: AGPL-3.0-or-later
// What the parts of the leading tab share: the state, the stream, the archive.

/** @typedef {import('../xmpp/xml.js').Tree} Tree */

/**
 * `emit`: applies events here and in the other tabs. `send` and `ask` are of use while online only: what is not to be lost goes
 * through the outbox.
 * @typedef {{
 *   readonly state: import('../model/state.js').State, emit: (events: import('../model/state.js').Event[]) => void,
 *   send: (tree: Tree) => void, ask: (tree: Tree) => Promise<Tree>, readonly isOnline: boolean,
 *   context: () => import('../model/incoming.js').Context, archive: import('./archive.js').Archive, me: string
 * }} Wire
 */

export {};
