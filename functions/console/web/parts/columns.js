// Which column is what: guesses by names in several languages, else by what the cells look like.

export const FIELDS = ['phone', 'country_code', 'first_name', 'last_name', 'name', 'email', 'notes'];
/** Rows that a column is judged by. */
const SAMPLE_ROWS = 200;
/** Rows above the header that may be a title. */
const TITLE_ROWS = 8;

const fold = name =>
  name
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

/** A column with one of these words has no numbers to text, even if its name has a word of phones too. */
const NOT_PHONE =
  /type|label|optin|optout|consent|fax|kin|status|date|count|country|network|assist|asst|emergency|urgence|ayudante|ndugu|aina/;
const NAMES = [
  [
    'country_code',
    /^(phone|phonenumber|mobile|telephone|whatsapp)?(country(calling|dial|dialing)?|dial(l?ing)?|calling|isd)code$|^isd$|^indicatif(pays)?$/,
  ],
  ['email', /e?mail|baruapepe|correo|courriel/],
  [
    'phone',
    /phone|mobil|^tel|^mob|cell?(ular)?(no|number)?$|msisdn|^sms|whatsapp|contactno|contactnumber|simu|telefon|movil|portable$|^gsm/,
  ],
  ['last_name', /last ?name|lastname|surname|familyname|jinalamwisho|ukoo|apellido|sobrenome|nomdefamille|^last$/],
  ['first_name', /firstname|givenname|forename|jinalakwanza|prenom|primeironome|^first$|^given$/],
  [
    'name',
    /^(full)?names?$|^(customer|client|contact|member|student|parent|guardian|patient|subscriber)(full)?name$|jina|majina|^nom$|^nome(completo)?$|^nombre$|^(customer|client|member)$/,
  ],
  ['notes', /note|remark|comment|maelezo|observa/],
  ['phone', /^(contact|number|namba|numero|no|contacts)$/],
];

/** Whether a cell may be a phone number: the import has the last word. */
export function isLikePhone(cell) {
  const digits = cell.normalize('NFKC').replace(/\D/g, '').length;
  return (
    digits >= 7 &&
    digits <= 15 &&
    !/[a-z]/i.test(cell.replace(/^(tel|mob|cell|phone|mobile|simu)\W*/i, '')) &&
    !/[/;,]|\d\.\d+e/i.test(cell)
  );
}

/** Excel's form of a number whose last digits are gone. */
export const isRounded = cell => /^\d(\.\d{1,9})?e\+?\d+$/i.test(cell.trim());

/** The field that each column is guessed to be, in order; '' for none. A field but the phone has one column. */
export function guess(header, rows) {
  const taken = new Set();
  const fields = header.map(name => {
    const folded = fold(name);
    const [field] = NAMES.find(
      ([one, pattern]) => pattern.test(folded) && !(one === 'phone' && NOT_PHONE.test(folded)),
    ) ?? [''];
    if (!field || (field !== 'phone' && taken.has(field))) return '';
    taken.add(field);
    return field;
  });
  if (!taken.has('phone')) {
    const best = byCells(header.length, rows.slice(0, SAMPLE_ROWS));
    if (best >= 0) fields[best] = 'phone';
  }
  if (taken.has('first_name') && fields.includes('name')) fields[fields.indexOf('name')] = '';
  return fields;
}

function byCells(width, rows) {
  const shares = Array.from({ length: width }, (_, place) => {
    const cells = rows.map(row => row.cells[place] ?? '').filter(cell => cell.trim());
    return cells.length ? cells.filter(isLikePhone).length / cells.length : 0;
  });
  const best = Math.max(...shares, 0);
  return best > 0.6 ? shares.indexOf(best) : -1;
}

/** The row that names the columns: -1 if none does. */
export function headerRow(rows) {
  const names = row => row.cells.map(fold).filter(name => NAMES.some(([, pattern]) => pattern.test(name))).length;
  const isData = row => row.cells.some(cell => isLikePhone(cell));
  const candidates = rows.slice(0, TITLE_ROWS);
  const named = candidates.findIndex(row => names(row) > 0 && !isData(row));
  if (named >= 0) return named;
  return rows.length && isData(rows[0]) ? -1 : 0;
}
