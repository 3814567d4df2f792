// SPDX-License-Identifier: AGPL-3.0-or-later
// A device was unplugged in mid-call: another microphone takes over if there is one, and a picture ends.

/**
 * @param {import('./call-media.js').CallMedia} media
 * @param {'audio' | 'video'} kind
 * @throws {import('./failure.js').MediaError} there is no other microphone; the next one that is plugged in is taken
 */
export async function unplugged(media, kind) {
  const { local } = media;
  if (kind === 'video') {
    media.wantsCamera = false;
    await media.lines?.attach();
    media.know({ sendsVideo: false }, { error: 'no-camera', lacksCamera: true, streams: true, reoffer: true });
    return;
  }
  try {
    await local.take({ audio: true, video: false });
  } catch (error) {
    media.know({ lacksMicrophone: true }, { streams: true });
    local.whenPlugged(() => void (local.microphone || media.replace('audio').catch(() => {})));
    throw error;
  }
  await media.lines?.attach();
  media.know({ lacksMicrophone: false }, { streams: true });
}
