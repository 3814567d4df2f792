// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Files in messages: pictures of people one knows at once, of others on request, all else as downloads.
 */

import { fileName } from '../model/shown.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { openDialog } from './dialog.js';
import { sizeWords } from './times.js';

/** What a browser shows as a picture without running anything in it. */
const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']);
const ENDINGS = /\.(png|jpe?g|gif|webp|avif)$/i;

/**
 * Whether a file may be shown as a picture: by its type, or, where that is not known, by its name.
 * @param {import('./shapes.js').FileInfo} file
 */
export function isPicture(file) {
  if (file.type) return PICTURES.has(file.type.split(';')[0].trim().toLowerCase());
  return ENDINGS.test(nameOfFile(file));
}

/**
 * A file's name: the one it was given, else the last part of its address.
 * @param {import('./shapes.js').FileInfo} file
 */
export function nameOfFile(file) {
  if (file.name) return file.name;
  try {
    return decodeURIComponent(new URL(file.url).pathname.split('/').pop() ?? '');
  } catch {
    return '';
  }
}

/**
 * @param {import('./context.js').Context} context
 * @param {import('./shapes.js').FileInfo} file
 * @param {boolean} trusted whether a picture may load by itself
 * @returns {HTMLElement}
 */
export function fileView(context, file, trusted) {
  if (!/^(https:|blob:)/.test(file.url)) return downloadView(context, file);
  if (!isPicture(file)) return downloadView(context, file);
  const place = h('div', { class: 'picture' });
  const load = () => place.replaceChildren(pictureView(context, file, () => place.replaceChildren(downloadView(context, file))));
  if (trusted) {
    load();
  } else {
    place.append(h('button', { type: 'button', class: 'picture__ask', on: { click: () => { load(); place.querySelector('button')?.focus(); } } },
      icon('picture'), h('span', { class: 'picture__ask-words' },
        h('span', { class: 'picture__ask-title', text: context.words('picture_show') }),
        h('span', { text: context.words('picture_why') }))));
  }
  return place;
}

/**
 * @param {import('./context.js').Context} context
 * @param {import('./shapes.js').FileInfo} file
 * @param {() => void} broken
 */
function pictureView(context, file, broken) {
  const name = fileName(nameOfFile(file));
  const image = h('img', { alt: '', decoding: 'async', on: { error: broken } });
  whenNear(image, () => picture(context, file.url).then((source) => {
    image.src = source;
  }, broken));
  return h('button', {
    type: 'button', class: 'picture__open', 'aria-label': context.words('picture_open', { name }),
    on: { click: () => openPicture(context, file, name) },
  }, image);
}

/**
 * @param {import('./context.js').Context} context
 * @param {import('./shapes.js').FileInfo} file
 * @param {string} name
 */
function openPicture(context, file, name) {
  const image = h('img', { class: 'picture__whole', alt: name });
  picture(context, file.url).then((source) => {
    image.src = source;
  }, context.failed);
  openDialog(context, name, () => [image, downloadView(context, file)]).classList.add('dialog--picture');
}

/** Pictures that were fetched, by their addresses: the latest. @type {Map<string, Promise<string>>} */
const fetched = new Map();
const MOST_FETCHED = 60;

/**
 * Where a picture lies once it is known to be one.
 * @param {import('./context.js').Context} context
 * @param {string} url
 * @returns {Promise<string>}
 */
function picture({ session }, url) {
  const known = fetched.get(url);
  if (known) return known;
  if (!session.picture || url.startsWith('blob:')) return Promise.resolve(url);
  const asked = session.picture(url).then((blob) => URL.createObjectURL(blob));
  fetched.set(url, asked);
  asked.catch(() => fetched.delete(url));
  for (const [old, place] of fetched) {
    if (fetched.size <= MOST_FETCHED) break;
    fetched.delete(old);
    place.then((/** @type {string} */ source) => URL.revokeObjectURL(source), () => {});
  }
  return asked;
}

/** @type {WeakMap<Element, () => void>} */
const awaited = new WeakMap();
/** @type {IntersectionObserver|null} */
let watching = null;

/**
 * Calls `act` when the element comes near what is in sight.
 * @param {Element} element
 * @param {() => void} act
 */
function whenNear(element, act) {
  watching ??= new IntersectionObserver((entries, observer) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      awaited.get(target)?.();
    }
  }, { rootMargin: '600px' });
  awaited.set(element, act);
  watching.observe(element);
}

/**
 * @param {import('./context.js').Context} context
 * @param {import('./shapes.js').FileInfo} file
 */
export function downloadView(context, file) {
  const name = fileName(nameOfFile(file));
  const size = typeof file.size === 'number' ? sizeWords(file.size, context.locale()) : context.words('file_size_unknown');
  const inside = [icon('file', 'download__icon'), h('span', { class: 'download__words' },
    h('bdi', { class: 'download__name', text: name }), h('span', { class: 'download__size', text: size })), icon('download')];
  if (!/^(https:|blob:)/.test(file.url)) return h('span', { class: 'download' }, ...inside);
  return h('a', { class: 'download', href: file.url, target: '_blank', rel: 'noopener noreferrer', download: name }, ...inside);
}
