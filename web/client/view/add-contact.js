// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Adding somebody to the contacts: a step of its own, taken after it was said what they learn by it.
 */

import { busy, errorLine, openDialog } from './dialog.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { nameOf, serverOf } from './people.js';
import { bdi, button, sentence } from './pieces.js';

/**
 * @typedef {import('./shapes.js').Conversation} Conversation
 * @typedef {import('./context.js').Context} Context
 * @typedef {import('../session/asking.js').ContactPreview} ContactPreview
 */

/**
 * Occupants of rooms have an address of the room's; they cannot be asked by it.
 * @param {Conversation} one
 */
export const canBeAdded = (one) => one.kind === 'chat' && !one.isContact && one.address.includes('@') && !one.address.includes('/');

/**
 * What they learn, and what not: the key of its words, and which.
 * @param {ContactPreview} preview
 * @param {boolean} calls whether the member's server has calls: a contact's are connected directly where they go from app to app
 * @returns {{ key: string, isLearnt: boolean }[]}
 */
export function lessonsOf({ learns, presence }, calls) {
  return [
    { key: 'address', isLearnt: learns.includes('address') },
    { key: `presence_${presence}`, isLearnt: learns.includes('presence') },
    { key: 'marks', isLearnt: true }, // this and what follows is this client's own doing, so the portal's answer says nothing of it
    ...(calls ? [{ key: 'direct', isLearnt: true }] : []),
  ];
}

/**
 * @param {Context} context
 * @param {Conversation} one
 * @param {() => void} asked
 */
export async function openAddContact(context, one, asked) {
  const { words, session } = context;
  const who = nameOf(one);
  /** @type {ContactPreview} */
  let preview;
  try {
    preview = await session.previewContact(one.address);
  } catch (error) {
    context.failed(error);
    return;
  }
  const asks = preview.outcome === 'will-ask';
  const dialog = openDialog(context, words('contact_title', { who }), (close) => {
    if (!asks) {
      return [h('p', { tabindex: -1, data: { first: '' } }, ...sentence(words, `contact_why_${preview.outcome.replaceAll('-', '_')}`, { who, server: serverOf(session.state.me?.address ?? '') })),
        h('div', { class: 'actions' }, button(words('close'), close, { class: 'button--secondary' }))];
    }
    const wrong = errorLine();
    const values = { who, address: session.state.me?.address ?? '', server: serverOf(session.state.me?.address ?? '') };
    const send = button(words('contact_send'), () => busy(send, wrong, context, async () => {
      await session.addContact(one.address);
      close();
      asked();
      context.tell(words('contact_sent', { who }));
    }), { data: { test: 'contact-send' } });
    return [
      h('p', { tabindex: -1, data: { first: '' } }, ...sentence(words, 'contact_lead', values)),
      h('p', { class: 'person__address' }, bdi(one.address)),
      one.verified === false && h('p', { class: 'banner banner--warning' }, icon('warning'), h('span', null, ...sentence(words, 'unverified', { name: who, theirs: serverOf(one.address) }))),
      h('h3', { class: 'subheading' }, ...sentence(words, 'contact_learns', values)),
      h('ul', { class: 'lessons', role: 'list', data: { test: 'lessons' } }, ...lessonsOf(preview, context.page.calls).map(({ key, isLearnt }) => h('li', { class: 'lesson', data: { lesson: key } },
        icon(isLearnt ? 'check' : 'eyeOff'), h('div', null, h('strong', { text: words(`contact_learn_${key}_title`) }), h('p', null, ...sentence(words, `contact_learn_${key}`, values)))))),
      wrong,
      h('div', { class: 'actions' }, send, button(words('cancel'), close, { class: 'button--secondary' })),
    ];
  });
  dialog.dataset.test = 'add-contact';
}
