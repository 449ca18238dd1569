// Encoding and segments of a text, by the rules of the API (shared/domain/src/text): a test holds both to each other.

const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENSION = '\f^{}\\[~]|€';
const SEPTETS = new Map([...[...BASIC].map(c => [c, 1]), ...[...EXTENSION].map(c => [c, 2])]);

const GSM7 = { single: 160, several: 153, width: character => SEPTETS.get(character) };
const UCS2 = { single: 70, several: 67, width: character => character.length };

/** Longest text that one message may be. */
export const MAX_SEGMENTS = 10;

/** Segments that characters fill, each character kept whole, and what is free in the last one. */
function fill(characters, { single, several, width }) {
  let [total, segments, used] = [0, 1, 0];
  for (const character of characters) {
    const units = width(character);
    total += units;
    used += units;
    if (used > several) [segments, used] = [segments + 1, units];
  }
  return total <= single
    ? { segments: 1, used: total, left: single - total }
    : { segments, used: total, left: several - used };
}

/** How a text is sent: encoding, segments, units used and left, and the characters outside of GSM-7. */
export function measure(text) {
  const characters = [...text.toWellFormed()];
  const outside = characters.filter(character => !SEPTETS.has(character));
  const alphabet = outside.length ? UCS2 : GSM7;
  return {
    encoding: outside.length ? 'UCS-2' : 'GSM-7',
    ...fill(characters, alphabet),
    outside: [...new Set(outside)],
  };
}

/** Characters that programs put in the place of plain ones, by what they are replaced with. */
const PLAIN = {
  '"': '“”„‟«»″〝〞＂',
  "'": '‘’‚‛′‵ʼ`´',
  '-': '–—‒―‐‑−',
  '...': '…',
  ' ': '\u00a0\u2007\u2009\u202f\u2002\u2003\u200a\u3000\t',
  '*': '•·●▪◦‣',
  '': '\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\ufe0f',
  '\n': '\u2028\u2029\u0085',
  '1/2': '½',
  '1/4': '¼',
  '3/4': '¾',
  TM: '™',
  '(c)': '©',
  '(R)': '®',
  x: '×',
  '->': '→',
  '<-': '←',
  fi: 'ﬁ',
  fl: 'ﬂ',
  '<': '‹',
  '>': '›',
  oe: 'œ',
  OE: 'Œ',
};
const REPLACEMENTS = new Map(Object.entries(PLAIN).flatMap(([plain, fancy]) => [...fancy].map(c => [c, plain])));

/** What a character outside of GSM-7 can be replaced with; null if nothing would say the same. */
export function replacement(character) {
  const plain = REPLACEMENTS.get(character);
  if (plain !== undefined) return plain;
  if (/\p{Extended_Pictographic}|\p{Emoji_Modifier}/u.test(character)) return '';
  const [letter, ...marks] = character.normalize('NFD');
  return marks.length && SEPTETS.has(letter) ? letter : null;
}

/** The text with every character replaced that can be. */
export const plain = text =>
  [...text.toWellFormed()]
    .map(character => (SEPTETS.has(character) ? character : (replacement(character) ?? character)))
    .join('');

/** The placeholders for a contact's fields in other programs: whether the API refuses a text depends on these. */
export const marks = text => (text.match(/\{[^}]*\}|\$\w+|#\w+#|%\w+%|\[[^\]]*\]|<[^>]*>|\*\|\w+\|\*/g) ?? []).join();
