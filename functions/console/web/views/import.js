// Importing a file into a book: the file, its columns, a look at it, the import, and the rows that were refused.
import { html, nothing, icon, note, problem, explain, requestOf, save, announce, t, number } from '../ui.js';
import { get } from '../api.js';
import { duration } from '../format.js';
import {
  ENCODINGS,
  SEPARATORS,
  FileError,
  encodingOf,
  decode,
  separatorOf,
  rowsOf,
  isWorkbook,
  csvLine,
  harmless,
} from '../parts/file.js';
import { FIELDS, guess, headerRow, isLikePhone, isRounded } from '../parts/columns.js';

const PREVIEW_ROWS = 6;
/** Rows without one of these in a mapped column are left out, as the API does not count them either. */
const VISIBLE = /[^\p{C}\p{Z}]/u;
const STEPS = ['file', 'columns', 'import', 'done'];

export async function start(page) {
  const path = `/v1/address-books/${page.id}/`;
  const book = await get(path, { signal: page.signal });
  page.title(t('import.title', { name: book.name }));
  const view = new Import(page, book);
  view.draw();
}

class Import {
  constructor(page, book) {
    Object.assign(this, {
      page,
      book,
      step: 'file',
      error: null,
      isOver: false,
      waits: null,
      isSaved: false,
      attempt: crypto.randomUUID(),
    });
    page.losing = () => this.losing();
  }

  /** What leaving the page would lose, as the key of a text; null if nothing. */
  losing() {
    if (this.step === 'done') return this.totals.invalid.length && !this.isSaved ? 'leave.refused' : null;
    if (this.step === 'import') return 'leave.import';
    return this.step === 'columns' || document.getElementById('pasted')?.value.trim() ? 'leave.file' : null;
  }

  fail(error) {
    if (this.page.signal.aborted) return;
    this.error = error;
    this.draw();
  }

  // The file

