// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Times as people say them. Now is passed in.
 */

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {string|undefined} locale
 * @param {string} name
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(locale, name, options) {
  const key = `${locale} ${name}`;
  let made = formats.get(key);
  if (!made) {
    try {
      made = new Intl.DateTimeFormat(locale, options);
    } catch {
      made = new Intl.DateTimeFormat(undefined, options);
    }
    formats.set(key, made);
  }
  return made;
}

/**
 * Whose habits times are written by: the page's language, in the form of it that the browser prefers.
 * @param {string} page such as `en`
 * @param {string} browser such as `en-GB`
 * @returns {string|undefined}
 */
export function localeOf(page, browser) {
  if (!page) return browser || undefined;
  return browser.split('-')[0] === page ? browser : page;
}

/**
 * The day that a time falls on, as a number that grows by one each day of the calendar.
 * @param {number} at milliseconds
 */
export function dayOf(at) {
  const date = new Date(at);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86400000);
}

/**
 * The time of day, such as 14:05.
 * @param {number} at
 * @param {string} [locale]
 */
export function clock(at, locale) {
  return format(locale, 'clock', { hour: '2-digit', minute: '2-digit' }).format(at);
}

/**
 * A day between messages: today, yesterday, a weekday of this week, else the date.
 * @param {number} at
 * @param {number} now
 * @param {(key: string) => string} words has `today` and `yesterday`
 * @param {string} [locale]
 */
export function dayName(at, now, words, locale) {
  const days = dayOf(now) - dayOf(at);
  if (days === 0) return words('today');
  if (days === 1) return words('yesterday');
  if (days > 1 && days < 7) return format(locale, 'weekday', { weekday: 'long' }).format(at);
  const year = new Date(at).getFullYear() === new Date(now).getFullYear();
  return year ? format(locale, 'day', { day: 'numeric', month: 'long' }).format(at)
    : format(locale, 'year', { day: 'numeric', month: 'long', year: 'numeric' }).format(at);
}

/**
 * When the last message came, short enough for a list.
 * @param {number} at
 * @param {number} now
 * @param {(key: string) => string} words
 * @param {string} [locale]
 */
export function shortTime(at, now, words, locale) {
  const days = dayOf(now) - dayOf(at);
  if (days <= 0) return clock(at, locale);
  if (days === 1) return words('yesterday');
  if (days < 7) return format(locale, 'short weekday', { weekday: 'short' }).format(at);
  const year = new Date(at).getFullYear() === new Date(now).getFullYear();
  return year ? format(locale, 'short day', { day: 'numeric', month: 'short' }).format(at)
    : format(locale, 'numbers', { day: '2-digit', month: '2-digit', year: 'numeric' }).format(at);
}

/**
 * Date and time in full, for titles.
 * @param {number} at
 * @param {string} [locale]
 */
export function fullTime(at, locale) {
  return format(locale, 'full', { dateStyle: 'full', timeStyle: 'short' }).format(at);
}

/**
 * How large a file is, in units that people know.
 * @param {number} bytes
 * @param {string} [locale]
 */
export function sizeWords(bytes, locale) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit < 2 || value >= 10 ? 0 : 1;
  try {
    return new Intl.NumberFormat(locale, { style: 'unit', unit: units[unit], maximumFractionDigits: digits }).format(value);
  } catch {
    return new Intl.NumberFormat('en', { style: 'unit', unit: units[unit], maximumFractionDigits: digits }).format(value);
  }
}
