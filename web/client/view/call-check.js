// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Which microphone, camera and loudspeaker: looked at before the first call, and whenever the member likes.
 */

import { reasonKey } from './call-words.js';
import { errorLine, openDialog } from './dialog.js';
import { fill, h, put, set } from './dom.js';
import { icon } from './icons.js';
import { serverOf } from './people.js';
import { button, sentence } from './pieces.js';
import { ticking } from './ticker.js';

/**
 * @typedef {import('./context.js').Context} Context
 * @typedef {import('./call-shapes.js').Device} Device
 */

const CHECKED = 'trunkline:calls-checked';
/** Above this a voice is heard; below it is the noise of a room. */
const VOICE = 0.08;

/** In a browser that keeps nothing, once a page is enough. */
let checkedHere = false;

/** Whether this browser's devices have been looked at. */
export function wasChecked() {
  try {
    return checkedHere || localStorage.getItem(CHECKED) !== null;
  } catch {
    return checkedHere;
  }
}

function remember() {
  checkedHere = true;
  try {
    localStorage.setItem(CHECKED, '1');
  } catch {
    // Then it is asked again in the next page.
  }
}

/**
 * @param {Context} context
 * @param {{before?: string, video?: boolean}} how `before`: the address that is about to be called
 * @returns {Promise<boolean>} whether the member goes on
 */
export function openDeviceCheck(context, { before, video = true } = {}) {
  const { words, session } = context;
  const { devices } = session;
  const server = serverOf(session.state.me?.address ?? '');
  return new Promise((resolve) => {
    let goes = false;
    let isOpen = true;
    let microphone = /** @type {{level: () => number, stop: () => void}|null} */ (null);
    let heard = false;
    /** Each opening of the microphone has a number: only the last one counts. */
    let turn = 0;
    const wrong = errorLine();
    const bar = h('span', { class: 'level__bar' });
    const level = h('div', { class: 'level', role: 'meter', 'aria-label': words('check_level'), 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': 0 }, bar);
    const said = h('p', { class: 'field__hint', role: 'status', text: words('check_speak') });
    const places = {
      microphone: choice(words('check_microphone')), camera: choice(words('check_camera')), speaker: choice(words('check_speaker')),
    };
    places.camera.field.hidden = !video;

    /** @param {boolean} yes */
    function hears(yes) {
      level.hidden = !yes;
      said.hidden = !yes;
    }
    async function listen() {
      turn += 1;
      const mine = turn;
      microphone?.stop();
      microphone = null;
      // What was heard of another one says nothing of this one.
      heard = false;
      put(said, words('check_speak'));
      hears(true);
      try {
        const opened = await devices.check();
        if (!isOpen || mine !== turn) opened.stop();
        else {
          microphone = opened;
          put(wrong, '');
        }
      } catch (error) {
        if (!isOpen || mine !== turn) return;
        // Where nothing is heard, nobody is asked to speak.
        hears(false);
        put(wrong, words(reasonKey(String(/** @type {{code?: unknown}|null} */ (error)?.code ?? '')), { who: '', server }));
      }
      await list();
    }
    async function list() {
      try {
        const found = await devices.list();
        if (!isOpen) return;
        places.microphone.show(found.microphones, devices.chosen.microphone, words);
        places.camera.show(found.cameras, devices.chosen.camera, words);
        places.speaker.show(found.speakers, devices.chosen.speaker, words);
        places.camera.field.hidden = !video || found.cameras.length === 0;
        places.speaker.field.hidden = found.speakers.length === 0;
      } catch {
        // Without names the browser's own choice stands.
      }
    }
    for (const [name, place] of Object.entries(places)) {
      place.select.addEventListener('change', () => {
        devices.choose({ [name]: place.select.value });
        if (name === 'microphone') void listen();
      });
    }
    const stopTicking = ticking(() => {
      const value = Math.max(0, Math.min(1, microphone?.level() ?? 0));
      set(level, 'aria-valuenow', Math.round(value * 100));
      bar.style.inlineSize = `${Math.round(value * 100)}%`;
      if (heard || value < VOICE) return;
      heard = true;
      put(said, words('check_heard'));
    });
    const stopHearing = devices.on('changed', () => void list());
    const title = words(before ? 'check_title_first' : 'check_title');
    const dialog = openDialog(context, title, (close) => [
      before && h('ul', { class: 'points', role: 'list' },
        point('eyeOff', sentence(words, 'check_privacy', { server })),
        point('lock', sentence(words, 'check_encrypted', { server })),
        point('warning', [words('call_emergency')])),
      places.microphone.field, level, said, wrong, places.camera.field, places.speaker.field,
      h('div', { class: 'actions' },
        button(words(before ? 'check_go' : 'check_done'), () => {
          goes = true;
          close();
        }, { data: { test: 'device-check-go' } }, before ? (video ? 'video' : 'phone') : undefined),
        before && button(words('cancel'), close, { class: 'button--secondary' })),
    ]);
    dialog.dataset.test = 'device-check';
    // What is said comes before what is pressed.
    const heading = dialog.querySelector('.dialog__title');
    if (heading instanceof HTMLElement) {
      heading.tabIndex = -1;
      heading.focus();
    }
    dialog.addEventListener('close', () => {
      isOpen = false;
      stopTicking();
      stopHearing();
      microphone?.stop();
      if (goes) remember();
      resolve(goes);
    });
    void listen();
  });
}

/** @param {import('./icons.js').IconName} picture @param {import('./dom.js').Child[]} text */
function point(picture, text) {
  return h('li', { class: 'point' }, h('span', { class: 'point__icon' }, icon(picture)), h('p', null, ...text));
}

let count = 0;

/**
 * A labelled choice among devices.
 * @param {string} label
 */
function choice(label) {
  count += 1;
  const id = `device-${count}`;
  const select = h('select', { class: 'input select', id });
  const field = h('div', { class: 'field' }, h('label', { for: id, text: label }), select);
  return {
    field, select,
    /** @param {readonly Device[]} list @param {string|null|undefined} chosen @param {import('./words.js').Words} words */
    show(list, chosen, words) {
      const focused = document.activeElement === select;
      fill(select, ...(list.length === 0 ? [h('option', { value: '', text: words('check_none') })] : list.map((device, nth) => h('option', {
        value: device.id, selected: device.id === chosen, text: device.label || words('check_unnamed', { number: nth + 1 }),
      }))));
      set(select, 'disabled', list.length === 0);
      if (focused) select.focus();
    },
  };
}
