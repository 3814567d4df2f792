// SPDX-License-Identifier: AGPL-3.0-or-later
// The client's page: puts session and views together, and shows what the page around looks like.

import { Session } from './session/session.js';
import { mount } from './view/app.js';
import { XmppSession } from './xmpp/session.js';

/** @typedef {{ home: string, words: string, calls: boolean }} Settings what the portal says in the page */

const settings = readSettings();
const session = new Session({
  window, home: settings.home, stream: () => new XmppSession(), words: (key) => words[key] ?? key,
  // Fetched when the project is built, and loaded when calls begin to be of use.
  library: new URL('../vendor/sip.js', import.meta.url).href,
});
/** @type {ReturnType<typeof mount> | null} */
let app = null;
/**
 * Whom the page around has asked to write to or to call. It may ask before it is known who asks, and so before anybody can be looked up.
 * @type {{ address: string, byCall: boolean } | null}
 */
let wanted = null;
session.on('open', (address) => {
  wanted = { address, byCall: false };
  void follow();
});
session.on('call', (address) => {
  wanted = { address, byCall: true };
  void follow();
});
session.subscribe(() => void follow());
session.on('surroundings', dress);

/** @type {Readonly<Record<string, string>>} */
let words = {};
words = await readWords(settings.words);
app = mount(document.body, session, words, {
  framed: session.isFramed, home: settings.home, close: () => session.closePanel(), hide: () => session.hide(), calls: settings.calls,
});
session.drawn();
if (session.surroundings) dress(session.surroundings);
void follow();

async function follow() {
  if (wanted === null || !app || session.state.phase !== 'online') return;
  const { address, byCall } = wanted;
  wanted = null;
  try {
    app.show(await session.start(address));
    if (byCall) await app.call(address);
  } catch (error) {
    app.failed(error);
  }
}

/** @param {{ scheme: string, contrast: string, motion: string }} page */
function dress({ scheme, contrast, motion }) {
  Object.assign(document.documentElement.dataset, { scheme, contrast, motion });
}

/** @returns {Settings} */
function readSettings() {
  const meta = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="trunkline"]'));
  const { home, words: where, calls } = JSON.parse(meta?.content ?? '{}');
  return { home: String(home ?? ''), words: String(where ?? ''), calls: calls === true };
}

/**
 * @param {string} url
 * @returns {Promise<Readonly<Record<string, string>>>} empty if it cannot be had: keys stand for words then
 */
async function readWords(url) {
  try {
    const response = await fetch(url, { credentials: 'omit' });
    return response.ok ? await response.json() : {};
  } catch {
    return {};
  }
}
