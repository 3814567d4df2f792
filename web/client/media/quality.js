// SPDX-License-Identifier: AGPL-3.0-or-later
// How good a call sounds, from what the browser counts (getStats).
//
// The judgement is the E-model's (ITU-T G.107) in the short form that delay and loss leave of it, with the codec values of G.711 with
// concealment of losses (ITU-T G.113 appendix I: Ie 0, Bpl 25.1), to which Opus is at least equal:
//   R = 93.2 - Id - Ie_eff;  Id = 0.024 d + 0.11 (d - 177.3) if d > 177.3;  Ie_eff = 95 * loss / (loss + 25.1), loss in percent.
// d is the delay from mouth to ear in milliseconds: half of the round trip, and what the jitter buffer adds.
// ITU-T G.109 calls R >= 80 "satisfied" and R < 60 "nearly all users dissatisfied".

/** @typedef {'good' | 'poor' | 'bad'} Quality */
/**
 * Counters since the call began, of all that is heard.
 * @typedef {object} Sample
 * @property {number} at ms
 * @property {number} received packets
 * @property {number} lost packets on the way to us
 * @property {number} theirLoss 0..1: what they last said they lose of what we send
 * @property {number} roundTrip s
 * @property {number} buffered s, the sum over all emitted samples
 * @property {number} emitted samples
 * @property {number} answers to the browser's own checks whether the other end is there (RFC 7675)
 * @property {string} from which of our addresses it goes
 */

export const limits = {
  /** R below which some are dissatisfied, and nearly all are. */
  poor: 80,
  bad: 60,
  /** Part of the packets: speech falls apart, whatever the model says. */
  badLoss: 0.1,
  /** ms without any packet: the other side is not heard at all. */
  silence: 3000,
};

/**
 * @param {Iterable<any>} report what RTCPeerConnection.getStats has given, its values
 * @param {number} at ms
 * @returns {Sample}
 */
export function sample(report, at) {
  /** @type {Map<string, string>} */
  const addresses = new Map();
  /** @type {Set<string>} */
  const used = new Set();
  const found = { at, received: 0, lost: 0, theirLoss: 0, roundTrip: 0, buffered: 0, emitted: 0, answers: 0, from: '' };
  for (const one of report) {
    if (one.type === 'inbound-rtp' && one.kind === 'audio') {
      found.received += number(one.packetsReceived);
      found.lost += Math.max(0, number(one.packetsLost)); // duplicates can make it negative (RFC 3550 section 6.4.1)
      found.buffered += number(one.jitterBufferDelay);
      found.emitted += number(one.jitterBufferEmittedCount);
    } else if (one.type === 'remote-inbound-rtp' && one.kind === 'audio') {
      found.theirLoss = Math.max(found.theirLoss, number(one.fractionLost));
    } else if (one.type === 'candidate-pair') {
      found.answers += number(one.responsesReceived);
      if (one.nominated === true && one.state === 'succeeded') {
        found.roundTrip = Math.max(found.roundTrip, number(one.currentRoundTripTime));
        used.add(String(one.localCandidateId));
      }
    } else if (one.type === 'local-candidate') {
      addresses.set(one.id, String(one.address ?? ''));
    }
  }
  found.from = [...new Set([...used].map((id) => addresses.get(id) ?? ''))].sort().join(' ');
  return found;
}

/**
 * How it was between two samples.
 * @param {Sample} before
 * @param {Sample} now
 * @param {number} [silentFor] ms since the last packet came
 * @returns {Quality}
 */
export function judge(before, now, silentFor = 0) {
  if (silentFor >= limits.silence) return 'bad';
  const received = Math.max(0, now.received - before.received);
  const lost = Math.max(0, now.lost - before.lost);
  const ourLoss = received + lost === 0 ? 0 : lost / (received + lost);
  const loss = Math.max(ourLoss, Math.min(1, now.theirLoss));
  const emitted = now.emitted - before.emitted;
  const buffer = emitted > 0 ? Math.max(0, (now.buffered - before.buffered) / emitted) : 0;
  const rating = rate(loss, (now.roundTrip / 2 + buffer) * 1000);
  if (loss >= limits.badLoss || rating < limits.bad) return 'bad';
  return rating < limits.poor ? 'poor' : 'good';
}

/**
 * The E-model's R, 0 to 93.2.
 * @param {number} loss 0..1
 * @param {number} delay ms, one way
 */
export function rate(loss, delay) {
  const percent = loss * 100;
  const late = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0);
  return Math.max(0, 93.2 - late - (95 * percent) / (percent + 25.1));
}

/** @param {unknown} value */
function number(value) {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
