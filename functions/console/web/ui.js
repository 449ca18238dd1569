// Pieces that several pages share: icons, states, notes, tables' feet.
import { html, svg, nothing, render } from './vendor/lit-html.js';
import { t, has, number } from './format.js';

const shapes = {
  campaigns: svg`<path d="M4 5h16v11H10l-4 4v-4H4z"/><path d="M8 9h8M8 12.5h5"/>`,
  books: svg`<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 20c.4-3.700 3-5.5 6.5-5.5s6.100 1.800 6.5 5.5M16 5.300a3.5 3.5 0 0 1 0 6.4M18 14.900c2.100.8 3.300 2.5 3.5 5.100"/>`,
  optOuts: svg`<circle cx="12" cy="12" r="8.5"/><path d="M6 6l12 12"/>`,
  wallet: svg`<path d="M4 7.5h16v12H4zM4 7.5l11-3.5v3.5"/><path d="M15.5 13.5h.01"/>`,
  settings: svg`<path d="M4 7.5h9M17.5 7.5H20M4 16.5h2.500M11 16.5h9"/><circle cx="15" cy="7.5" r="2.300"/><circle cx="8.700" cy="16.5" r="2.300"/>`,
  inbox: svg`<rect x="7" y="2.5" width="10" height="19" rx="2"/><path d="M11 18.5h2"/>`,
  send: svg`<path d="M21 3L10 14M21 3l-7 18-4-7-7-4z"/>`,
  out: svg`<path d="M14 4H5v16h9M10 12h11M17.5 8.5L21 12l-3.5 3.5"/>`,
  alert: svg`<path d="M12 4l9 16H3zM12 10v4.5M12 17.200v.01"/>`,
  info: svg`<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 8v.01"/>`,
  done: svg`<circle cx="12" cy="12" r="8.5"/><path d="M8 12.300l2.800 2.700L16 9.5"/>`,
  file: svg`<path d="M6 3h8l4 4v14H6zM14 3v4h4"/>`,
};

/** A picture beside a text that says the same. */
export const icon = name => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${shapes[name]}</svg>`;

/** The state of a campaign or a message, as a word in its colour. */
export const badge = (status, kind = 'status') => html`<span class="badge ${status}">${t(`${kind}.${status}`)}</span>`;

/** Tells people who do not see the page. */
export function announce(text) {
  document.getElementById('live').textContent = text;
}

/** A part of the page while its data are on their way. */
export const loading = (rows = 4) => html`<div class="loading" role="status" aria-label=${t('loading')}>
  ${Array.from({ length: rows }, () => html`<span></span>`)}</div>`;

/** A list without entries: says why, and what to do. */
export const empty = (title, text, action = nothing) => html`<div class="empty">
  <h2>${title}</h2><p>${text}</p>${action}</div>`;

/** A note across the page. */
export const note = (kind, title, text = nothing, actions = nothing) => html`
  <div class="note ${kind}" role=${kind === 'bad' ? 'alert' : nothing}>
    ${icon({ bad: 'alert', warn: 'alert', good: 'done' }[kind] ?? 'info')}
    <div><strong>${title}</strong>${text === nothing ? nothing : html`<div>${text}</div>`}
    ${actions === nothing ? nothing : html`<div class="actions">${actions}</div>`}</div>
  </div>`;

/** What is wrong with a field, which has the name that its form gives it. */
const wrong = ({ field, message }) => `${has(`contact.${field}`) ? t(`contact.${field}`) : field}: ${message}`;

/** What happened, in the reader's words: by its code, else the only wrong field, else the API's own sentence. */
export function explain(error) {
  const known = `error.${error.code}`;
  if (has(known)) return t(known, { detail: error.message, seconds: error.retryAfter ?? 10 });
  const [only, ...others] = error.body?.errors ?? [];
  return only && !others.length ? wrong(only) : error.message || t('error.unreadable');
}

/** The id by which the request of an error is found again. */
export const requestOf = error =>
  error.requestId ? html`<span class="request">${t('error.request')} <code>${error.requestId}</code></span>` : nothing;

/** An error with what can be done. */
export function problem(error, retry) {
  const title = explain(error);
  // The sentence of one wrong field alone is the error's own.
  const fields = (error.body?.errors ?? []).filter(one => !title.endsWith(one.message));
  const text = html`
    ${fields.length ? html`<ul>${fields.slice(0, 10).map(one => html`<li>${wrong(one)}</li>`)}</ul>` : nothing}
    ${requestOf(error)}`;
  const again = retry ? html`<button class="quiet" @click=${retry}>${t('action.again')}</button>` : nothing;
  return note('bad', title, text, again);
}

/** The foot of a numbered list. `address` makes the link to a page. */
export function pager(list, address) {
  if (list.total_pages <= 1 && list.page === 1) return nothing;
  const first = (list.page - 1) * list.page_size + 1;
  const last = Math.min(list.page * list.page_size, list.total);
  const link = (page, text, exists) =>
    exists ? html`<a class="button quiet" href=${address(page)}>${text}</a>` : nothing;
  return html`<nav class="pager" aria-label=${t('pager.label')}>
    <span>${t('pager.range', { first, last, total: list.total })}</span>
    ${link(list.page - 1, t('pager.previous'), list.page > 1)}
    ${link(list.page + 1, t('pager.next'), list.page < list.total_pages)}
  </nav>`;
}

/** Parts of a whole as one bar; the numbers beside it say the same. */
export function bar(parts, whole) {
  let x = 0;
  const rects = parts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => {
      const width = (count / Math.max(whole, 1)) * 1000;
      const rect = svg`<rect class="fill ${name}" x=${x.toFixed(2)} y="0" width=${Math.max(width, 2).toFixed(2)} height="10"/>`;
      x += width;
      return rect;
    });
  return html`<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
    <rect class="fill none" width="1000" height="10"/>${rects}</svg>`;
}

/** The calls that a page makes, for those who want to do the same in a program. */
export function curl(calls) {
  const line = ([path, method = 'GET', body]) =>
    [
      `curl -sS '${location.origin}${path}'`,
      method === 'GET' ? '' : `-X ${method}`,
      `-H "Authorization: Bearer $KEY"`,
      body ? `-H 'Content-Type: application/json' -d '${JSON.stringify(body).replaceAll("'", String.raw`'\''`)}'` : '',
    ]
      .filter(Boolean)
      .join(' ');
  return html`<details class="curl"><summary>${t('curl')}</summary>
    <pre tabindex="0">${calls.map(line).join('\n')}</pre></details>`;
}

/** A search field. The address that it leads to keeps what was asked, under `name`. */
export function finder(address, value, label, name = 'phone') {
  const submit = event => {
    event.preventDefault();
    const wanted = event.target.elements[name].value.trim();
    const sign = address.includes('?') ? '&' : '?';
    location.hash = wanted ? `${address}${sign}${name}=${encodeURIComponent(wanted)}` : address;
  };
  return html`<form class="search" role="search" @submit=${submit}>
    <input type="search" name=${name} inputmode=${name === 'q' ? 'search' : 'tel'} aria-label=${label} placeholder=${label} .value=${value}>
    <button class="quiet">${t('action.find')}</button></form>`;
}

/** Whether a page is the one that the menu shows. */
export const current = is => (is ? 'page' : nothing);

/** Saves a file on the reader's machine. */
export function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export { html, svg, nothing, render, t, number };
