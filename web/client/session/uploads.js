// SPDX-License-Identifier: AGPL-3.0-or-later
// Files (XEP-0363): a place at the server, then the bytes. What kind of file it is, its first bytes say, not its name.

import { fileAddress } from '../model/links.js';
import { askSlot } from '../model/outgoing.js';
import { fileName } from '../model/shown.js';
import { kindOf, longestHead, mostPixels, pixelsOf } from '../model/sniffed.js';
import * as names from '../model/names.js';
import { child, children, text } from '../xmpp/xml.js';
import { CommandError } from './tabs.js';

/** @typedef {import('../model/state.js').FileOffer} FileOffer */
/** @typedef {import('./wire.js').Wire} Wire */

/** What a slot may have the client send along (XEP-0363, section 5). */
const allowedHeaders = new Set(['authorization', 'cookie', 'expires']);

/**
 * @param {Wire} wire
 * @param {File} file
 * @param {(part: number) => void} progress from 0 to 1
 * @param {AbortSignal} stop
 * @returns {Promise<FileOffer>}
 */
export async function upload(wire, file, progress, stop) {
  const { uploads } = wire.state;
  if (!uploads) throw new CommandError('no-uploads');
  if (file.size === 0) throw new CommandError('empty-file');
  if (uploads.limit !== null && file.size > uploads.limit) throw new CommandError('too-large');
  const name = fileName(file.name);
  const type = kindOf(new Uint8Array(await file.slice(0, longestHead).arrayBuffer()));
  const { put, get, headers } = await slot(wire, uploads.address, name, file.size, type);
  await send(put, file, type, headers, progress, stop);
  return { url: get, name, type, size: file.size };
}

/**
 * @param {Wire} wire
 * @param {string} host
 * @param {string} name
 * @param {number} size
 * @param {string} type
 */
async function slot(wire, host, name, size, type) {
  let answer;
  try {
    answer = await wire.ask(askSlot(host, name, size, type));
  } catch (error) {
    const condition = /** @type {any} */ (error)?.condition;
    throw new CommandError(condition === 'not-acceptable' ? 'too-large' : condition === 'resource-constraint' ? 'no-room' : 'upload-failed');
  }
  const found = child(answer, 'slot', names.upload);
  const target = child(found, 'put', names.upload);
  const put = fileAddress(target?.attrs.url ?? '');
  const get = fileAddress(child(found, 'get', names.upload)?.attrs.url ?? '');
  if (!put || !get) throw new CommandError('upload-failed');
  const headers = children(target, 'header', names.upload)
    .map((one) => /** @type {[string, string]} */ ([one.attrs.name ?? '', text(one).replace(/[\r\n]/g, '')]))
    .filter(([header]) => allowedHeaders.has(header.toLowerCase()));
  return { put, get, headers };
}

/**
 * @param {string} url
 * @param {File} file
 * @param {string} type
 * @param {[string, string][]} headers
 * @param {(part: number) => void} progress
 * @param {AbortSignal} stop
 * @returns {Promise<void>}
 */
function send(url, file, type, headers, progress, stop) {
  return new Promise((resolve, reject) => {
    if (stop.aborted) throw new CommandError('cancelled');
    const request = new XMLHttpRequest(); // fetch tells no progress of what is sent
    request.open('PUT', url);
    request.setRequestHeader('Content-Type', type);
    for (const [name, value] of headers) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.onload = () => (request.status >= 200 && request.status < 300 ? resolve() : reject(new CommandError('upload-failed')));
    stop.addEventListener('abort', () => request.abort());
    request.onabort = () => reject(new CommandError('cancelled'));
    request.onerror = request.ontimeout = () => reject(new CommandError('upload-failed'));
    request.send(file);
  });
}

/**
 * A picture that the member wants to see, as one that cannot be anything else: its bytes say that it is a picture, of a kind that
 * holds no script, and it is not too large to be shown.
 * @param {string} url
 * @returns {Promise<Blob>}
 */
export async function picture(url) {
  const response = await fetch(url, { credentials: 'omit', referrerPolicy: 'no-referrer', mode: 'cors' }).catch(() => null);
  if (!response?.ok || !response.body) throw new CommandError('not-loaded');
  const reader = response.body.getReader();
  /** @type {BlobPart[]} */
  const parts = [];
  let size = 0;
  let type = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (size === 0) type = kindOf(value);
    size += value.byteLength;
    parts.push(value);
    if (type.startsWith('image/') && size <= longestPicture) continue;
    void reader.cancel();
    throw new CommandError(size > longestPicture ? 'too-large' : 'no-picture');
  }
  if (size === 0) throw new CommandError('no-picture');
  const blob = new Blob(parts, { type });
  const pixels = pixelsOf(new Uint8Array(await blob.arrayBuffer()), type);
  if (pixels === null) throw new CommandError('no-picture');
  if (pixels > mostPixels) throw new CommandError('too-large');
  return blob;
}

const longestPicture = 25_000_000; // bytes
