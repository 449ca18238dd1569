// The money: what there is, what each month took and brought, and every posting.
import { html, nothing, icon, problem, empty, pager, curl, save, current, t } from '../ui.js';
import { get, csv } from '../api.js';
import { money, month, time, zone } from '../format.js';

const PAGE_SIZE = 50;
/** Postings that take money away from what can be spent. */
const OUT = ['reserve', 'correction'];

export async function start(page) {
  page.title(t('wallet.title'));
  const { signal, query } = page;
  const [balance, account] = await Promise.all([get('/v1/balance/', { signal }), get('/v1/account/', { signal })]);
  const state = {
    view: query.get('view') ?? 'statement',
    month: query.get('month') ?? balance.retrieved_at.slice(0, 7),
    exported: null,
    error: null,
  };
  const pages = `page=${Number(query.get('page')) || 1}&page_size=${PAGE_SIZE}`;
  const path =
    state.view === 'postings'
      ? `/v1/wallet/entries/?${pages}`
      : `/v1/wallet/statement/?month=${encodeURIComponent(state.month)}&${pages}`;
  const list = await get(path, { signal });
  const draw = () => page.draw(view(balance, account.limits, list, state, path, download));
  const download = async () => {
    Object.assign(state, { exported: 0, error: null });
    draw();
    try {
      const progress = part => {
        state.exported = part;
        draw();
      };
      save(await csv(`/v1/wallet/statement/?month=${encodeURIComponent(state.month)}`, progress, signal), `statement-${state.month}.csv`);
    } catch (error) {
      if (signal.aborted) return;
      state.error = error;
    }
    state.exported = null;
    draw();
  };
  draw();
}

const view = (balance, limits, list, state, path, download) => html`
  <div class="head"><h1>${t('wallet.title')}</h1></div>
  <div class="tally">${['available', 'reserved', 'balance'].map(
    name => html`<div>
    <b>${money(`${balance.currency} ${balance[name]}`)}</b><span>${t(`wallet.${name}`)}</span></div>`,
  )}</div>
  <p class="muted small">${t('wallet.at', { time: time(balance.retrieved_at, { seconds: true }), zone: zone(balance.retrieved_at) })}
    ${limits.spent_today ? t('wallet.cap', { spent: money(limits.spent_today), cap: money(limits.daily_spend_cap) }) : nothing}</p>
  <nav class="filters" aria-label=${t('wallet.views')}>${['statement', 'postings'].map(
    name => html`<a href="#/wallet?view=${name}" aria-current=${current(name === state.view)}>${t(`wallet.${name}`)}</a>`,
  )}</nav>
  ${state.error ? problem(state.error) : nothing}
  ${state.view === 'postings' ? postings(list) : statement(list, state, balance, download)}
  ${curl([['/v1/balance/'], [path]])}`;

const monthAddress = (text, page = 1) => `#/wallet?month=${text}${page > 1 ? `&page=${page}` : ''}`;

/** The month some months after another: `2027-01` after `2026-12`. */
function shifted(text, by) {
  const [year, number] = text.split('-').map(Number);
  const all = year * 12 + number - 1 + by;
  return `${Math.floor(all / 12)}-${String((all % 12) + 1).padStart(2, '0')}`;
}

function statement(list, { month: shown, exported }, balance, download) {
  const next = shifted(shown, 1);
  const isPast = shown < balance.retrieved_at.slice(0, 7);
  return html`<div class="head"><h2>${month(shown)}</h2><div class="end">
      <a class="button quiet" href=${monthAddress(shifted(shown, -1))}>${month(shifted(shown, -1))}</a>
      ${isPast ? html`<a class="button quiet" href=${monthAddress(next)}>${month(next)}</a>` : nothing}
      ${list.total ? html`<button class="quiet" ?disabled=${exported !== null} @click=${download}>${icon('file')}${exported === null ? t('action.csv') : t('action.csvBusy', { part: Math.round(exported * 100) })}</button>` : nothing}</div></div>
    <p class="muted small">${t('wallet.statementText')}</p>
    ${list.results.length ? lines(list.results) : empty(t('wallet.noneOf', { month: month(shown) }), `${t('wallet.noneOfText')} ${isSome(balance.balance) ? '' : t('wallet.noneText')}`)}
    ${pager(list, page => monthAddress(shown, page))}`;
}

const heads = (...names) => html`<div class="row heads" role="row">${names.map(
  name => html`<span role="columnheader" class=${name === 'amount' ? 'n' : ''}>${t(`column.${name}`)}</span>`,
)}</div>`;

/** An amount with a minus that is not a hyphen. */
const signed = (currency, amount) => `${amount.startsWith('-') ? '−' : ''}${currency} ${money(amount.replace('-', ''))}`;

const isSome = amount => /[1-9]/.test(amount);

const lines = results => html`<div class="rows entries" role="table" aria-label=${t('wallet.statement')}>
  ${heads('at', 'posting', 'amount')}
  ${results.map(
    line => html`<div class="row" role="row"><span role="cell" class="muted mono at">${time(line.created_at)}</span>
    <span role="cell" class="wrap">${line.campaign_id ? html`<a href="#/campaigns/${line.campaign_id}">${t('campaigns.number', { id: String(line.campaign_id) })}</a>` : t(`entry.${line.kind}`)}
      ${line.reason ? html`<span class="muted small" dir="auto">${line.reason}</span>` : nothing}
      ${isSome(line.reserved) ? html`<span class="muted small">${t('wallet.held', { amount: `${line.currency} ${money(line.reserved)}` })}</span>` : nothing}</span>
    <span role="cell" class="n">${signed(line.currency, line.amount)}</span></div>`,
  )}</div>`;

const postings = list => html`<p class="muted small">${t('wallet.postingsText')}</p>
  ${list.results.length ? entries(list.results) : empty(t('wallet.none'), t('wallet.noneText'))}
  ${pager(list, page => `#/wallet?view=postings&page=${page}`)}`;

const entries = results => html`<div class="rows entries" role="table" aria-label=${t('wallet.postings')}>
  ${heads('at', 'posting', 'amount')}
  ${results.map(
    entry => html`<div class="row" role="row"><span role="cell" class="muted mono at">${time(entry.created_at)}</span>
    <span role="cell" class="wrap">${t(`entry.${entry.kind}`)}${entry.campaign_id ? html` · <a href="#/campaigns/${entry.campaign_id}">${t('campaigns.number', { id: String(entry.campaign_id) })}</a>` : nothing}
      ${entry.reason ? html`<span class="muted small" dir="auto">${entry.reason}</span>` : nothing}</span>
    <span role="cell" class="n">${OUT.includes(entry.kind) ? '−' : ''}${entry.currency} ${money(entry.amount)}</span></div>`,
  )}</div>`;
