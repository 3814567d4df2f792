// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * Chat inside the home server's page: the script that its proxy puts before the page's data.
 *
 * It stands on pages that are not the app, too, and for visitors who are not signed in: there it does nothing. Where there
 * is something to do, it loads the rest. Nothing here waits, changes or throws what the page would notice.
 */
(() => {
  const HIDDEN = 'trunkline:hidden';
  const chat = /** @type {HTMLScriptElement | null} */ (document.currentScript)?.dataset.chat;
  if (!chat || window.top !== window.self) return;

  let begun = false;
  const isCalled = () => location.hash === '#trunkline';
  // Asked now: the page may drop the fragment as soon as its own script runs.
  let called = isCalled();

  /** Whether the member has hidden Chat in this browser; a browser that keeps nothing shows it. */
  const isHidden = () => {
    try {
      if (called) localStorage.removeItem(HIDDEN);
      return localStorage.getItem(HIDDEN) !== null;
    } catch {
      return false;
    }
  };
  const hide = () => {
    begun = called = false;
    try {
      localStorage.setItem(HIDDEN, '1');
    } catch {
      // Then it is hidden as long as the page lives.
    }
  };
  const isSignedIn = () => {
    try {
      return typeof JSON.parse(document.getElementById('initial-state')?.textContent ?? '').meta.me === 'string';
    } catch {
      return false;
    }
  };

  const begin = async () => {
    if (begun || isHidden() || !document.querySelector('#mastodon.app-holder') || !isSignedIn()) return;
    begun = true;
    try {
      const answer = await fetch('/trunkline/words.json', { credentials: 'omit' });
      if (!answer.ok) return;
      const { tag, language, direction, words, calls } = await answer.json();
      const base = `/trunkline/web/${encodeURIComponent(tag)}/embed`;
      const { start } = await import(`${base}/main.js`);
      start({ chat, base, language, direction, words, calls: calls === true, hide });
    } catch {
      // Trunkline is away, or of another version than a moment ago: then there is no chat, and no error of the page.
    }
  };
  addEventListener('hashchange', () => {
    called = isCalled();
    if (called) begin();
  });
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', begin, { once: true });
  else begin();
})();
