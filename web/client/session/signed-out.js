// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether the member has signed out of chat in this browser. Kept here, since a sign-in at the portal goes on.

const key = 'trunkline:signed-out';

export class SignedOut {
  /** @param {Partial<Pick<Window, 'localStorage'>>} [window] */
  constructor(window = {}) {
    this.window = window;
  }

  get is() {
    try {
      return (this.window.localStorage?.getItem(key) ?? null) !== null;
    } catch {
      return false;
    }
  }

  /** @param {boolean} on */
  set(on) {
    try {
      if (on) this.window.localStorage?.setItem(key, '1');
      else this.window.localStorage?.removeItem(key);
    } catch {
      // Then it lasts as long as the page does.
    }
  }
}
