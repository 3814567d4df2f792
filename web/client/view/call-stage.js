// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file The pictures of a call: theirs as large as there is room, one's own in a corner. Sound does not come from here.
 */

import { play } from '../media/play.js';
import { fill, h } from './dom.js';
import { avatar } from './pieces.js';

export class CallStage {
  /** @param {import('./context.js').Context} context */
  constructor({ words }) {
    this.remote = h('video', { class: 'stage__remote', autoplay: true, playsinline: true, hidden: true, 'aria-label': words('call_video_theirs'), data: { test: 'remote-video' } });
    this.local = h('video', { class: 'stage__local', autoplay: true, playsinline: true, hidden: true, 'aria-label': words('call_video_mine'), data: { test: 'local-video' } });
    // Sound comes from an element that stays when this one goes; one's own voice from nowhere.
    this.remote.muted = true;
    this.local.muted = true;
    this.picture = h('div', { class: 'stage__picture' });
    this.caption = h('p', { class: 'stage__caption' });
    this.face = h('div', { class: 'stage__face' }, this.picture, this.caption);
    this.element = h('div', { class: 'stage' }, this.face, this.remote, this.local);
    this.shown = '';
  }

  /**
   * @param {import('./call-shapes.js').Call} call
   * @param {{local: MediaStream|null, remote: MediaStream|null}|null} media
   * @param {import('./dom.js').Child[]} caption how far the call has come
   */
  update(call, media, caption) {
    fill(this.caption, ...caption);
    if (this.shown !== call.address) {
      this.shown = call.address;
      fill(this.picture, avatar(call, 'avatar--call'));
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
 * Lets a picture show a stream, and only touches it when that is another one.
 * @param {HTMLVideoElement} element
 * @param {MediaStream|null} stream
 */
function attach(element, stream) {
  element.hidden = stream === null;
  if (element.srcObject !== stream) void play(element, stream);
}
