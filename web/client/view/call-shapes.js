// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file What the views read and ask for about calls. Types only.
 */

/**
 * @typedef {import('../model/calls.js').Call} Call
 * @typedef {import('../model/calls.js').HistoryCall} HistoryCall
 *
 * @typedef {{id: string, label: string}} Device
 * @typedef {{microphone: string|null, camera: string|null, speaker: string|null}} Chosen
 *
 * @typedef {object} Devices
 * @property {() => Promise<{microphones: readonly Device[], cameras: readonly Device[], speakers: readonly Device[]}>} list
 * @property {Chosen} chosen
 * @property {(chosen: Partial<Chosen>) => unknown} choose
 * @property {() => Promise<{level: () => number, stop: () => void}>} check opens the microphone; level from 0 to 1
 * @property {(what: 'changed', heard: () => void) => (() => void)} on
 *
 * @typedef {object} CallCommands
 * @property {string} tab this tab, as calls name it
 * @property {Devices} devices
 * @property {(id: string) => {local: MediaStream|null, remote: MediaStream|null}|null} media null in other tabs
 * @property {(what: 'media', heard: (value: any) => void) => (() => void)} on
 * @property {(address: string, how: {video: boolean}) => Promise<string>} call
 * @property {(id: string, how: {video: boolean}) => Promise<unknown>} answerCall
 * @property {(id: string) => Promise<unknown>} declineCall
 * @property {(id: string) => Promise<unknown>} hangUp
 * @property {(id: string, on: boolean) => Promise<unknown>} mute
 * @property {(id: string, on: boolean) => Promise<unknown>} camera
 * @property {(id: string, on: boolean) => Promise<unknown>} hold
 * @property {(id: string, key: string) => Promise<unknown>} tone
 * @property {(id: string) => Promise<unknown>} dismissCall
 * @property {() => Promise<unknown>} history asks for the list
 * @property {() => Promise<unknown>} clearHistory
 */

export {};
