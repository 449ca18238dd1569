// All address books, a search for a number over all of them, and a new one.
import { html, nothing, icon, problem, empty, pager, curl, announce, finder, t, number } from '../ui.js';
import { get, send } from '../api.js';
import { time } from '../format.js';

const PAGE_SIZE = 50;

export async function start(page) {
  page.title(t('books.title'));
  const { signal } = page;
  const phone = page.query.get('phone') ?? '';
  const path = `/v1/address-books/?page=${Number(page.query.get('page')) || 1}&page_size=${PAGE_SIZE}`;
  const search = `/v1/contacts/?phone=${encodeURIComponent(phone)}`;
  const state = {
    list: await get(path, { signal }),
    isNew: page.query.has('new'),
    error: null,
    found: null,
    searchError: null,
  };
  const draw = () => page.draw(view(state, phone, actions, path));
  const actions = {
    open: () => {
      state.isNew = true;
      draw();
      document.getElementById('name').focus();
    },
    close: () => {
      state.isNew = false;
      draw();
    },
    create: async event => {
      event.preventDefault();
      const { name, description } = event.target.elements;
      try {
        const body = { name: name.value, ...(description.value.trim() ? { description: description.value } : {}) };
        const { id } = await send('POST', '/v1/address-books/', body);
        actions.close();
        location.hash = `#/books/${id}/import`;
      } catch (error) {
        state.error = error;
        draw();
      }
    },
  };
  draw();
  if (!phone) return;
  try {
    state.found = await get(search, { signal });
    announce(t('books.found', { count: state.found.total }));
  } catch (error) {
    if (signal.aborted) throw error;
    state.searchError = error;
  }
  draw();
}

const view = (state, phone, actions, path) => html`
  <div class="head"><h1>${t('books.title')}</h1><div class="end">
    ${state.isNew ? nothing : html`<button @click=${actions.open}>${icon('books')}${t('books.new')}</button>`}</div></div>
  ${state.isNew ? form(state, actions) : nothing}
  ${state.list.total ? finder('#/books', phone, t('books.find')) : nothing}
  ${state.searchError ? problem(state.searchError) : nothing}
  ${phone && state.found ? results(state.found, phone) : nothing}
  ${
    state.list.results.length
      ? table(state.list.results)
      : state.isNew
        ? nothing
        : empty(t('books.none'), t('books.noneText'), html`<button @click=${actions.open}>${t('books.new')}</button>`)
  }
  ${pager(state.list, one => `#/books?page=${one}`)}
  ${curl([[path]])}`;

const form = (state, actions) => html`<form class="card stack" @submit=${actions.create}>
  <h2>${t('books.new')}</h2>${state.error ? problem(state.error) : nothing}
  <label class="field"><span>${t('books.name')}</span><input id="name" name="name" required maxlength="100" autocomplete="off"></label>
  <label class="field"><span>${t('books.description')}</span><input name="description" maxlength="500" autocomplete="off"></label>
  <div class="actions"><button>${t('books.create')}</button><button type="button" class="quiet" @click=${actions.close}>${t('action.back')}</button></div></form>`;

const results = (found, phone) =>
  found.results.length
    ? html`<section class="stack" aria-label=${t('books.found', { count: found.total })}><h2>${t('books.found', { count: found.total })}</h2>
    <div class="rows">${found.results.map(
      contact => html`<div class="row"><span class="what">
      <a class="title" dir="auto" href="#/books/${contact.address_book?.id ?? contact.address_book}?phone=${encodeURIComponent(contact.phone)}">${fullName(contact) || contact.phone}</a>
      <span class="muted small" dir="auto">${contact.phone} · ${t('books.in')} ${contact.address_book?.name ?? ''}</span></span></div>`,
    )}</div></section>`
    : empty(
        t('books.notFound', { phone }),
        t('books.notFoundText'),
        html`<a class="button quiet" href="#/books">${t('books.showAll')}</a>`,
      );

/** First and last name, as far as there are any. */
export const fullName = contact => [contact.first_name, contact.last_name].filter(Boolean).join(' ');

const table = books => html`<div class="rows books" role="table" aria-label=${t('books.title')}>
  <div class="row heads" role="row">${['book', 'contacts', 'noPhone', 'changed'].map(name => html`<span role="columnheader" class=${name === 'book' ? '' : 'n'}>${t(`column.${name}`)}</span>`)}</div>
  ${books.map(
    book => html`<div class="row" role="row">
    <span role="cell" class="what"><a class="title" dir="auto" href="#/books/${book.id}">${book.name}</a>
      ${book.description ? html`<span class="muted small" dir="auto">${book.description}</span>` : nothing}</span>
    <span role="cell" class="n">${number(book.contact_count)} <span class="label">${t('column.contacts')}</span></span>
    <span role="cell" class="n muted ${book.no_phone_count ? '' : 'none'}">${number(book.no_phone_count)} <span class="label">${t('column.noPhone')}</span></span>
    <span role="cell" class="n muted">${time(book.updated_at)}</span></div>`,
  )}</div>`;
