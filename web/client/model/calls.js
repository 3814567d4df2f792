// SPDX-License-Identifier: AGPL-3.0-or-later
// Calls as they are shown, and the one way in which each changes: `callAfter(call, news)`. Whatever comes in whatever order, a call
// goes forwards only, and one that has ended stays as it is; a word that does not fit where the call stands changes nothing.

/**
 * Why a call ended, or never began. Each has one sentence in the words of the client, `call_reason_…`.
 * @typedef {'hung-up' | 'they-hung-up' | 'declined' | 'busy' | 'unavailable' | 'no-answer' | 'cancelled' | 'missed' | 'answered-elsewhere'
 *   | 'declined-elsewhere' | 'denied' | 'no-microphone' | 'in-use' | 'no-camera' | 'offline' | 'network' | 'no-path' | 'not-an-address' | 'emergency'
 *   | 'elsewhere-not-yet' | 'self' | 'no-common-media' | 'refused' | 'server' | 'signed-out' | 'tab-closed' | 'not-ready' | 'in-a-call'
 *   | 'no-chat' | 'far-server' | 'no-relay' | 'blocked'} Reason
 *
 * `off`: this member has no calls here. `ready`: calls can come and go.
 * @typedef {'off' | 'connecting' | 'ready' | 'offline'} Phone
 *
 * `preparing`: the microphone is asked for. `calling`: sent, and nothing heard. `connecting`: answered, no sound yet.
 * @typedef {'preparing' | 'calling' | 'ringing' | 'connecting' | 'talking' | 'reconnecting' | 'ended'} CallPhase
 *
 * `tab`: the id of the tab that has sound and picture. `wantsVideo`: the other side offers video. `sendsVideo`: we do. `seesVideo`: theirs
 * comes. `lacksMicrophone`: ours was unplugged in mid-call, and there is no other one. `lacksCamera`:
 * ours was to be on, and cannot be used. `isDirect`: the other side's app learns an address of this browser. `canAnswer`: false if
 * this one cannot take it. Times are ms since 1970.
 * @typedef {{
 *   id: string, address: string, name: string, direction: 'in' | 'out', kind: 'sip' | 'jingle', phase: CallPhase, tab: string | null,
 *   wantsVideo: boolean, sendsVideo: boolean, seesVideo: boolean, muted: boolean, onHold: boolean, heldByThem: boolean, lacksMicrophone: boolean,
 *   lacksCamera: boolean,
 *   quality: 'good' | 'poor' | 'bad' | null, at: number, answeredAt: number | null, endedAt: number | null, reason: Reason | null,
 *   isDirect?: boolean, canAnswer?: boolean
 * }} Call
 *
 * @typedef {Partial<Pick<Call, 'wantsVideo' | 'sendsVideo' | 'seesVideo' | 'muted' | 'onHold' | 'heldByThem' | 'lacksMicrophone' | 'lacksCamera' | 'quality' | 'name'>>} Detail
 *
 * What happens to a call. `preparing`: a tab's media is asked for. `unprepared`: it could not be had, so that it rings on.
 * `connected`, `lost`: of the media's path.
 * @typedef {{ is: 'preparing', tab: string } | { is: 'unprepared' } | { is: 'sent' } | { is: 'rings' } | { is: 'answered' } | { is: 'connected' }
 *   | { is: 'lost' } | { is: 'detail', detail: Detail } | { is: 'ended', reason: Reason }} News
 *
 * @typedef {{ id: string, address: string, name: string, direction: 'in' | 'out', at: number, seconds: number | null,
 *   outcome: 'answered' | 'missed' | 'unanswered' | 'declined' }} HistoryCall
 * @typedef {{ list: HistoryCall[], isLoaded: boolean }} History
 *
 * @typedef {{ phone: Phone, calls: Call[], history: History }} CallsState
 * @typedef {{ type: 'phone', phone: Phone } | { type: 'called', call: Call } | { type: 'callNews', id: string, news: News, at: number }
 *   | { type: 'callDismissed', id: string } | { type: 'callHistory', history: History }} CallsEvent
 */

/** @type {CallsState} */
export const noCalls = Object.freeze({ phone: 'off', calls: [], history: { list: [], isLoaded: false } });

/**
 * A call that has just begun. What is not said is as it is before anything has happened.
 * @param {Pick<Call, 'id' | 'address' | 'name' | 'direction' | 'at'> & Partial<Call>} what
 * @returns {Call}
 */
