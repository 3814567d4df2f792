// SPDX-License-Identifier: AGPL-3.0-or-later
import { make, say } from './dom.js';
import { profileIn } from './page.js';

/**
 * “Message” and “Call” on profiles. Which page is one, its address says; where the buttons go, the first of these that is there:
 * classes of a profile change from version to version.
 */
const PLACES = ['.account__header__buttons', '.account-timeline__header', '.columns-area__panels__main .column'];

/**
 * Puts the buttons where they are missing and takes them away where they do not belong. Only members of the same server can be called.
 * @param {{ words: Record<string, string>, language: string, member: import('./page.js').Member, calls: boolean }} options
 *   `calls`: whether this server has calls
 */
export function placeProfileButtons({ words, language, member, calls }) {
  const found = profileIn(location.pathname, member.domain);
  const address = found === member.address ? null : found;
  const wanted = { message: address, call: calls && address?.endsWith(`@${member.domain}`) ? address : null };
  const places = PLACES.map((place) => [...document.querySelectorAll(place)]).find((all) => all.length > 0) ?? [];
  for (const [kind, whom] of Object.entries(wanted)) {
    const mark = `data-trunkline-${kind}`;
    for (const old of document.querySelectorAll(`[${mark}]`)) {
      if (old.getAttribute(mark) !== whom) old.remove();
    }
    if (!whom) continue;
    for (const place of places) {
      if (place.querySelector(`[${mark}]`)) continue;
      const button = make(
        'button',
        {
          type: 'button', class: `button button-secondary trunkline-${kind}`, lang: language, 'data-trunkline': '', [mark]: whom,
          'aria-label': say(words, `${kind}_whom`, { address: whom }),
        },
        say(words, kind));
      const neighbour = place.querySelector('[data-trunkline-message]');
      if (neighbour) neighbour.after(button);
      else if (place.matches('.account__header__buttons')) place.append(button);
      else place.prepend(button);
    }
  }
}