  async take(file) {
    if (!file) return;
    try {
      this.name = file.name ?? t('import.pasted');
      this.bytes = new Uint8Array(await file.arrayBuffer());
      this.encoding = encodingOf(this.bytes);
      if (isWorkbook(this.bytes)) {
        const { rowsOfWorkbook } = await import('../parts/workbook.js');
        this.rows = await rowsOfWorkbook(this.bytes);
        this.separator = null;
      } else {
        this.read();
      }
      this.choose();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Reads the text again, perhaps with an encoding or a separator that the reader chose. */
  read({ encoding = this.encoding, separator } = {}) {
    const text = decode(this.bytes, encoding);
    Object.assign(this, { encoding, separator: separator ?? separatorOf(text) });
    this.rows = rowsOf(text, this.separator);
  }

  choose(top = headerRow(this.rows)) {
    const width = this.rows.reduce((most, row) => Math.max(most, row.cells.length), 0);
    this.top = top;
    this.header = Array.from(
      { length: width },
      (_, place) => (top < 0 ? '' : (this.rows[top].cells[place] ?? '')).trim() || t('import.column', { n: place + 1 }),
    );
    this.data = this.rows.slice(top + 1);
    this.fields = guess(
      this.header.map(name => (top < 0 ? '' : name)),
      this.data,
    );
    Object.assign(this, { step: 'columns', error: null });
    this.draw();
    document.getElementById('columns')?.focus();
  }

  reread(change) {
    try {
      this.read(change);
      this.choose();
    } catch (error) {
      this.fail(error);
    }
  }

  // The import

  get mapped() {
    return this.fields.map((field, place) => [field, place]).filter(([field]) => field);
  }

  async run() {
    const { mapped } = this;
    const wanted = this.data.filter(row => mapped.some(([, place]) => VISIBLE.test(row.cells[place] ?? '')));
    const rows = wanted.map(row => mapped.map(([, place]) => row.cells[place] ?? ''));
    Object.assign(this, {
      step: 'import',
      error: null,
      done: 0,
      all: rows.length,
      wanted,
      stopped: new AbortController(),
    });
    const signal = AbortSignal.any([this.page.signal, this.stopped.signal]);
    this.draw();
    try {
      const { importRows } = await import('../parts/pieces.js');
      this.totals = await importRows({
        book: this.page.id,
        fields: mapped.map(([field]) => field),
        rows,
        attempt: this.attempt,
        signal,
        progress: (done, totals) => {
          Object.assign(this, { done, totals, waits: null });
          this.draw();
        },
        waiting: (seconds, error) => {
          this.waits = { seconds, error };
          this.draw();
        },
      });
      this.step = 'done';
      announce(t('import.doneTitle', { count: this.totals.added }));
    } catch (error) {
      Object.assign(this, { step: 'columns', error: this.stopped.signal.aborted ? null : error });
    }
    if (!this.page.signal.aborted) this.draw();
  }

  /** The refused rows as they were, each with its reason. */
  saveRefused() {
    const lines = this.totals.invalid.map(({ place, reason }) => {
      const { line, cells } = this.wanted[place];
      return csvLine([...this.header.map((_, column) => harmless(cells[column] ?? '')), String(line), reason]);
    });
    const header = csvLine([...this.header.map(harmless), t('import.line'), t('import.reason')]);
    // The mark at the beginning tells spreadsheets that it is UTF-8.
    save(
      new Blob(['\ufeff', header, ...lines], { type: 'text/csv' }),
      `${this.name.replace(/\.\w+$/, '')}-${t('import.refusedName')}.csv`,
    );
    this.isSaved = true;
  }

  draw() {
    const { book, page, step } = this;
    page.draw(html`
      <p class="crumb"><a href="#/books">${t('books.title')}</a> › <a href="#/books/${page.id}" dir="auto">${book.name}</a> ›</p>
      <h1 class="wrap" dir="auto">${t('import.title', { name: book.name })}</h1>
      <ol class="steps" aria-label=${t('import.steps')}>${STEPS.map(one => html`<li aria-current=${one === step ? 'step' : nothing}>${t(`import.step.${one}`)}</li>`)}</ol>
      ${this.error ? (this.error instanceof FileError ? note('bad', t(this.error.key, this.error.values), t('file.way')) : problem(this.error)) : nothing}
      ${{ file: () => this.fileStep(), columns: () => this.columnStep(), import: () => this.importStep(), done: () => this.doneStep() }[step]()}`);
  }

  fileStep() {
    const over = is => event => {
      event.preventDefault();
      this.isOver = is;
      this.draw();
    };
    const drop = event => {
      event.preventDefault();
      this.isOver = false;
      this.take(event.dataTransfer.files[0]);
    };
    const paste = () => {
      const text = document.getElementById('pasted').value;
      if (text.trim()) this.take(new File([text], t('import.pasted')));
    };
    return html`
      <div class="drop ${this.isOver ? 'over' : ''}" @dragover=${over(true)} @dragleave=${over(false)} @drop=${drop}>
        ${icon('file')}<label for="file"><strong>${t('import.file')}</strong></label>
        <input id="file" type="file" accept=".csv,.tsv,.txt,.xlsx,text/csv,text/plain" @change=${event => this.take(event.target.files[0])}>
        <p class="muted small">${t('import.fileHint')}</p></div>
      <section class="card"><label class="field"><span>${t('import.paste')}</span>
        <textarea id="pasted" rows="5" spellcheck="false" placeholder=${t('import.pasteHint')}></textarea></label>
        <div class="actions"><button class="quiet" @click=${paste}>${t('import.pasteGo')}</button></div></section>`;
  }

  columnStep() {
    const phones = this.fields.includes('phone');
    const cells = place => this.data.map(row => [row.line, row.cells[place] ?? '']).filter(([, cell]) => cell.trim());
    const phoneCells = this.fields.flatMap((field, place) => (field === 'phone' ? [cells(place)] : []));
    const odd =
      phoneCells.length === 1 ? phoneCells[0].filter(([, cell]) => !isLikePhone(cell) && !isRounded(cell)) : [];
    const rounded = phoneCells.flat().filter(([, cell]) => isRounded(cell));
    return html`<div class="stack" id="columns" tabindex="-1">
      <p>${t('import.found', { name: this.name, count: this.data.length })}</p>
      ${this.readingOptions()}
      <p class="muted">${t('import.columnsText')}</p>
      ${this.sheet()}
      ${rounded.length ? note('bad', t('import.rounded', { count: rounded.length }), t('import.roundedText')) : nothing}
      ${odd.length ? note('warn', t('import.odd', { count: odd.length }), html`${t('import.oddText')} ${odd.slice(0, 4).map(([line, cell]) => html`<br>${t('import.oddRow', { line })} <bdi class="strong">${cell.slice(0, 60)}</bdi>`)}`) : nothing}
      ${phones ? nothing : note('warn', t('import.noPhone'), t('import.noPhoneText'))}
      <div class="actions"><button ?disabled=${!this.mapped.length || !this.data.length} @click=${() => this.run()}>${t('import.go', { count: this.data.length })}</button>
        <button class="quiet" @click=${() => {
          this.step = 'file';
          this.error = null;
          this.draw();
        }}>${t('import.other')}</button></div></div>`;
  }

  readingOptions() {
    const header = html`<label class="choice"><input type="checkbox" .checked=${this.top >= 0} @change=${event => this.choose(event.target.checked ? Math.max(headerRow(this.rows), 0) : -1)}>
      <span>${t('import.hasHeader')}</span></label>`;
    if (!this.separator) return header;
    const names = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' };
    return html`<div class="pair"><label class="field"><span>${t('import.separator')}</span>
      <select .value=${this.separator} @change=${event => this.reread({ separator: event.target.value })}>${SEPARATORS.map(one => html`<option value=${one} ?selected=${one === this.separator}>${t(`separator.${names[one]}`)}</option>`)}</select></label>
      <label class="field"><span>${t('import.encoding')}</span>
      <select @change=${event => this.reread({ encoding: event.target.value })}>${ENCODINGS.map(one => html`<option value=${one} ?selected=${one === this.encoding}>${t(`encoding.${one}`)}</option>`)}</select></label></div>${header}`;
  }

  sheet() {
    const pick = place => event => {
      this.fields = this.fields.with(place, event.target.value);
      this.draw();
    };
    return html`<div class="sheet" tabindex="0" role="region" aria-label=${t('import.preview')}><table>
      <thead><tr>${this.header.map(
        (name, place) => html`<th scope="col"><span dir="auto" title=${name}>${name}</span>
        <select aria-label=${t('import.meaning', { name })} @change=${pick(place)}>
          <option value="" ?selected=${!this.fields[place]}>${t('import.ignored')}</option>
          ${FIELDS.map(field => html`<option value=${field} ?selected=${this.fields[place] === field}>${t(`contact.${field}`)}</option>`)}</select></th>`,
      )}</tr></thead>
      <tbody>${this.data.slice(0, PREVIEW_ROWS).map(
        row =>
          html`<tr>${this.header.map((_, place) => {
            const cell = row.cells[place] ?? '';
            const isOdd = this.fields[place] === 'phone' && cell.trim() && !isLikePhone(cell);
            return html`<td dir="auto" class="${this.fields[place] ? '' : 'ignored'} ${isOdd ? 'odd' : ''}">${cell}</td>`;
          })}</tr>`,
      )}</tbody></table></div>`;
  }

  importStep() {
    return html`<section class="card stack"><h2 id="progress">${t('import.running', { done: this.done, all: this.all })}</h2>
      <progress max=${this.all} value=${this.done} aria-labelledby="progress"></progress>
      ${this.waits ? note('warn', t('import.waiting', { time: duration(this.waits.seconds) }), html`${explain(this.waits.error)} ${requestOf(this.waits.error)}`) : nothing}
      <p class="muted small">${t('import.runningText')}</p>
      <div class="actions"><button class="quiet" @click=${() => this.stopped.abort()}>${t('import.stop')}</button></div></section>`;
  }

  doneStep() {
    const { added, updated, unchanged, duplicates, invalid, notes_cut, not_mobile, test } = this.totals;
    const tally = [
      ['added', added],
      ['updated', updated - unchanged],
      ['unchanged', unchanged],
      ['duplicates', duplicates],
      ['refused', invalid.length],
    ];
    return html`${note(invalid.length && !added && !updated ? 'warn' : 'good', t('import.doneTitle', { count: added }), t('import.doneText', { all: this.all }))}
      <div class="tally">${tally.map(([name, count]) => html`<div><b>${number(count)}</b><span>${t(`import.${name}`)}</span></div>`)}</div>
      ${test ? note('warn', t('import.checked')) : nothing}
      ${not_mobile ? note('info', t('import.notMobile', { count: not_mobile })) : nothing}
      ${notes_cut ? note('info', t('import.notesCut', { count: notes_cut })) : nothing}
      ${invalid.length ? this.refusedRows(invalid) : nothing}
      <div class="actions"><a class="button" href="#/send?book=${this.page.id}">${icon('send')}${t('book.send')}</a>
        <a class="button quiet" href="#/books/${this.page.id}">${t('import.look')}</a>
        <button class="quiet" @click=${() => {
          Object.assign(this, { step: 'file', isSaved: false, attempt: crypto.randomUUID() });
          this.draw();
        }}>${t('import.another')}</button></div>`;
  }

  /** The text of the first column that is mapped: the number, if there is one. */
  ofPhone(row) {
    const [, place] = this.mapped.find(([field]) => field === 'phone') ?? this.mapped[0];
    return (row.cells[place] ?? '').slice(0, 40);
  }

  refusedRows(invalid) {
    return html`<section class="card stack"><div class="head"><h2>${t('import.refusedTitle', { count: invalid.length })}</h2>
      <div class="end"><button class="quiet" @click=${() => this.saveRefused()}>${icon('file')}${t('import.save')}</button></div></div>
      <p class="muted small">${t('import.refusedText')}</p>
      <dl class="facts refused">${invalid.slice(0, 10).map(
        ({ place, reason }) => html`<dt>${t('import.oddRow', { line: this.wanted[place].line })}</dt>
        <dd><bdi class="strong">${this.ofPhone(this.wanted[place])}</bdi> ${reason}</dd>`,
      )}</dl>
      ${invalid.length > 10 ? html`<p class="muted small">${t('import.refusedMore', { count: invalid.length - 10 })}</p>` : nothing}</section>`;
  }
}
