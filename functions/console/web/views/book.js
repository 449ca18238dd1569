// One address book and its contacts.
import { html, nothing, icon, note, problem, empty, loading, pager, curl, save, finder, t, number } from '../ui.js';
import { get, send, csv } from '../api.js';
import { fullName } from './books.js';
import { confirm } from '../parts/dialog.js';

const PAGE_SIZE = 50;
/** Types of numbers that get texts. */
const TEXTED = ['mobile', 'fixed_line_or_mobile', 'voip', 'personal'];
const FIELDS = ['phone', 'first_name', 'last_name', 'email', 'notes'];

export async function start(page) {
  const view = new Book(page);
  await view.begin();
}

class Book {
  constructor(page) {
    this.page = page;
    this.path = `/v1/address-books/${page.id}/`;
    this.phone = page.query.get('phone') ?? '';
    this.number = Number(page.query.get('page')) || 1;
    this.edited = null;
    this.isRenamed = false;
    this.error = null;
    this.done = null;
    this.exported = null;
  }

  get contactsPath() {
    const phone = this.phone ? `&phone=${encodeURIComponent(this.phone)}` : '';
    return `${this.path}contacts/?page=${this.number}&page_size=${PAGE_SIZE}${phone}`;
  }

  async begin() {
    await this.read();
    this.page.title(this.book.name);
    this.draw();
  }

  async read() {
    const { signal } = this.page;
    const contacts = get(this.contactsPath, { signal }).then(
      list => [list, null],
      error => [null, error],
    );
    this.book = await get(this.path, { signal });
    [this.list, this.listError] = await contacts;
  }

  /** Does something, then shows the book as it is afterwards. */
  async change(act, done = null) {
    try {
      await act();
      Object.assign(this, { error: null, edited: null, isRenamed: false, done });
      await this.read();
    } catch (error) {
      Object.assign(this, { error, done: null });
    }
    this.draw();
  }

  rename(event) {
    event.preventDefault();
    const { name, description } = event.target.elements;
    this.change(() => send('PATCH', this.path, { name: name.value, description: description.value.trim() || null }));
  }

  async remove() {
    const sure = await confirm({
      title: t('book.deleteTitle', { name: this.book.name }),
      text: html`<p>${t('book.deleteText', { count: this.book.contact_count })}</p>`,
      yes: t('book.delete'),
      danger: true,
      typed: this.book.name,
    });
    if (!sure) return;
    try {
      await send('DELETE', this.path);
      location.hash = '#/books';
    } catch (error) {
      this.error = error;
      this.draw();
    }
  }

  saveContact(event) {
    event.preventDefault();
    const { elements } = event.target;
    const values = Object.fromEntries(FIELDS.map(name => [name, elements[name].value.trim() || null]));
    if (this.edited.id)
      return this.change(() => send('PATCH', `${this.path}contacts/${this.edited.id}/`, values), t('book.changed'));
    return this.change(async () => {
      const answer = await send('POST', `${this.path}contacts/?allow_no_phone=true`, [values]);
      if (answer.invalid_count) throw refusedRow(answer.invalid[0].reason);
    }, t('book.added'));
  }

  async removeContact(contact) {
    const name = fullName(contact) || contact.phone || contact.email;
    const sure = await confirm({
      title: t('book.removeTitle', { name }),
      text: html`<p>${t('book.removeText', { book: this.book.name })}</p>`,
      yes: t('action.remove'),
      danger: true,
    });
    if (sure) this.change(() => send('DELETE', `${this.path}contacts/${contact.id}/`), t('book.removed', { name }));
  }

  async export() {
    try {
      this.exported = 0;
      this.draw();
      save(
        await csv(
          `${this.path}contacts/`,
          part => {
            this.exported = part;
            this.draw();
          },
          this.page.signal,
        ),
        `${this.book.name}.csv`,
      );
    } catch (error) {
      if (this.page.signal.aborted) return;
      this.error = error;
    }
    this.exported = null;
    this.draw();
  }

  edit(contact) {
    // A form of its own for each contact: what was typed for one is nothing of another.
    Object.assign(this, { edited: null, error: null, done: null });
    this.draw();
    if (!contact) return;
    this.edited = contact;
    this.draw();
    document.getElementById('contact-phone').focus();
  }

