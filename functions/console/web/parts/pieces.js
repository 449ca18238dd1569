// Sends rows to a book piece by piece. A repetition of a piece changes nothing a second time.
import { send, patient } from '../api.js';
import { csvLine } from './file.js';

const MAX_BYTES = 512 * 1024;
/** The most rows that an answer names, and so the most of a piece that is sent again to have all of them named. */
const NAMED = 1_000;

const utf8 = new TextEncoder();

/** Divides lines into pieces: `[[first, lines]]`. */
function* pieces(lines, most = Infinity) {
  let [first, bytes] = [0, 0];
  for (let place = 0; place < lines.length; place += 1) {
    const size = utf8.encode(lines[place]).length;
    if (place > first && (bytes + size > MAX_BYTES || place - first >= most)) {
      yield [first, lines.slice(first, place)];
      [first, bytes] = [place, 0];
    }
    bytes += size;
  }
  if (first < lines.length) yield [first, lines.slice(first)];
}

/** Column names that are no words, so that only `columns` says what they are: `c0`, `c1`. */
const naming = fields => fields.map((field, place) => `${field}:c${place}`).join(',');

/**
 * Imports rows, whose cells are of `fields`. Calls `progress(done, totals)` after each piece and `waiting(seconds)`
 * before each repetition. Resolves to the totals, with the place and the reason of each refused row.
 */
export async function importRows({ book, fields, rows, attempt, signal, progress, waiting }) {
  const header = csvLine(fields.map((_, place) => `c${place}`));
  const lines = rows.map(csvLine);
  const path = `/v1/address-books/${book}/contacts/?columns=${encodeURIComponent(naming(fields))}&named=${NAMED}${fields.includes('phone') ? '' : '&allow_no_phone=true'}`;
  const totals = { added: 0, updated: 0, unchanged: 0, duplicates: 0, notes_cut: 0, not_mobile: 0, test: false, invalid: [] };
  const post = (part, key) =>
    patient(
      () =>
        send('POST', path, header + part.join(''), { type: 'text/csv; charset=utf-8', idempotencyKey: key, signal }),
      signal,
      waiting,
    );
  const collect = (answer, first) =>
    totals.invalid.push(...answer.invalid.map(({ row, reason }) => ({ place: first + row - 1, reason })));

  for (const [first, part] of pieces(lines)) {
    const answer = await post(part, `${attempt}.${first}`);
    totals.test ||= answer.test === true;
    for (const name of ['added', 'updated', 'unchanged', 'duplicates', 'notes_cut', 'not_mobile']) totals[name] += answer[name] ?? 0;
    if (answer.invalid_count === answer.invalid.length) collect(answer, first);
    else {
      // More bad rows than one answer names: ask again in parts, which store nothing new.
      for (const [at, few] of pieces(part, NAMED)) collect(await post(few, `${attempt}.${first}.${at}`), first + at);
    }
    progress(first + part.length, totals);
  }
  return totals;
}
