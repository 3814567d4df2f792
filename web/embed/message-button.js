// SPDX-License-Identifier: AGPL-3.0-or-later
import { make, say } from './dom.js';
import { profileIn } from './page.js';

/**
 * “Message” on profiles. Which page is one, its address says; where the button goes, the first of these that is there:
 * classes of a profile change from version to version.
 */
const PLACES = ['.account__header__buttons', '.account-timeline__header', '.columns-area__panels__main .column'];

/**
 * Puts the button where it is missing and takes it away where it does not belong.
 * @param {{ words: Record<string, string>, language: string, member: import('./page.js').Member }} options
 */
export function placeMessageButton({ words, language, member }) {
  const found = profileIn(location.pathname, member.domain);
  const address = found === member.address ? null : found;
  for (const old of document.querySelectorAll('[data-trunkline-message]')) {
    if (old.getAttribute('data-trunkline-message') !== address) old.remove();
  }
  if (!address) return;
  const places = PLACES.map((place) => [...document.querySelectorAll(place)]).find((all) => all.length > 0) ?? [];
  for (const place of places) {
    if (place.querySelector('[data-trunkline-message]')) continue;
    const button = make(
      'button',
      {
        type: 'button', class: 'button button-secondary trunkline-message', lang: language, 'data-trunkline': '',
        'data-trunkline-message': address, 'aria-label': say(words, 'message_whom', { address }),
      },
      say(words, 'message'));
    if (place.matches('.account__header__buttons')) place.append(button);
    else place.prepend(button);
  }
}
