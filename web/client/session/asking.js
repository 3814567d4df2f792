// SPDX-License-Identifier: AGPL-3.0-or-later
// Asking somebody to be a contact: the portal says first what they would learn, and asks them. It decides both in the same place as
// its own pages do. What the portal refuses, `tab.js` gives its words, as for every command.

import { CommandError } from './tabs.js';

/**
 * What would come of it. `outcome`: 'will-ask', or why not. `learns`: 'address', and 'presence' if they would see when the member is
 * online; `presence`: to whom the member shows that.
 * @typedef {{ outcome: string, learns: string[], presence: 'nobody' | 'chosen' | 'contacts' }} ContactPreview
 */

/**
 * Sends nothing.
 * @param {import('./portal.js').Portal} portal
 * @param {string} address
 * @returns {Promise<ContactPreview>}
 */
export async function previewContact(portal, address) {
  const [preview, privacy] = await Promise.all([
    portal.call('POST', 'contacts/preview', { addresses: [address] }), portal.get('privacy'),
  ]);
  const { outcome, learns } = preview?.people?.[0] ?? {};
  const { presence } = privacy ?? {};
  // What is not understood is not shown as less than it is.
  if (typeof outcome !== 'string' || !Array.isArray(learns) || !['nobody', 'chosen', 'contacts'].includes(presence)) throw new CommandError('failed');
  return { outcome, learns: learns.map(String), presence };
}

/**
 * Asks them, once: a second question of the same kind finds that they were asked.
 * @param {import('./portal.js').Portal} portal
 * @param {string} address
 */
export async function addContact(portal, address) {
  try {
    await portal.call('POST', 'contacts', { addresses: [address] });
  } catch (error) {
    const { outcome } = await previewContact(portal, address);
    if (outcome !== 'was-asked' && outcome !== 'is-contact') throw error;
  }
}
