// SPDX-License-Identifier: AGPL-3.0-or-later
// Stands in for Mastodon's own script: the page is drawn late, a link changes the route without loading a page, and
// whatever is drawn anew takes the place of what was there. Whoever adds something to this page has to bear that.
(() => {
  const root = /** @type {HTMLElement} */ (document.getElementById('mastodon'));
  const route = /^\/(|home|explore|notifications|public|public\/local|@[^/]+)$/;
  let turn = 0;

  /** @param {Element | null} ui the page's content, from wherever it comes */
  const draw = (ui) => {
    const old = root.querySelector('.ui');
    if (ui && old) old.replaceWith(document.adoptNode(ui));
    else if (ui) root.prepend(document.adoptNode(ui));
  };

  /** @param {string} address */
  const go = async (address) => {
    const mine = ++turn;
    const answer = await fetch(address, { headers: { Accept: 'text/html' } });
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (mine !== turn) return;
    const ui = next.querySelector('#mastodon > .ui');
    if (!answer.ok || !ui) return location.assign(address);
    if (address !== location.href) history.pushState(null, '', address);
    document.title = next.title;
    draw(ui);
    scrollTo(0, 0);
  };

  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(link instanceof HTMLAnchorElement) || !root.contains(link) || link.target || link.origin !== location.origin) return;
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!route.test(link.pathname)) return;
    event.preventDefault();
    go(link.href);
  });
  addEventListener('popstate', () => go(location.href));

  // For tests: draws the menus anew, as when a count in them changes.
  document.addEventListener('sandbox:redraw', () => {
    for (const menu of root.querySelectorAll('.navigation-panel__menu, .ui__navigation-bar__items')) {
      menu.replaceWith(menu.cloneNode(true));
    }
  });

  const first = root.querySelector('.ui');
  first?.remove();
  addEventListener('DOMContentLoaded', () => setTimeout(() => draw(first)));
})();
