// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file The pictures of a call: theirs as large as there is room, one's own in a corner. Sound does not come from here.
 */

import { h } from './dom.js';
import { avatar } from './pieces.js';

export class CallStage {
  /** @param {import('./context.js').Context} context */
  constructor({ words }) {
    this.remote = h('video', { class: 'stage__remote', autoplay: true, playsinline: true, hidden: true, 'aria-label': words('call_video_theirs'), data: { test: 'remote-video' } });
    this.local = h('video', { class: 'stage__local', autoplay: true, playsinline: true, hidden: true, 'aria-label': words('call_video_mine'), data: { test: 'local-video' } });
    // Sound comes from an element that stays when this one goes; one's own voice from nowhere.
    this.remote.muted = true;
    this.local.muted = true;
    this.face = h('div', { class: 'stage__face' });
    this.element = h('div', { class: 'stage' }, this.face, this.remote, this.local);
    this.shown = '';
  }

  /**
   * @param {import('./call-shapes.js').Call} call
   * @param {{local: MediaStream|null, remote: MediaStream|null}|null} media
   */
  update(call, media) {
    if (this.shown !== call.address) {
      this.shown = call.address;
      this.face.replaceChildren(avatar(call, 'avatar--call'));
    }
    const isOn = call.phase !== 'ended';
    const sees = isOn && call.seesVideo && !call.heldByThem && !call.onHold;
    const shows = isOn && call.sendsVideo;
    attach(this.remote, sees ? media?.remote ?? null : null);
    attach(this.local, shows ? media?.local ?? null : null);
    this.face.hidden = !this.remote.hidden;
    this.element.classList.toggle('stage--video', !this.remote.hidden || !this.local.hidden);
  }

  stop() {
    attach(this.remote, null);
    attach(this.local, null);
  }
}

/**
 * Lets an element play a stream, and only touches it when that is another one.
 * @param {HTMLMediaElement} element
 * @param {MediaStream|null} stream
 * @returns {Promise<boolean>} whether the browser lets it play
 */
export async function attach(element, stream) {
  if (element instanceof HTMLVideoElement) element.hidden = stream === null;
  if (element.srcObject === stream) return true;
  element.srcObject = stream;
  if (!stream) return true;
  try {
    await element.play();
    return true;
  } catch (error) {
    // Another stream has come meanwhile: that is no refusal.
    return /** @type {{name?: unknown}|null} */ (error)?.name !== 'NotAllowedError';
  }
}
