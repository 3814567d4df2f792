// SPDX-License-Identifier: AGPL-3.0-or-later
// What SIP.js asks for descriptions of sound and picture (SDP): they are made and read in the tab that has the microphone. A description
// is an answer if one of ours is waiting for it, and an offer else (RFC 3264).

/**
 * @typedef {{ offer: (how?: { restart?: boolean }) => Promise<string>, answer: (sdp: string) => Promise<string>,
 *   accept: (sdp: string) => Promise<void>, withdraw: () => Promise<void> }} Describing
 */

const type = 'application/sdp';

export class Description {
  /** @param {Describing} media */
  constructor(media) {
    this.media = media;
    /** Their offer, until it is answered. @type {string | null} */
    this.theirs = null;
    /** What was made before it was asked for. @type {string | null} */
    this.ready = null;
    this.isOffered = false;
    /** Why something of it failed. @type {unknown} */
    this.failure = null;
  }

  /**
   * Makes what we shall answer a call with, before it is answered: without a microphone it goes on ringing.
   * @param {string | undefined} offer theirs; without one, ours is what it is answered with
   */
  async prepare(offer) {
    this.ready = offer ? await this.media.answer(offer) : await this.offer(false);
  }

  /** @param {string} contentType */
  hasDescription(contentType) {
    return contentType === type;
  }

  /**
   * @param {{ restart?: boolean }} [options] `restart`: the path is to be found anew
   * @returns {Promise<{ body: string, contentType: string }>}
   */
  async getDescription(options) {
    try {
      return { body: placed(await this.ours(options?.restart === true)), contentType: type };
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  /** @param {boolean} restart */
  ours(restart) {
    const { ready, theirs } = this;
    this.ready = null;
    this.theirs = null;
    if (ready !== null) return Promise.resolve(ready);
    return theirs === null ? this.offer(restart) : this.media.answer(theirs);
  }

  /** @param {boolean} restart */
  async offer(restart) {
    const sdp = await this.media.offer({ restart });
    this.isOffered = true;
    return sdp;
  }

  /** @param {string} sdp */
  async setDescription(sdp) {
    if (!this.isOffered) {
      this.theirs = sdp;
      return;
    }
    this.isOffered = false;
    try {
      await this.media.accept(sdp);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  /** Our offer was refused, or theirs cannot be answered: what was agreed before holds. */
  async rollbackDescription() {
    const { isOffered } = this;
    this.isOffered = false;
    this.theirs = null;
    if (isOffered) await this.media.withdraw();
  }

  /** Our offer, the last one that was made, reached nobody: what they say next is no answer to it. */
  async unsent() {
    this.isOffered = false;
    await this.media.withdraw();
  }

  sendDtmf() {
    return false;
  }

  /** The tab closes its media itself, when the call has ended. */
  close() {}
}

/**
 * A browser that hides its addresses, or has found none yet, is at "0.0.0.0" (RFC 8829, section 5.2.1), which a media relay takes for a call on
 * hold (RFC 3264, section 8.4). So it is at an address that is nobody's (RFC 5737) until the relay has seen where it is.
 * @param {string} sdp
 */
function placed(sdp) {
  return sdp.replace(/^c=IN IP4 0\.0\.0\.0(?=\r?$)/gm, 'c=IN IP4 192.0.2.1');
}
