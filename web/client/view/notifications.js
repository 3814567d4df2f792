// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Whether the desktop tells of new messages: asked for by the member, never by itself.
 */

/**
 * What the menu offers. Browsers let a frame neither ask nor show: there the client is opened in a tab of its own.
 * @param {import('./shapes.js').Willing|undefined} state
 * @param {boolean} framed
 * @returns {'none'|'on'|'off'|'denied'|'tab'}
 */
export function notificationChoice(state, framed) {
  if (framed) return 'tab';
  if (state === undefined || state === 'unavailable') return 'none';
  return state;
}

/**
 * @param {import('./context.js').Context} context
 * @returns {import('./popup.js').MenuItem[]}
 */
export function notificationItems({ words, page, session, tell }) {
  const { notifications } = session;
  switch (notificationChoice(notifications?.state, page.framed)) {
    case 'off':
      return [{
        label: words('menu_notify'), picture: 'bell',
        act: () => notifications?.turnOn().then((state) => tell(words(state === 'on' ? 'notify_on' : 'notify_denied'))),
      }];
    case 'on':
      return [{
        label: words('menu_notify_not'), picture: 'bell',
        act: () => {
          notifications?.turnOff();
          tell(words('notify_off'));
        },
      }];
    case 'tab':
      return [{ label: words('menu_notify_tab'), picture: 'bell', href: '/client' }];
    case 'denied':
      return [{ label: words('menu_notify'), picture: 'bell', act: () => tell(words('notify_denied')) }];
    default:
      return [];
  }
}
