// The money: what there is, and every posting.
import { html, nothing, empty, pager, curl, t } from '../ui.js';
import { get } from '../api.js';
import { money, time, zone } from '../format.js';

const PAGE_SIZE = 50;
/** Postings that take money away from what can be spent. */
const OUT = ['reserve', 'correction'];

export async function start(page) {
  page.title(t('wallet.title'));
  const { signal } = page;
  const number = Number(page.query.get('page')) || 1;
  const path = `/v1/wallet/entries/?page=${number}&page_size=${PAGE_SIZE}`;
  const [balance, list] = await Promise.all([get('/v1/balance/', { signal }), get(path, { signal })]);
  page.draw(view(balance, list, path));
}

const view = (balance, list, path) => html`
  <div class="head"><h1>${t('wallet.title')}</h1></div>
  <div class="tally">${['available', 'reserved', 'balance'].map(
    name => html`<div>
    <b>${balance.currency} ${money(balance[name])}</b><span>${t(`wallet.${name}`)}</span></div>`,
  )}</div>
  <p class="muted small">${t('wallet.at', { time: time(balance.retrieved_at, { seconds: true }), zone: zone(balance.retrieved_at) })}</p>
  <h2>${t('wallet.entries')}</h2>
  ${list.results.length ? table(list.results) : empty(t('wallet.none'), t('wallet.noneText'))}
  ${pager(list, page => `#/wallet?page=${page}`)}
  ${curl([['/v1/balance/'], [path]])}`;

const table = entries => html`<div class="rows entries" role="table" aria-label=${t('wallet.entries')}>
  <div class="row heads" role="row">${['at', 'posting', 'amount'].map(name => html`<span role="columnheader" class=${name === 'amount' ? 'n' : ''}>${t(`column.${name}`)}</span>`)}</div>
  ${entries.map(
    entry => html`<div class="row" role="row"><span role="cell" class="muted mono at">${time(entry.created_at)}</span>
    <span role="cell" class="wrap">${t(`entry.${entry.kind}`)}${entry.campaign_id ? html` · <a href="#/campaigns/${entry.campaign_id}">${t('campaigns.number', { id: entry.campaign_id })}</a>` : nothing}
      ${entry.reason ? html`<span class="muted small" dir="auto">${entry.reason}</span>` : nothing}</span>
    <span role="cell" class="n">${OUT.includes(entry.kind) ? '−' : ''}${entry.currency} ${money(entry.amount)}</span></div>`,
  )}</div>`;
