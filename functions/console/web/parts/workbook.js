// The first sheet of an Excel workbook (.xlsx) as rows of texts: enough of ZIP and of Office Open XML for that.
import { FileError } from './file.js';

/** Most bytes that a part of a workbook may have, unpacked. */
const MAX_BYTES = 200_000_000;

/** The files of a ZIP archive: name → reader of its text. */
function archive(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end -= 1;
  if (end < 0) throw new FileError('file.workbook');
  const files = new Map();
  let place = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
    const [method, packed, size] = [
      view.getUint16(place + 10, true),
      view.getUint32(place + 20, true),
      view.getUint32(place + 24, true),
    ];
    const [name, extra, comment] = [28, 30, 32].map(at => view.getUint16(place + at, true));
    const at = view.getUint32(place + 42, true);
    files.set(new TextDecoder().decode(bytes.subarray(place + 46, place + 46 + name)), () =>
      unpack(bytes, view, at, method, packed, size),
    );
    place += 46 + name + extra + comment;
  }
  return files;
}

async function unpack(bytes, view, at, method, packed, size) {
  if (size > MAX_BYTES) throw new FileError('file.workbook');
  const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  const data = new Blob([bytes.subarray(start, start + packed)]);
  if (method === 0) return data.text();
  return new Response(data.stream().pipeThrough(new DecompressionStream('deflate-raw'))).text();
}

const ENTITIES = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const plain = xml =>
  xml.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name) return ENTITIES[name] ?? whole;
    return String.fromCodePoint(parseInt(hex ?? decimal, hex ? 16 : 10));
  });
/** The text of all `<t>` in a piece of XML, without the phonetic ones. */
const texts = xml =>
  plain(
    [...xml.replace(/<rPh[\s\S]*?<\/rPh>/g, '').matchAll(/<t(?:\s[^>]*)?>([\s\S]*?)<\/t>/g)]
      .map(([, text]) => text)
      .join(''),
  );

/** `C` as 2. */
const column = letters => [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;

/** A whole number without an exponent, which some programs write. One with many zeros at its end may have been rounded. */
function written(number) {
  const [, decimals, exponent] = /^\d\.(\d+)E\+?(\d+)$/i.exec(number) ?? [];
  return decimals && decimals.length <= exponent && decimals.length + 3 >= exponent ? String(Number(number)) : number;
}

function value(attributes, xml, shared) {
  const type = /\bt="(\w+)"/.exec(attributes)?.[1];
  if (type === 'inlineStr') return texts(xml);
  const text = plain(/<v>([\s\S]*?)<\/v>/.exec(xml)?.[1] ?? '');
  if (type === 's') return shared[Number(text)] ?? '';
  if (type === 'e') return '';
  return type === undefined || type === 'n' ? written(text) : text;
}

async function firstSheet(files) {
  const workbook = await files.get('xl/workbook.xml')?.();
  const relations = await files.get('xl/_rels/workbook.xml.rels')?.();
  const id = /<sheet\b[^>]*\br:id="([^"]+)"/.exec(workbook ?? '')?.[1];
  const relation = relations?.match(/<Relationship\b[^>]*>/g)?.find(one => one.includes(`Id="${id}"`));
  const target = /Target="([^"]+)"/.exec(relation ?? '')?.[1];
  const path = target?.startsWith('/') ? target.slice(1) : `xl/${target}`;
  const sheet = await files.get(path)?.();
  if (sheet === undefined) throw new FileError('file.workbook');
  return sheet;
}

/** The rows of a workbook's first sheet that have something in them, with their numbers. */
export async function rowsOfWorkbook(bytes) {
  const files = archive(bytes);
  const strings = (await files.get('xl/sharedStrings.xml')?.()) ?? '';
  const shared = [...strings.matchAll(/<si>([\s\S]*?)<\/si>|<si\/>/g)].map(([, xml]) => texts(xml ?? ''));
  const rows = [];
  let line = 0;
  for (const [, attributes, xml] of (await firstSheet(files)).matchAll(/<row\b([^>]*?)(?:\/>|>([\s\S]*?)<\/row>)/g)) {
    line = Number(/\br="(\d+)"/.exec(attributes)?.[1] ?? line + 1);
    const cells = [];
    for (const [, of, inside] of (xml ?? '').matchAll(/<c\b([^>]*?)(?:\/>|>([\s\S]*?)<\/c>)/g)) {
      const letters = /\br="([A-Z]+)\d+"/.exec(of)?.[1];
      cells[letters ? column(letters) : cells.length] = value(of, inside ?? '', shared);
    }
    const filled = Array.from(cells, cell => cell ?? '');
    if (filled.some(cell => cell.trim())) rows.push({ line, cells: filled });
  }
  if (!rows.length) throw new FileError('file.empty');
  return rows;
}