export function newCall(what) {
  return {
    kind: 'sip', phase: what.direction === 'in' ? 'ringing' : 'preparing', tab: null, wantsVideo: false, sendsVideo: false, seesVideo: false,
    muted: false, onHold: false, heldByThem: false, lacksMicrophone: false, lacksCamera: false, quality: null, answeredAt: null, endedAt: null, reason: null, isDirect: false, ...what,
  };
}

/**
 * @template {CallsState} State
 * @param {State} state
 * @param {CallsEvent} event
 * @returns {State}
 */
export function applyCalls(state, event) {
  switch (event.type) {
    case 'phone':
      return event.phone === state.phone ? state : { ...state, phone: event.phone };
    case 'called':
      if (state.calls.some(({ id }) => id === event.call.id)) return state;
      // Those that are over have been seen; another call is what counts now.
      return { ...state, calls: [event.call, ...state.calls.filter(isLive)] };
    case 'callNews':
      return changed(state, event.id, (call) => callAfter(call, event.news, event.at));
    case 'callDismissed':
      return state.calls.some((call) => call.id === event.id && !isLive(call))
        ? { ...state, calls: state.calls.filter(({ id }) => id !== event.id) } : state;
    case 'callHistory':
      return { ...state, history: event.history };
  }
}

/**
 * @template {CallsState} State
 * @param {State} state
 * @param {string} id
 * @param {(call: Call) => Call} change
 * @returns {State}
 */
function changed(state, id, change) {
  const at = state.calls.findIndex((call) => call.id === id);
  if (at < 0) return state;
  const next = change(state.calls[at]);
  return next === state.calls[at] ? state : { ...state, calls: state.calls.map((call, index) => (index === at ? next : call)) };
}

/** In which phases each word means something; `ended` is heard in all but the last. */
const fits = /** @type {const} */ ({
  sent: ['preparing'], rings: ['calling'], answered: ['preparing', 'calling', 'ringing'], connected: ['connecting', 'reconnecting'], lost: ['talking'],
});

/**
 * @param {Call} call
 * @param {News} news
 * @param {number} at ms since 1970
 * @returns {Call}
 */
export function callAfter(call, news, at) {
  const { phase, direction } = call;
  if (phase === 'ended') return call;
  switch (news.is) {
    case 'ended':
      return { ...call, phase: 'ended', reason: news.reason, endedAt: at, seesVideo: false, sendsVideo: false };
    case 'detail':
      return differs(call, news.detail) ? { ...call, ...news.detail } : call;
    case 'preparing':
      if (direction === 'in' ? phase !== 'ringing' : phase !== 'preparing' || call.tab !== null) return call;
      return { ...call, phase: 'preparing', tab: news.tab };
    case 'unprepared':
      return direction === 'in' && phase === 'preparing' ? { ...call, phase: 'ringing', tab: null } : call;
    default:
      if (!(/** @type {readonly CallPhase[]} */ (fits[news.is])).includes(phase)) return call;
  }
  // An incoming call that was not taken up in a tab has nothing to be connected with, and we send nothing for it.
  if (direction === 'in' && (news.is === 'sent' || news.is === 'rings' || (news.is === 'answered' && phase !== 'preparing'))) return call;
  if (news.is === 'sent') return { ...call, phase: 'calling' };
  if (news.is === 'rings') return { ...call, phase: 'ringing' };
  if (news.is === 'answered') return { ...call, phase: 'connecting', answeredAt: at };
  return { ...call, phase: news.is === 'connected' ? 'talking' : 'reconnecting' };
}

/**
 * @param {Call} call
 * @param {Detail} detail
 */
function differs(call, detail) {
  return Object.entries(detail).some(([name, value]) => /** @type {any} */ (call)[name] !== value);
}

/** @param {Call} call */
export function isLive(call) {
  return call.phase !== 'ended';
}

/**
 * The call that the member is in: not one that rings here and was not taken up.
 * @param {CallsState} state
 * @returns {Call | null}
 */
export function callInHand(state) {
  return state.calls.find((call) => isLive(call) && (call.direction === 'out' || call.phase !== 'ringing')) ?? null;
}

/**
 * How many calls ring here.
 * @param {CallsState} state
 */
export function ringing(state) {
  return state.calls.filter((call) => call.direction === 'in' && call.phase === 'ringing').length;
}
