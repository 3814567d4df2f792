// SPDX-License-Identifier: AGPL-3.0-or-later
import { marked, readFromFrame } from '../shared/frame-protocol.js';
import { Entries } from './entries.js';
import { make } from './dom.js';
import { placeProfileButtons } from './profile-buttons.js';
import { looks, memberIn, stateText } from './page.js';
import { Panel } from './panel.js';
import { fetchTicket } from './ticket.js';

/** How long the client may take to say that it is there, in milliseconds. */
const PATIENCE = 15_000;
/** How long the page may take to draw its navigation before it counts as one that we do not know. */
const DRAWN = 5_000;

/**
 * Puts Chat into the page.
 * @param {{ chat: string, base: string, language: string, direction: string, words: Record<string, string>, calls: boolean,
 *   hide: () => void }} options
 *   `chat`: the client's origin; `base`: where these files lie; `calls`: whether this server has calls; `hide`: remembers that the member wants none of this
 */
export function start({ chat, base, language, direction, words, calls, hide }) {
  const member = memberIn(stateText());
  if (!member) return;
  const me = member;
  const options = { words, language, direction, address: `${chat}/client` };
  const entries = new Entries(options);
  const panel = new Panel(options, { toggled, lost: () => entries.visible() });
  const style = make('link', { rel: 'stylesheet', href: `${base}/embed.css`, 'data-trunkline': '' });
  document.head.append(style);

  // -- what was asked for and what is there

  /** Whether the member has clicked on something of ours in this page's life: only then may the page's token be sent. */
  let asked = false;
  let isReady = false;
  /** A ticket was asked for before the member asked for chat. */
  let ticketWanted = false;
  /** @type {Promise<void> | null} */
  let fetching = null;
  /** @type {{ type: 'open' | 'call', address: string } | null} */
  let toOpen = null;
  let ended = false;

  // -- the frame

  /** @param {import('../shared/frame-protocol.js').FromPage} message */
  const tell = (message) => panel.frame.contentWindow?.postMessage(marked(message), chat);

  const asks = {
    dark: matchMedia('(prefers-color-scheme: dark)'), contrast: matchMedia('(prefers-contrast: more)'),
    motion: matchMedia('(prefers-reduced-motion: reduce)'),
  };
  function hello() {
    if (!isReady) return;
    const { dataset, lang } = document.documentElement;
    const seen = looks(
      { scheme: dataset.colorScheme, contrast: dataset.contrast },
      { dark: asks.dark.matches, contrast: asks.contrast.matches, motion: asks.motion.matches || me.reducesMotion });
    tell({ type: 'hello', account: me.address, ...seen, locale: lang || language, visible: panel.isOpen });
  }

  function sendTicket() {
    ticketWanted = false;
    // One at a time, whoever asks how often.
    fetching ??= fetchTicket().then(tell).finally(() => {
      fetching = null;
    });
  }

  /** @param {MessageEvent} event */
  function hear(event) {
    if (event.origin !== chat || event.source !== panel.frame.contentWindow) return;
    const message = readFromFrame(event.data);
    switch (message?.type) {
      case 'ready':
        isReady = true;
        panel.setState('ready');
        entries.setPlain(false);
        hello();
        if (toOpen) tell(toOpen);
        toOpen = null;
        break;
      case 'drawn':
        panel.drawn();
        break;
      case 'unread':
        entries.setUnread(message.count);
        break;
      case 'ringing':
        entries.setRinging(message.on);
        break;
      case 'need-ticket':
        if (asked) sendTicket();
        else ticketWanted = true;
        break;
      case 'close':
        panel.close();
        break;
      case 'hide':
        end();
        break;
    }
  }

  /** @param {boolean} isOpen */
  function toggled(isOpen) {
    entries.setOpen(isOpen);
    if (isReady) tell({ type: 'visible', visible: isOpen });
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let patience;
  function load() {
    if (panel.dialog.isConnected || ended) return;
    panel.load();
    patience = setTimeout(() => {
      if (isReady) return;
      panel.setState('away');
      entries.setPlain(true);
    }, PATIENCE);
  }

  // -- the page

  /** @param {MouseEvent} event */
  function click(event) {
    // A script's click is not the member's.
    if (!event.isTrusted || !(event.target instanceof Element)) return;
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const chosen = event.target.closest('[data-trunkline-chat=""], [data-trunkline-message], [data-trunkline-call]');
    if (!(chosen instanceof HTMLElement) || entries.isPlain && chosen.dataset.trunklineChat === '') return;
    event.preventDefault();
    event.stopPropagation();
    const { trunklineMessage: toMessage, trunklineCall: toCall } = chosen.dataset;
    const address = toCall ?? toMessage;
    // The entry closes what it has opened.
    if (!address && panel.isOpen) return panel.close();
    asked = true;
    load();
    panel.open(chosen);
    if (address) {
      toOpen = { type: toCall ? 'call' : 'open', address };
      if (isReady) {
        tell(toOpen);
        toOpen = null;
      }
    }
    if (ticketWanted) sendTicket();
  }

  const since = performance.now();
  let isScheduled = false;
  function place() {
    isScheduled = false;
    if (ended) return;
    if (!entries.place() && performance.now() - since > DRAWN) entries.float();
    placeProfileButtons({ words, language, member: me, calls });
  }
  function schedule() {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(place);
  }

  const drawing = new MutationObserver(schedule);
  const looking = new MutationObserver(hello);

  /** Takes everything away that was put here. */
  function end() {
    ended = true;
    drawing.disconnect();
    looking.disconnect();
    clearTimeout(patience);
    removeEventListener('message', hear);
    removeEventListener('popstate', schedule);
    document.removeEventListener('click', click, true);
    panel.remove();
    for (const piece of document.querySelectorAll('[data-trunkline], [data-trunkline-chat]')) piece.remove();
    hide();
  }

  addEventListener('message', hear);
  addEventListener('popstate', schedule);
  document.addEventListener('click', click, true);
  drawing.observe(/** @type {Node} */ (document.getElementById('mastodon')), { childList: true, subtree: true });
  looking.observe(document.documentElement, { attributes: true, attributeFilter: ['data-color-scheme', 'data-contrast', 'lang'] });
  for (const query of Object.values(asks)) query.addEventListener('change', hello);
  style.addEventListener('load', () => {
    place();
    setTimeout(schedule, DRAWN + 100);
    // The page's own work goes first.
    if ('requestIdleCallback' in window) requestIdleCallback(load, { timeout: 5_000 });
    else setTimeout(load, 2_000);
  }, { once: true });
}
