// SPDX-License-Identifier: AGPL-3.0-or-later
/** What the home server's page says of itself. Everything here reads; nothing changes the page. */

/** @typedef {{ id: string, name: string, domain: string, address: string, reducesMotion: boolean }} Member */

/**
 * Who is signed in, by the text of the page's data; `null` when nobody is, or it is not what we know.
 * @param {string | null | undefined} text @returns {Member | null}
 */
export function memberIn(text) {
  const state = parsed(text);
  const id = state?.meta?.me;
  const domain = state?.meta?.domain;
  const name = typeof id === 'string' ? state?.accounts?.[id]?.username : undefined;
  if (typeof id !== 'string' || typeof domain !== 'string' || typeof name !== 'string') return null;
  if (!/^[A-Za-z0-9_]{1,30}$/.test(name) || !/^[^\s@/]{1,253}$/.test(domain)) return null;
  const address = `${name}@${domain}`.toLowerCase();
  return { id, name: name.toLowerCase(), domain: domain.toLowerCase(), address, reducesMotion: state.meta.reduce_motion === true };
}

/**
 * The page's own token. Whoever has it can do everything in the member's account: it is read when it is sent, kept
 * nowhere, and goes to `ticket.js` alone.
 * @param {string | null | undefined} text @returns {string | null}
 */
export function tokenIn(text) {
  const token = parsed(text)?.meta?.access_token;
  return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token) ? token : null;
}

/** @param {string | null | undefined} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

/** @returns {string | null | undefined} */
export const stateText = () => document.getElementById('initial-state')?.textContent;

/**
 * The address of the person whose profile a path shows: `/@user`, `/@user@server` and the tabs of a profile; `null` for
 * everything else, such as a single post.
 * @param {string} path @param {string} domain what stands behind the @ of members of this server
 * @returns {string | null}
 */
export function profileIn(path, domain) {
  let plain;
  try {
    plain = decodeURIComponent(path);
  } catch {
    return null;
  }
  const found = /^\/@([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?:@([^\s@/:]+\.[^\s@/:]+|[^\s@/:]+))?(?:\/([a-z_]*))?\/?$/u.exec(plain);
  if (!found) return null;
  const [, name = '', server = domain] = found;
  return name.length > 64 || server.length > 253 ? null : `${name}@${server}`.toLowerCase();
}

/**
 * How the page looks, in the words of the protocol.
 * @param {{ scheme?: string, contrast?: string }} chosen what stands at the page's root
 * @param {{ dark: boolean, contrast: boolean, motion: boolean }} asked what the member's system asks for
 */
export function looks(chosen, asked) {
  const dark = chosen.scheme === 'dark' || (chosen.scheme !== 'light' && asked.dark);
  const high = chosen.contrast === 'high' || (chosen.contrast !== 'default' && asked.contrast);
  return {
    scheme: /** @type {'light' | 'dark'} */ (dark ? 'dark' : 'light'),
    contrast: /** @type {'default' | 'high'} */ (high ? 'high' : 'default'),
    motion: /** @type {'full' | 'reduce'} */ (asked.motion ? 'reduce' : 'full'),
  };
}
