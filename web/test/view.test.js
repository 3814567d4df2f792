// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fitting } from '../client/view/contact-choice.js';
import { EMOJI } from '../client/view/emoji.js';
import { firstNew } from '../client/view/messages.js';
import { addressesIn } from '../client/view/new-chat.js';
import { notificationChoice } from '../client/view/notifications.js';
import { HUES, hueOf, letterOf, nameOf, serverOf } from '../client/view/people.js';
import { rowsOf } from '../client/view/rows.js';
import { marked } from '../client/view/search.js';
import { dayName, localeOf, shortTime, sizeWords } from '../client/view/times.js';
import { MOST, STEP, around, atEnd, downwards, moved, upwards } from '../client/view/window.js';
import { counted, errorWords, wordsFrom } from '../client/view/words.js';

const catalogue = JSON.parse(readFileSync(new URL('../../share/portal/strings/en.json', import.meta.url), 'utf8')).client;
const words = wordsFrom(catalogue);
const minute = 60_000;
const noon = new Date(2026, 4, 1, 12).getTime();

/** @param {number} count @param {number} [from] */
const keys = (count, from = 0) => Array.from({ length: count }, (_, nth) => ({ key: `k${from + nth}` }));

/** @param {object} what */
const message = (what) => /** @type {any} */ ({ key: 'a', mine: false, from: 'bob@x', at: noon, kind: 'text', text: '', state: null, ...what });

test('messages of one sender stand together for five minutes and within a day', () => {
  const rows = rowsOf([
    message({ key: '1' }), message({ key: '2', at: noon + minute }), message({ key: '3', at: noon + 9 * minute }),
    message({ key: '4', at: noon + 10 * minute, mine: true }), message({ key: '5', at: noon + 24 * 60 * minute }),
  ], 0, 5, '3');
  assert.deepEqual(rows.map((row) => (row.type === 'message' ? `${row.key}${row.first ? 'f' : ''}${row.last ? 'l' : ''}${row.newest ? 'n' : ''}` : row.type)),
    ['day', '1f', '2l', 'new', '3fl', '4fln', 'day', '5fl']);
});

test('what is shown of a long conversation stays bounded, and where it was, whatever comes before or after', () => {
  assert.deepEqual(atEnd(1000), { from: 1000 - STEP, to: 1000 });
  let span = atEnd(10_000);
  for (let times = 0; times < 20; times += 1) span = upwards(span);
  assert.equal(span.to - span.from, MOST);
  assert.equal(span.from, 10_000 - 21 * STEP);
  assert.deepEqual(downwards(span, 10_000), { from: span.from + STEP, to: span.to + STEP });
  const before = keys(100, 50);
  assert.deepEqual(moved({ from: 40, to: 100 }, before, [...keys(50), ...before], false), { from: 90, to: 150 });
  assert.deepEqual(moved({ from: 10, to: 20 }, before, [...before, ...keys(5, 150)], false), { from: 10, to: 20 });
  assert.equal(moved({ from: 40, to: 100 }, before, [...before, ...keys(1, 150)], true).to, 101);
  assert.deepEqual(moved({ from: 0, to: 0 }, [], keys(3), true), { from: 0, to: 3 });
  assert.deepEqual(moved({ from: 5, to: 100 }, before, keys(7, 900), true), { from: 0, to: 7 });
  assert.deepEqual(around(1000, 3), { from: 0, to: 3 + STEP });
});

test('whoever has scrolled up is not drowned by what arrives', () => {
  const before = keys(100);
  const span = moved({ from: 40, to: 100 }, before, [...before, ...keys(5000, 100)], false);
  assert.equal(span.from, 40);
  assert.ok(span.to - span.from <= MOST);
});

test('the line above what is new counts what others wrote, from the end', () => {
  const messages = [message({ key: '1' }), message({ key: '2' }), message({ key: '3', mine: true }), message({ key: '4' })];
  assert.equal(firstNew(/** @type {any} */ ({ unread: 2, messages })), '2');
  assert.equal(firstNew(/** @type {any} */ ({ unread: 0, messages })), null);
  assert.equal(firstNew(/** @type {any} */ ({ unread: 9, messages })), null);
});

test('an address has a hue that stays, a letter and a name', () => {
  assert.equal(hueOf('bob@x'), hueOf('bob@x'));
  for (const address of ['', 'a', 'bob@example.org', '🐘@x']) assert.ok(hueOf(address) >= 0 && hueOf(address) < HUES);
  assert.equal(letterOf('élan'), 'É');
  assert.equal(letterOf('  🐘 zoe'), 'Z');
  assert.equal(letterOf('🐘'), '#');
  assert.equal(nameOf({ address: 'bob@x', name: ' ' }), 'bob');
  assert.equal(serverOf('bob@x.org/phone'), 'x.org');
});

