// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Dialogs: the browser's own, which keep the focus within them; it returns to where it was.
 */

import { h } from './dom.js';
import { errorWords } from './words.js';
import { button, iconButton } from './pieces.js';

let count = 0;

/**
 * Opens a dialog.
 * @param {import('./context.js').Context} context
 * @param {string} title
 * @param {(close: () => void) => import('./dom.js').Child[]} content
 * @returns {HTMLDialogElement} `close()` ends it
 */
export function openDialog(context, title, content) {
  const before = document.activeElement;
  count += 1;
  const id = `dialog-title-${count}`;
  const close = () => dialog.close();
  const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': id });
  dialog.append(
    h('header', { class: 'dialog__header' }, h('h2', { class: 'dialog__title', id, text: title }), iconButton('close', context.words('close'), close)),
    h('div', { class: 'dialog__body' }, ...content(close)),
  );
  // A press on what lies behind it: the dialog itself is the target there, and only there.
  let pressedBehind = false;
  dialog.addEventListener('pointerdown', (event) => {
    pressedBehind = event.target === dialog;
  });
  dialog.addEventListener('click', (event) => {
    if (pressedBehind && event.target === dialog) close();
  });
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  const first = dialog.querySelector('[data-first]');
  if (first instanceof HTMLElement) first.focus();
  return dialog;
}

/**
 * Asks before something that cannot be taken back.
 * @param {import('./context.js').Context} context
 * @param {object} question
 * @param {string} question.title
 * @param {string} question.text
 * @param {string} question.yes
 * @param {() => Promise<unknown>} act
 */
export function confirmDialog(context, { title, text, yes }, act) {
  openDialog(context, title, (close) => {
    const wrong = errorLine();
    const confirm = button(yes, () => busy(confirm, wrong, context, async () => {
      await act();
      close();
    }), { class: 'button--danger', 'data-first': true });
    return [h('p', { text }), wrong,
      h('div', { class: 'actions' }, confirm, button(context.words('cancel'), close, { class: 'button--secondary' }))];
  });
}

/** A line for what went wrong, which screen readers hear when it is filled. */
export function errorLine() {
  return h('p', { class: 'error-line', role: 'alert' });
}

/**
 * Does something that takes a while: the button waits, and what goes wrong is said in the line.
 * @param {HTMLButtonElement} pressed
 * @param {HTMLElement} line
 * @param {import('./context.js').Context} context
 * @param {() => Promise<unknown>} act
 */
export async function busy(pressed, line, context, act) {
  if (pressed.getAttribute('aria-disabled') === 'true') return;
  pressed.setAttribute('aria-disabled', 'true');
  line.textContent = '';
  try {
    await act();
  } catch (error) {
    line.textContent = errorWords(context.words, error);
  } finally {
    pressed.removeAttribute('aria-disabled');
  }
}

/**
 * A labelled line of text.
 * @param {string} label
 * @param {string} hint
 * @param {import('./dom.js').Props} [props] of the input
 * @returns {{field: HTMLElement, input: HTMLInputElement}}
 */
export function textField(label, hint, props = {}) {
  count += 1;
  const id = `field-${count}`;
  const input = h('input', { class: 'input', id, type: 'text', autocomplete: 'off', 'aria-describedby': hint ? `${id}-hint` : null, ...props });
  const field = h('div', { class: 'field' }, h('label', { for: id, text: label }), input, hint && h('p', { class: 'field__hint', id: `${id}-hint`, text: hint }));
  return { field, input };
}
