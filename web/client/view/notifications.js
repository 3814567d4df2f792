// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Whether the desktop tells of new messages: asked for by the member, never by itself.
 */

/**
 * What the menu offers. A frame of another origin may not ask the browser: there the client is opened in a tab of its own.
 * @param {boolean} known whether the browser has notifications at all
 * @param {string} permission the browser's: `default`, `granted` or `denied`
 * @param {boolean} framed
 * @returns {'none'|'ask'|'tab'|'on'|'denied'}
 */
export function notificationChoice(known, permission, framed) {
  if (!known) return 'none';
  if (permission === 'granted') return 'on';
  if (permission === 'denied') return framed ? 'tab' : 'denied';
  return framed ? 'tab' : 'ask';
}

/**
 * @param {import('./context.js').Context} context
 * @returns {import('./popup.js').MenuItem[]}
 */
export function notificationItems({ words, page, tell }) {
  const known = 'Notification' in globalThis;
  switch (notificationChoice(known, known ? Notification.permission : 'default', page.framed)) {
    case 'ask':
      return [{
        label: words('menu_notify'), picture: 'bell',
        act: () => Notification.requestPermission().then((answer) => tell(words(answer === 'granted' ? 'notify_on' : 'notify_denied'))),
      }];
    case 'tab':
      return [{ label: words('menu_notify_tab'), picture: 'bell', href: '/client' }];
    case 'denied':
      return [{ label: words('menu_notify'), picture: 'bell', act: () => tell(words('notify_denied')) }];
    default:
      return [];
  }
}