test('times are said as people say them', () => {
  const now = noon;
  assert.equal(dayName(noon - minute, now, words, 'en'), 'Today');
  assert.equal(dayName(noon - 24 * 60 * minute, now, words, 'en'), 'Yesterday');
  assert.equal(dayName(noon - 3 * 24 * 60 * minute, now, words, 'en'), 'Tuesday');
  assert.equal(dayName(noon - 90 * 24 * 60 * minute, now, words, 'en-GB'), '31 January');
  assert.equal(dayName(noon - 400 * 24 * 60 * minute, now, words, 'en-GB'), '27 March 2025');
  assert.equal(shortTime(noon, now, words, 'en-GB'), '12:00');
  assert.equal(shortTime(noon - 24 * 60 * minute, now, words, 'en-GB'), 'Yesterday');
  assert.equal(shortTime(noon, now, words, 'not a language'), shortTime(noon, now, words, undefined));
  assert.equal(localeOf('en', 'en-GB'), 'en-GB');
  assert.equal(localeOf('de', 'en-GB'), 'de');
  assert.equal(localeOf('', 'fr'), 'fr');
  assert.equal(sizeWords(234_567, 'en'), '235 kB');
  assert.equal(sizeWords(3_400_000, 'en'), '3.4 MB');
});

test('words are filled in, counted, and an error that nobody foresaw has words too', () => {
  assert.equal(words('picture_open', { name: '$& {count}' }), 'Enlarge the picture $& {count}');
  assert.equal(counted(words, 'unread', 1), 'one unread message');
  assert.equal(counted(words, 'unread', 3), '3 unread messages');
  assert.equal(errorWords(words, { code: 'no-address' }), catalogue.error_no_address);
  assert.equal(errorWords(words, 'remote-server-not-found'), catalogue.error_remote_server_not_found);
  for (const code of ['blocked', 'chat-server-away', 'unreachable', 'too-many']) assert.equal(errorWords(words, { code }), catalogue[`error_${code.replaceAll('-', '_')}`]);
  for (const odd of [null, undefined, {}, new Error('x'), { code: 'constructor' }]) assert.equal(errorWords(words, odd), catalogue.error_other);
});

test('a search shows what stands around what was found', () => {
  assert.deepEqual(marked('Bring the Cake', 'cake tea'), ['Bring the ', 'Cake', '']);
  assert.deepEqual(marked('nothing', 'xyz'), ['nothing', '', '']);
  const [before] = marked(`${'x'.repeat(100)} cake`, 'cake');
  assert.equal(before.length, 31);
});

test('contacts are offered by name and address, in order', () => {
  const contacts = { 'zoe@x': { name: 'Zoe' }, 'bob@y': { name: '' }, 'al@z': { name: 'Älbert' } };
  assert.deepEqual(fitting(contacts, '').map(({ name }) => name), ['Älbert', 'bob', 'Zoe']);
  assert.deepEqual(addressesIn(' @Bob@y.org, xmpp:zoe@x?join;al@z'), ['bob@y.org', 'zoe@x', 'al@z']);
  assert.deepEqual(addressesIn(' , '), []);
  assert.deepEqual(fitting(contacts, '@bo').map(({ address }) => address), ['bob@y']);
  const many = Object.fromEntries([...Array(80).keys()].map((number) => [`a${number}@far`, {}]));
  assert.deepEqual(fitting({ ...many, ...contacts }, '', (address) => address.endsWith('@x')).map(({ name }) => name), ['Zoe'], 'however many others come before');
});

test('a frame sends whoever wants notifications to a tab of its own, where the browser can be asked', () => {
  assert.equal(notificationChoice('unavailable', true), 'tab');
  assert.equal(notificationChoice('off', false), 'off');
  assert.equal(notificationChoice('denied', false), 'denied');
  assert.equal(notificationChoice('unavailable', false), 'none');
});

test('every word that a view asks for stands in the catalogue', () => {
  const folder = new URL('../client/view/', import.meta.url);
  const text = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
  const asked = [...text.matchAll(/\bwords\(\s*'(\w+)'/g), ...text.matchAll(/\bsentence\([\w.]+, '(\w+)'/g)].map(([, key]) => key);
  const numbered = [...text.matchAll(/\bcounted\([\w.]+, '(\w+)'/g)].flatMap(([, key]) => [`${key}_one`, `${key}_many`]);
  const emoji = EMOJI.map(([, key]) => `emoji_${key}`);
  assert.ok(asked.length > 80);
  assert.deepEqual([...new Set([...asked, ...numbered, ...emoji])].filter((key) => !Object.hasOwn(catalogue, key)), []);
});
