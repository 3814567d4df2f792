// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file A room's members, inviting, removing, leaving.
 */

import { busy, confirmDialog, errorLine, openDialog, textField } from './dialog.js';
import { fill, h } from './dom.js';
import { addressesIn } from './new-chat.js';
import { nameOf } from './people.js';
import { avatar, bdi, button, iconButton } from './pieces.js';
import { counted } from './words.js';

/**
 * @typedef {import('./shapes.js').Conversation} Conversation
 * @typedef {import('./context.js').Context} Context
 */

/**
 * @param {Context} context
 * @param {string} address
 */
export function openRoomPanel(context, address) {
  const { words, session } = context;
  const room = session.state.conversations[address];
  if (!room) return;
  const heading = h('h3', { class: 'subheading' });
  const list = h('ul', { class: 'members', role: 'list' });
  const wrong = errorLine();
  const invited = h('p', { class: 'done-line', role: 'status' });
  let shown = /** @type {Conversation|null} */ (null);
  const show = () => {
    const next = session.state.conversations[address];
    if (!next) {
      dialog.close();
      return;
    }
    if (shown?.members === next.members) return;
    shown = next;
    heading.textContent = counted(words, 'members', next.members.length);
    const mayRemove = next.members.some((member) => member.isMe && (member.role === 'owner' || member.role === 'admin'));
    fill(list, ...next.members.map((member) => h('li', { class: 'member' }, avatar({ address: member.nick, name: member.nick }),
      h('span', { class: 'member__words' }, bdi(member.nick, 'member__name'),
        member.address && bdi(member.address, 'member__address')),
      h('span', { class: 'member__role', text: member.isMe ? words('role_me') : member.role === 'member' ? '' : words(`role_${member.role}`) }),
      mayRemove && !member.isMe && member.role !== 'owner' && iconButton('close', words('member_remove', { who: member.nick }), () => confirmDialog(context, {
        title: words('member_remove', { who: member.nick }), text: words('member_remove_text', { who: member.nick }), yes: words('member_remove_yes'),
      }, () => session.remove(address, member.nick))))));
  };
  const { field, input } = textField(words('room_invite_label'), words('address_hint'), { inputmode: 'email', data: { first: '' } });
  const invite = h('button', { type: 'submit', class: 'button', text: words('room_invite') });
  const dialog = openDialog(context, nameOf(room), (close) => [
    h('p', { class: 'room-address' }, bdi(address)),
    room.subject && h('p', null, bdi(room.subject)),
    heading, list,
    h('form', {
      class: 'row-form', on: {
        submit: (/** @type {Event} */ event) => {
          event.preventDefault();
          busy(invite, wrong, context, async () => {
            invited.textContent = '';
            const [who] = addressesIn(input.value);
            if (!who) return;
            await session.invite(address, who);
            input.value = '';
            invited.textContent = words('room_invited', { who });
          });
        },
      },
    }, field, invite),
    wrong, invited,
    h('div', { class: 'actions actions--apart' }, button(words('room_leave'), () => {
      close();
      leaveRoom(context, room);
    }, { class: 'button--danger-quiet' }, 'signOut')),
  ]);
  const stop = session.subscribe(show);
  dialog.addEventListener('close', stop);
  show();
}

/**
 * @param {Context} context
 * @param {Conversation} room
 */
export function leaveRoom(context, room) {
  const { words, session } = context;
  confirmDialog(context, { title: words('room_leave_title', { name: nameOf(room) }), text: words('room_leave_text'), yes: words('room_leave') }, async () => {
    await session.leave(room.address);
    context.turn('list');
  });
}
