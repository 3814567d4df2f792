// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Beginning something: a chat with somebody, a room of one's own, a room that is there.
 */

import { contactChoice, fitting } from './contact-choice.js';
import { busy, errorLine, openDialog, textField } from './dialog.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { avatar, bdi, button } from './pieces.js';

/** @typedef {import('./context.js').Context} Context */

/**
 * The addresses in a line: `@name@server` and `xmpp:` are the same as the plain form.
 * @param {string} line
 * @returns {string[]}
 */
export function addressesIn(line) {
  return line.split(/[\s,;]+/).map((one) => one.replace(/^(xmpp:|acct:)?@?/i, '').split('?')[0].toLowerCase()).filter(Boolean);
}

/** @param {Context} context */
export function openNewChat(context) {
  const { words, session } = context;
  openDialog(context, words('new_chat'), (close) => {
    const wrong = errorLine();
    const { field, input } = textField(words('address_label'), words('address_hint'), {
      inputmode: 'email', autocapitalize: 'none', spellcheck: 'false', data: { first: '', test: 'address' },
    });
    const go = h('button', { type: 'submit', class: 'button', data: { test: 'start' }, text: words('start') });
    const begin = (/** @type {string} */ text) => busy(go, wrong, context, async () => {
      const address = await session.start(text);
      close();
      context.show(address);
    });
    return [
      h('form', {
        on: {
          submit: (/** @type {Event} */ event) => {
            event.preventDefault();
            if (input.value.trim()) begin(input.value);
            else input.focus();
          },
        },
      }, field, wrong, h('div', { class: 'actions' }, go)),
      ...contactChoice(context, input, begin),
      h('div', { class: 'actions actions--apart' },
        button(words('room_new'), () => {
          close();
          openNewRoom(context);
        }, { class: 'button--secondary' }, 'group'),
        button(words('room_join'), () => {
          close();
          openJoin(context);
        }, { class: 'button--secondary' }, 'plus')),
    ];
  });
}

/** @param {Context} context */
export function openNewRoom(context) {
  const { words, session } = context;
  openDialog(context, words('room_new'), (close) => {
    const wrong = errorLine();
    const { field, input } = textField(words('room_name'), words('room_name_hint'), { maxlength: 100, data: { first: '', test: 'room-name' } });
    const { field: peopleField, input: people } = textField(words('room_people'), words('room_people_hint'), {
      autocapitalize: 'none', spellcheck: 'false', data: { test: 'room-people' },
    });
    const contacts = fitting(session.state.contacts, '');
    const picks = contacts.map(({ address, name }) => {
      const box = h('input', { type: 'checkbox', value: address });
      return { box, item: h('li', null, h('label', { class: 'pick' }, box, avatar({ address, name }), h('span', { class: 'person__words' },
        bdi(name, 'person__name'), bdi(address, 'person__address')))) };
    });
    const go = h('button', { type: 'submit', class: 'button', data: { test: 'create-room' }, text: words('room_create') });
    return [h('form', {
      on: {
        submit: (/** @type {Event} */ event) => {
          event.preventDefault();
          busy(go, wrong, context, async () => {
            const chosen = picks.filter(({ box }) => box.checked).map(({ box }) => box.value);
            const address = await session.createRoom(input.value.trim(), [...new Set([...chosen, ...addressesIn(people.value)])]);
            close();
            context.show(address);
          });
        },
      },
    }, field, picks.length > 0 && h('fieldset', { class: 'picks' }, h('legend', { class: 'subheading', text: words('room_contacts') }),
      h('ul', { class: 'people', role: 'list' }, ...picks.map(({ item }) => item))), peopleField,
    h('p', { class: 'hint' }, icon('lock'), h('span', { text: words('room_private') })), wrong, h('div', { class: 'actions' }, go))];
  });
}

/** @param {Context} context */
export function openJoin(context) {
  const { words, session } = context;
  openDialog(context, words('room_join'), (close) => {
    const wrong = errorLine();
    const { field, input } = textField(words('room_address'), words('room_address_hint'), {
      inputmode: 'email', autocapitalize: 'none', spellcheck: 'false', data: { first: '', test: 'room-address' },
    });
    const go = h('button', { type: 'submit', class: 'button', data: { test: 'join-room' }, text: words('room_join_this') });
    return [h('form', {
      on: {
        submit: (/** @type {Event} */ event) => {
          event.preventDefault();
          busy(go, wrong, context, async () => {
            const [address] = addressesIn(input.value);
            if (!address) return;
            await session.join(address);
            close();
            context.show(address);
          });
        },
      },
    }, field, wrong, h('div', { class: 'actions' }, go))];
  });
}
