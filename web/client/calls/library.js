// SPDX-License-Identifier: AGPL-3.0-or-later
// SIP.js as far as it is used, and how it is got: when calls begin to be of use, never while the page is being shown. It is fetched
// when the project is built (dist/vendor), and is not ours to check the types of.

/**
 * @typedef {{ user?: string, host: string }} Uri
 * @typedef {{ getHeader: (name: string) => string | undefined, statusCode?: number, body?: string }} Message
 * @typedef {{ message: Message }} Response
 * @typedef {{ addListener: (listener: (state: any) => void) => void }} Emitter
 *
 * @typedef {{ onAccept?: (response: Response) => void, onReject?: (response: Response) => void, onProgress?: (response: Response) => void }} Delegate
 * @typedef {{ requestDelegate?: Delegate, sessionDescriptionHandlerOptions?: { restart?: boolean }, extraHeaders?: string[] }} Options
 *
 * `cancel` is of calls that we place, `accept` and `reject` of those that come.
 * @typedef {{
 *   state: 'Initial' | 'Establishing' | 'Established' | 'Terminating' | 'Terminated', stateChange: Emitter, delegate?: object,
 *   invite: (options?: Options) => Promise<unknown>, bye: (options?: object) => Promise<unknown>, cancel: () => Promise<void>,
 *   accept: (options?: Options) => Promise<void>, reject: (options?: { statusCode: number }) => Promise<void>,
 *   remoteIdentity: { uri: Uri }, body?: string, request: Message
 * }} SipSession
 *
 * @typedef {{ state: 'Initial' | 'Registered' | 'Unregistered' | 'Terminated', stateChange: Emitter, register: (options?: Options) => Promise<unknown>,
 *   unregister: () => Promise<unknown>, waiting: boolean, dispose: () => Promise<void> }} Registerer
 * @typedef {{
 *   start: () => Promise<void>, stop: () => Promise<void>, configuration: Record<string, unknown>, isConnected: () => boolean,
 *   transport: { connect: () => Promise<void>, disconnect: () => Promise<void>, state: string }, delegate: object
 * }} UserAgent
 *
 * @typedef {{
 *   UserAgent: { new (options: object): UserAgent, makeURI: (uri: string) => Uri | undefined },
 *   Registerer: new (agent: UserAgent, options: object) => Registerer,
 *   Inviter: new (agent: UserAgent, target: Uri, options?: object) => SipSession
 * }} Library
 */

/** @type {Promise<Library> | null} */
let loading = null;

/**
 * @param {string} address where it lies
 * @returns {Promise<Library>} rejects if it cannot be had; another call tries again
 */
export function library(address) {
  loading ??= import(address).then((module) => module.default, (error) => {
    loading = null;
    throw error;
  });
  return loading;
}
