// Words, numbers, money and times, as the reader sees them. Amounts are never turned into floating point.
import { words } from './words/en.js';

const LANGUAGE = 'en';
const plurals = new Intl.PluralRules(LANGUAGE);
// `Intl.NumberFormat` and `Intl.DateTimeFormat` would take a fifth of the first view's processor time.
const months = words['time.months'].split(' ');

/** A whole number, or its digits, with separators of thousands. */
export const number = count => String(count).replace(/\B(?=(?:\d{3})+$)/g, words['number.group']);

/** The text of a key. `count` chooses between `one` and `other`; numbers are formatted. */
export function t(key, values = {}) {
  const entry = words[key];
  const text = typeof entry === 'object' ? (entry[plurals.select(values.count)] ?? entry.other) : entry;
  return (text ?? key).replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === 'number' ? number(value) : String(value ?? '');
  });
}

/** Whether there is a text for a key: for codes that a newer API may answer with. */
export const has = key => key in words;

/** `KES 2257.00` as `KES 2,257.00`, with a space that never breaks. */
export function money(text) {
  return String(text ?? '')
    .replace(' ', '\u00a0')
    .replace(/\d+/, number);
}

/** The amount in ten-thousandths, for comparisons; of `KES 2257.00` and of `2257.00`. */
export function tenThousandths(text) {
  const [, sign, whole, decimals = ''] = /(-?)(\d+)(?:\.(\d{1,4}))?/.exec(String(text)) ?? [];
  if (whole === undefined) return 0n;
  const amount = BigInt(whole) * 10000n + BigInt(decimals.padEnd(4, '0'));
  return sign ? -amount : amount;
}

/** A part of a whole in percent, with one decimal, and never 100 or 0 if it is not. */
export function percent(part, whole) {
  if (!whole) return '–';
  const tenths = Math.round((part / whole) * 1000);
  const shown = part < whole ? Math.min(tenths, 999) : tenths;
  return `${(part > 0 ? Math.max(shown, 1) : shown) / 10}%`;
}

const moment = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?[^Z+-]*(Z|[+-]\d\d:\d\d)$/;

/** A time in the organisation's offset, which the API writes it in: `29 Nov, 12:37`, with the year if it is another. */
export function time(text, { seconds = false } = {}) {
  const [, year, month, day, hour, minute, second] = moment.exec(text ?? '') ?? [];
  if (!year) return '';
  const named = Number(year) === new Date().getFullYear() ? '' : ` ${year}`;
  return `${Number(day)} ${months[month - 1]}${named}, ${hour}:${minute}${seconds ? `:${second}` : ''}`;
}

/** A time in another offset. */
export function inOffset(text, offset) {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(offset) ?? ['', '+', 0, 0];
  const moved = Date.parse(text) + Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  return new Date(moved).toISOString().replace(/(\.\d+)?Z$/, offset);
}

/** The offset of a time, as people name it: `UTC+3`. */
export function zone(text) {
  const [offset] = /(?:Z|[+-]\d\d:\d\d)$/.exec(text ?? '') ?? ['Z'];
  if (['Z', '+00:00'].includes(offset)) return 'UTC';
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(offset);
  return `UTC${sign}${Number(hours)}${minutes === '00' ? '' : `:${minutes}`}`;
}

/** The offset of a time, as RFC 3339 writes it. */
export const offset = text => /(?:Z|[+-]\d\d:\d\d)$/.exec(text ?? '')?.[0] ?? 'Z';

/** `2027-01` as `January 2027`. */
export const month = text =>
  new Intl.DateTimeFormat(LANGUAGE, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(Date.parse(`${text}-15`));

/** The name of a country by its two letters. */
export const country = code => new Intl.DisplayNames(LANGUAGE, { type: 'region' }).of(code);

/** Seconds as `40 s`, `12 min` or `3 h`. */
export function duration(seconds) {
  if (seconds < 90) return t('time.seconds', { n: Math.max(1, Math.round(seconds)) });
  if (seconds < 5400) return t('time.minutes', { n: Math.round(seconds / 60) });
  return t('time.hours', { n: Math.round(seconds / 3600) });
}

/** Why contacts are no recipients; a reason of a newer API by its code. */
export const leftOut = why => (has(`skipped.${why}`) ? t(`skipped.${why}`) : why.replaceAll('_', ' '));

/** A number with its plus; messages have it without. */
export const phone = digits => (digits ? `+${String(digits).replace(/^\+/, '')}` : '');