  draw() {
    const { book, page } = this;
    page.draw(html`
      <p class="crumb"><a href="#/books">${t('books.title')}</a> ›</p>
      <div class="head"><h1 dir="auto" class="wrap">${book.name}</h1><div class="end">
 ${book.contact_count ? html`<a class="button" href="#/send?book=${page.id}">${icon('send')}${t('book.send')}</a>` : nothing}
        <a class="button quiet" href="#/books/${page.id}/import">${icon('file')}${t('book.import')}</a></div></div>
      ${book.description ? html`<p class="muted wrap" dir="auto">${book.description}</p>` : nothing}
      ${this.isRenamed ? this.renameForm() : this.summary()}
      ${this.error && !this.edited ? problem(this.error) : nothing}${this.done ? note('good', this.done) : nothing}
      ${this.edited ? this.contactForm() : nothing}
      ${
        book.contact_count || this.phone
          ? html`<div class="head">${finder(`#/books/${page.id}`, this.phone, t('book.find'))}
        <div class="end"><button class="quiet" @click=${() => this.edit({})}>${t('book.add')}</button>
        <button class="quiet" ?disabled=${this.exported !== null} @click=${() => this.export()}>${icon('file')}${this.exported === null ? t('action.csv') : t('action.csvBusy', { part: Math.round(this.exported * 100) })}</button></div></div>`
          : nothing
      }
      ${this.contacts()}
      ${curl([[this.path], [this.contactsPath]])}`);
  }

  summary() {
    const { book } = this;
    return html`<p class="muted">${t('book.contacts', { count: book.contact_count })}${book.no_phone_count ? html` · ${t('book.noPhone', { count: book.no_phone_count })}` : nothing}
      · <button class="plain" @click=${() => {
        this.isRenamed = true;
        this.draw();
      }}>${t('book.rename')}</button> · <button class="plain danger" @click=${() => this.remove()}>${t('book.delete')}</button></p>`;
  }

  renameForm() {
    return html`<form class="card stack" @submit=${event => this.rename(event)}>
      <label class="field"><span>${t('books.name')}</span><input name="name" required maxlength="100" .value=${this.book.name}></label>
      <label class="field"><span>${t('books.description')}</span><input name="description" maxlength="500" .value=${this.book.description ?? ''}></label>
      <div class="actions"><button>${t('action.save')}</button><button type="button" class="quiet" @click=${() => {
        this.isRenamed = false;
        this.draw();
      }}>${t('action.back')}</button></div></form>`;
  }

  contactForm() {
    const one = this.edited;
    return html`<form class="card stack" @submit=${event => this.saveContact(event)}>
      <h2>${t(one.id ? 'book.edit' : 'book.add')}</h2>${this.error ? problem(this.error) : nothing}
      <div class="pair">${FIELDS.map(
        name => html`<label class="field"><span>${t(`contact.${name}`)}</span>
        <input name=${name} id="contact-${name}" dir="auto" autocomplete="off" inputmode=${name === 'phone' ? 'tel' : 'text'} .value=${one[name] ?? ''}></label>`,
      )}</div>
      <div class="actions"><button>${t('action.save')}</button><button type="button" class="quiet" @click=${() => this.edit(null)}>${t('action.back')}</button></div></form>`;
  }

  contacts() {
    const { list, page } = this;
    if (this.listError) return problem(this.listError, () => page.reopen());
    if (!list) return loading(5);
    if (!list.results.length && this.phone) {
      return empty(
        t('books.notFound', { phone: this.phone }),
        t('book.notFoundText'),
        html`<a class="button quiet" href="#/books/${page.id}">${t('book.showAll')}</a>`,
      );
    }
    if (!list.results.length) {
      return empty(
        t('book.empty'),
        t('book.emptyText'),
        html`<div class="actions"><a class="button" href="#/books/${page.id}/import">${t('book.import')}</a>
        <button class="quiet" @click=${() => this.edit({})}>${t('book.add')}</button></div>`,
      );
    }
    return html`<div class="rows contacts" role="table" aria-label=${t('book.list')}>
      <div class="row heads" role="row">${['name', 'number', 'email', 'notes'].map(name => html`<span role="columnheader">${t(`column.${name}`)}</span>`)}<span role="columnheader"><span class="unseen">${t('column.actions')}</span></span></div>
      ${list.results.map(contact => this.row(contact))}</div>
      ${pager(list, one => `#/books/${page.id}?page=${one}`)}`;
  }

  row(contact) {
    const name = fullName(contact);
    return html`<div class="row" role="row"><span role="cell" class="wrap strong" dir="auto">${name || html`<span class="muted">–</span>`}</span>
      <span role="cell" class="mono">${contact.phone ?? html`<span class="muted">${t('book.withoutPhone')}</span>`}${
        contact.phone_type && !TEXTED.includes(contact.phone_type) ? html`<br><span class="muted small">${t('book.notMobile')}</span>` : nothing
      }</span>
      <span role="cell" class="wrap small email" dir="auto">${contact.email ?? ''}</span><span role="cell" class="wrap small muted notes" dir="auto">${contact.notes ?? ''}</span>
      <span role="cell" class="n"><button class="plain" aria-label=${t('book.editOf', { name: name || contact.phone || contact.email })} @click=${() => this.edit(contact)}>${t('action.edit')}</button>
        <button class="plain danger" aria-label=${t('book.removeTitle', { name: name || contact.phone || contact.email })} @click=${() => this.removeContact(contact)}>${t('action.remove')}</button></span></div>`;
  }
}

/** The import's reason for refusing a row, as the error that a form shows. */
const refusedRow = reason => Object.assign(new Error(reason), { code: 'refused_row', body: {}, requestId: null });
