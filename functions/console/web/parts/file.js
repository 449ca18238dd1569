// A file as people have it: bytes to a table of texts. Nothing here leaves the browser.

/** Encodings that a reader may choose if the guess looks wrong. */
export const ENCODINGS = ['utf-8', 'windows-1252', 'utf-16le', 'utf-16be', 'windows-1250', 'macintosh', 'windows-1256'];
export const SEPARATORS = [',', ';', '\t', '|'];
/** Lines that the separator is guessed from. */
const SAMPLE_LINES = 30;

/** Why a file cannot be read; the key of a sentence. */
export class FileError extends Error {
  constructor(key, values = {}) {
    super(key);
    Object.assign(this, { key, values });
  }
}

const begins = (bytes, ...signature) => signature.every((byte, place) => bytes[place] === byte);

/** What a file is by its first bytes, if it is not a text. */
function foreign(bytes) {
  if (begins(bytes, 0xd0, 0xcf, 0x11, 0xe0)) return 'file.xls';
  if (begins(bytes, 0x25, 0x50, 0x44, 0x46)) return 'file.pdf';
  return null;
}

export const isWorkbook = bytes => begins(bytes, 0x50, 0x4b, 0x03, 0x04);

/** The encoding of bytes: by their mark, by their zeros, else UTF-8 if they are, else Windows-1252. */
export function encodingOf(bytes) {
  if (begins(bytes, 0xff, 0xfe)) return 'utf-16le';
  if (begins(bytes, 0xfe, 0xff)) return 'utf-16be';
  const sample = bytes.subarray(0, 2000);
  const zeros = [0, 1].map(side => sample.filter((byte, place) => byte === 0 && place % 2 === side).length);
  if (zeros[1] > sample.length / 5) return 'utf-16le';
  if (zeros[0] > sample.length / 5) return 'utf-16be';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

/** Bytes as text. */
export function decode(bytes, encoding) {
  const key = foreign(bytes);
  if (key) throw new FileError(key);
  const text = new TextDecoder(encoding).decode(bytes);
  if (/^\s*<(!doctype|html|table|\?xml)/i.test(text)) throw new FileError('file.html');
  if (/^BEGIN:VCARD/i.test(text)) throw new FileError('file.vcard');
  if (!text.trim()) throw new FileError('file.empty');
  return text;
}

/** The separator that divides the first lines most evenly. */
export function separatorOf(text) {
  const named = /^sep=(.)\r?\n/i.exec(text);
  if (named) return named[1];
  const lines = text
    .slice(0, 65_536)
    .replace(/"[^"]*"/g, '')
    .split(/\r\n|\r|\n/)
    .filter(line => line.trim())
    .slice(0, SAMPLE_LINES);
  const score = separator => {
    const counts = lines.map(line => line.split(separator).length - 1);
    const most = counts.filter(count => count > 0 && count === counts[Math.min(1, counts.length - 1)]).length;
    return most * 100 + Math.min(...counts, 50);
  };
  return SEPARATORS.map(one => [score(one), one]).sort(([one], [other]) => other - one)[0][1];
}

/** Text as rows of cells (RFC 4180; quotes only where a cell begins with one), each with the line that it begins on. */
export function rowsOf(text, separator) {
  const rows = [];
  let [place, line] = [/^sep=.\r?\n/i.exec(text)?.[0].length ?? 0, 1];
  let row = { line, cells: [] };
  const end = () => {
    if (row.cells.some(cell => cell.trim())) rows.push(row);
  };
  while (place < text.length) {
    const [cell, next, breaks] = text[place] === '"' ? quoted(text, place, line) : bare(text, place, separator);
    row.cells.push(cell);
    place = next;
    if (text[place] === separator) {
      place += 1;
      if (place === text.length) row.cells.push('');
      continue;
    }
    line += 1 + breaks;
    place += text.startsWith('\r\n', place) ? 2 : 1;
    end();
    row = { line, cells: [] };
  }
  end();
  return rows;
}

function bare(text, place, separator) {
  let end = place;
  while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return [text.slice(place, end), end, 0];
}

function quoted(text, start, line) {
  let [cell, place] = ['', start + 1];
  for (;;) {
    const close = text.indexOf('"', place);
    if (close < 0) throw new FileError('file.quote', { line });
    cell += text.slice(place, close);
    place = close + 1;
    if (text[place] !== '"') break;
    cell += '"';
    place += 1;
  }
  // The text between the closing quote and the end of the cell belongs to it.
  while (place < text.length && !/[,;\t|\r\n]/.test(text[place])) {
    cell += text[place];
    place += 1;
  }
  return [cell, place, (cell.match(/\n/g) ?? []).length];
}

/** Cells as a line of CSV. */
export const csvLine = cells =>
  `${cells.map(cell => (/[",\r\n;\t]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`;

/** A cell that no spreadsheet takes for a formula. */
export const harmless = cell => (/^[=@\t\r]|^[+-](?![\d\s().-]+$)/.test(cell) ? `'${cell}` : cell);
