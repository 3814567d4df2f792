// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file What the views read and ask for about calls. Types only.
 */

/**
 * @typedef {'off'|'connecting'|'ready'|'offline'} Phone 'off': the member has no calls here
 * @typedef {'preparing'|'calling'|'ringing'|'connecting'|'talking'|'reconnecting'|'ended'} CallPhase
 *
 * @typedef {object} Call
 * @property {string} id
 * @property {string} address bare, in lower case
 * @property {string} name
 * @property {'in'|'out'} direction
 * @property {'sip'|'jingle'} kind 'jingle': from an app that calls another way
 * @property {CallPhase} phase
 * @property {string|null} tab which tab has microphone and sound
 * @property {boolean} wantsVideo they offer video
 * @property {boolean} sendsVideo
 * @property {boolean} seesVideo
 * @property {boolean} muted
 * @property {boolean} onHold by the member
 * @property {boolean} heldByThem
 * @property {'good'|'poor'|'bad'|null} quality
 * @property {number} at ms
 * @property {number|null} answeredAt ms
 * @property {number|null} endedAt ms
 * @property {string|null} reason why it ended, a code
 * @property {boolean} [canAnswer] whether this browser can take it; it can, unless this says no
 * @property {boolean} [isDirect] whether the two sides send to each other, and so learn each other's network address
 *
 * @typedef {object} HistoryCall
 * @property {string} id
 * @property {string} address
 * @property {string} name
 * @property {'in'|'out'} direction
 * @property {number} at ms
 * @property {number|null} seconds
 * @property {'answered'|'missed'|'unanswered'|'declined'} outcome
 *
 * @typedef {{phone: Phone, calls: readonly Call[], history: {list: readonly HistoryCall[], isLoaded: boolean}}} CallState
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
