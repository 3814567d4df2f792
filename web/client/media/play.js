// SPDX-License-Identifier: AGPL-3.0-or-later
// Lets an <audio> or <video> play a call, at the chosen speaker, within what browsers allow.

/**
 * @param {HTMLMediaElement} element
 * @param {MediaStream | null} stream null: nothing more
 * @param {string | null} [speaker] id; null: as the browser likes
 * @returns {Promise<'playing' | 'blocked' | 'stopped'>} `blocked`: the browser wants the page to be touched first; call again from a click
 */
export async function play(element, stream, speaker = null) {
  if (element.srcObject !== stream) element.srcObject = stream;
  if (!stream) {
    element.pause();
    return 'stopped';
  }
  await setSpeaker(element, speaker);
  try {
    await element.play();
    return 'playing';
  } catch (error) {
    return error instanceof DOMException && error.name === 'NotAllowedError' ? 'blocked' : 'stopped'; // stopped: something else is to be played now
  }
}

/**
 * A speaker that is gone is no reason for silence: the browser's own is used then.
 * @param {HTMLMediaElement} element
 * @param {string | null} speaker
 */
async function setSpeaker(element, speaker) {
  const sink = /** @type {HTMLMediaElement & { sinkId?: string, setSinkId?: (id: string) => Promise<void> }} */ (element);
  if (!sink.setSinkId || sink.sinkId === (speaker ?? '')) return;
  try {
    await sink.setSinkId(speaker ?? '');
  } catch {
    await sink.setSinkId('').catch(() => {});
  }
}
