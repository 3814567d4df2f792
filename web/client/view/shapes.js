// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file What the views read and ask for. Types only.
 */

/**
 * @typedef {import('../model/state.js').State} State
 * @typedef {import('../model/state.js').Conversation} Conversation
 * @typedef {import('../model/state.js').Message} Message
 * @typedef {import('../model/state.js').Member} Member
 * @typedef {import('../model/state.js').Request} Request
 * @typedef {import('../model/state.js').Phase} Phase
 *
 * @typedef {{url: string, name?: string|null, type?: string|null, size?: number|null}} FileInfo `size` in bytes
 *
 * @typedef {'off'|'on'|'denied'|'unavailable'} Willing whether the desktop may tell of new messages
 *
 * Commands reject with `{code}`.
 * @typedef {ChatCommands & import('./call-shapes.js').CallCommands} Session
 *
 * @typedef {object} ChatCommands
 * @property {State} state
 * @property {(heard: () => void) => (() => void)} subscribe
 * @property {(address: string) => Promise<unknown>} open
 * @property {() => Promise<unknown>} close
 * @property {(address: string, text: string) => Promise<unknown>} send
 * @property {(address: string, key: string, text: string) => Promise<unknown>} correct
 * @property {(address: string, key: string) => Promise<unknown>} retry
 * @property {(address: string, key: string) => Promise<unknown>} discard
 * @property {(address: string, file: File, progress: (share: number) => void, signal?: AbortSignal) => Promise<unknown>} attach
 * @property {(address: string) => Promise<unknown>} older
 * @property {(address: string) => Promise<unknown>} read
 * @property {(address: string, typing: boolean) => Promise<unknown>} typing
 * @property {(text: string) => Promise<string>} start
 * @property {(name: string, addresses: string[]) => Promise<string>} createRoom
 * @property {(address: string) => Promise<unknown>} join
 * @property {(address: string) => Promise<unknown>} leave
 * @property {(room: string, address: string) => Promise<unknown>} invite
 * @property {(room: string, nick: string) => Promise<unknown>} remove
 * @property {(address: string, answer: 'accept'|'refuse') => Promise<unknown>} answer
 * @property {(address: string) => Promise<import('../session/asking.js').ContactPreview>} previewContact what they would learn; sends nothing
 * @property {(address: string) => Promise<unknown>} addContact asks them
 * @property {(text: string) => Promise<readonly {address: string, key: string, at: number, text: string}[]>} search
 * @property {() => Promise<unknown>} switchOn
 * @property {() => Promise<unknown>} needTicket
 * @property {() => Promise<unknown>} signOut
 * @property {{account: string}|null} [surroundings] the page around, and who is signed in there
 * @property {(url: string) => Promise<Blob>} [picture] fetches what can be nothing but a picture
 * @property {{readonly state: Willing, turnOn: () => Promise<Willing>, turnOff: () => Willing}} [notifications]
 *
 * What the client's surroundings can do for it.
 * @typedef {object} Page
 * @property {boolean} framed whether it stands in the Mastodon page, and not in a tab of its own
 * @property {string} home the origin of the home server
 * @property {() => void} close closes the panel that the client stands in
 * @property {boolean} calls whether this server has calls
 * @property {() => void} hide takes Chat out of the Mastodon page in this browser
 */

export {};
