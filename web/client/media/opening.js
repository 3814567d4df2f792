// SPDX-License-Identifier: AGPL-3.0-or-later
// To open a microphone takes a browser as long as to describe a call and to look for its addresses.

/**
 * Does both at once if the microphone may be used anyhow; else the member's leave comes first.
 * @param {Promise<unknown>} taken the microphone
 * @param {Promise<boolean> | false | undefined} isAllowed
 * @param {() => Promise<string>} describe
 * @returns {Promise<string>} SDP, when the microphone is there
 */
export async function whileOpening(taken, isAllowed, describe) {
  taken.catch(() => {}); // told below
  if (!await isAllowed) await taken;
  const [sdp] = await Promise.all([describe(), taken]);
  return sdp;
}
