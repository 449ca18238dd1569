// All campaigns, newest first.
import { html, nothing, icon, badge, bar, problem, empty, pager, curl, current, t, number } from '../ui.js';
import { get, watch, pause } from '../api.js';
import { money, percent, time } from '../format.js';

const PAGE_SIZE = 20;
/** Rows that fill a screen, and milliseconds in which they are drawn. */
const SCREEN = 8;
const DRAWN = 50;
const STATUSES = ['scheduled', 'running', 'paused', 'completed', 'cancelled', 'failed'];
const MOVING = ['queued', 'running'];
/** From here on the wallet's postings say what a campaign cost. */
const OVER = ['completed', 'cancelled', 'failed'];
/** Rows that are looked at again while they move. */
const WATCHED = 5;
/** The parts of a campaign's recipients, in the order of the bar. They add up to all of them. */
export const parts = row => [
  ['delivered', row.delivered_count],
  ['sent', row.sent_count - row.delivered_count - row.undelivered_count],
  ['undelivered', row.undelivered_count],
  ['failed', row.failed_count],
  ['unconfirmed', row.unconfirmed_count],
  ['cancelled', row.cancelled_count],
  ['queued', row.queued_count],
];

/** A search for this is one for a person. Numbers of campaigns are shorter. */
const PHONE = /^\+?(?:[ ().-]*\d){9,15}$/;
/** What the address may ask for, by the names of the API's own query. */
const FILTERS = ['status', 'q', 'from', 'to'];

/** The address of the list with other filters, from its first page. */
const address = (filters, page = 1) => {
  const query = new URLSearchParams(Object.entries(filters).filter(([, value]) => value));
  if (page > 1) query.set('page', page);
  return `#/campaigns${query.size ? `?${query}` : ''}`;
};

export async function start(page) {
  const filters = Object.fromEntries(FILTERS.map(name => [name, page.query.get(name) ?? '']));
  const query = new URLSearchParams({ page: Number(page.query.get('page')) || 1, page_size: PAGE_SIZE });
  for (const name of FILTERS) if (filters[name]) query.set(name, filters[name]);
  const path = `/v1/sms/campaigns/?${query}`;
  page.title(t('campaigns.title'));
  const [list, error] = await read(path, filters, page.signal);
  const show = (most = PAGE_SIZE) =>
    page.draw(view({ ...list, results: list.results.slice(0, most) }, error, filters, path));
  // The first screen does not wait for the layout of rows below it.
  if (page.isNew) {
    show(SCREEN);
    await pause(DRAWN, page.signal);
  }
  show();
  await watchMoving(list.results, page, show);
}

/** The list, or an empty one and what is wrong with the search: the reader corrects it in its fields. */
async function read(path, filters, signal) {
  try {
    return [await get(path, { signal }), null];
  } catch (error) {
    if (error.status !== 400 || !isNarrowed(filters)) throw error;
    return [{ results: [], total: 0, page: 1, total_pages: 0 }, error];
  }
}

async function watchMoving(rows, { signal, trouble }, show) {
  const moving = () => rows.filter(row => MOVING.includes(row.status)).slice(0, WATCHED);
  if (!moving().length) return;
  await watch(async () => {
    const looks = moving().map(async row => {
      Object.assign(row, await get(`/v1/sms/campaigns/${row.campaign_id}/`, { signal }));
    });
    await Promise.all(looks);
    show();
    return moving().length ? 2 : null;
  }, signal, trouble);
}

const isNarrowed = filters => FILTERS.some(name => filters[name]);

function view(list, error, filters, path) {
  return html`
    <div class="head"><h1>${t('campaigns.title')}</h1></div>
    ${list.total || isNarrowed(filters) ? [statuses(filters), search(filters)] : nothing}
    ${error ? problem(error) : list.results.length ? table(list.results) : none(filters)}
    ${pager(list, page => address(filters, page))}
    ${curl([[path]])}`;
}

const statuses = filters => html`<nav class="filters" aria-label=${t('campaigns.filter')}>
  ${['', ...STATUSES].map(
    one => html`<a href=${address({ ...filters, status: one })} aria-current=${current(one === filters.status)}>
    ${one ? t(`status.${one}`) : t('campaigns.all')}</a>`,
  )}</nav>`;

function search(filters) {
  const submit = event => {
    event.preventDefault();
    const { q, from, to } = event.target.elements;
    const wanted = q.value.trim();
    location.hash = PHONE.test(wanted)
      ? `#/messages?mobile=${encodeURIComponent(wanted)}`
      : address({ ...filters, q: wanted, from: from.value, to: to.value });
  };
  const day = name => html`<label><span>${t(`campaigns.${name}`)}</span><input type="date" name=${name} .value=${filters[name]}></label>`;
  return html`<form class="search days" role="search" @submit=${submit}>
    <input type="search" name="q" aria-label=${t('campaigns.find')} placeholder=${t('campaigns.find')} .value=${filters.q}>
    ${day('from')}${day('to')}<button class="quiet">${t('action.find')}</button></form>`;
}

const all = () => html`<a class="button quiet" href="#/campaigns">${t('campaigns.showAll')}</a>`;

function none({ status, ...rest }) {
  if (isNarrowed(rest)) return empty(t('campaigns.notFound'), t('campaigns.notFoundText'), all());
  if (status) return empty(t('campaigns.noneOf', { status: t(`status.${status}`) }), t('campaigns.noneOfText'), all());
  return empty(
    t('campaigns.none'),
    t('campaigns.noneText'),
    html`<a class="button" href="#/send">${icon('send')}${t('menu.send')}</a>`,
  );
}

const table = rows => html`<div class="rows campaigns" role="table" aria-label=${t('campaigns.title')}>
  <div class="row heads" role="row">${['campaign', 'status', 'recipients', 'delivered', 'cost'].map(
    name => html`
    <span role="columnheader" class=${['recipients', 'cost'].includes(name) ? 'n' : ''}>${t(`column.${name}`)}</span>`,
  )}</div>
  ${rows.map(row)}</div>`;

function row(campaign) {
  const { message, group_names } = campaign;
  const isOpen = campaign.status === 'scheduled';
  return html`<div class="row" role="row">
    <span role="cell" class="what"><a href="#/campaigns/${campaign.campaign_id}" class="title" dir="auto">${message ?? t('campaigns.number', { id: campaign.campaign_id })}</a>
      <span class="muted small">${campaign.test ? html`<span class="test">${t('test')}</span> ` : nothing}#${campaign.campaign_id}${group_names.length ? html` · <span dir="auto">${group_names.join(', ')}</span>` : nothing} · ${
        isOpen ? t('campaigns.scheduledFor', { time: time(campaign.scheduled_at) }) : time(campaign.created_at)
      }</span></span>
    <span role="cell">${badge(campaign.status)}</span>
    <span role="cell" class="n count">${number(campaign.recipients_count)}<span class="label"> ${t('column.recipients')}</span></span>
    <span role="cell" class="progress">${
      isOpen
        ? html`<span class="muted">–</span>`
        : html`${bar(parts(campaign), campaign.recipients_count)}
      <span class="small">${percent(campaign.delivered_count, campaign.recipients_count)}<span class="label"> ${t('column.delivered')}</span>${campaign.failed_count ? html`<span class="muted"><span class="dot"> · </span>${t('campaigns.failed', { count: campaign.failed_count })}</span>` : nothing}</span>`
    }</span>
    <span role="cell" class="n money">${money(OVER.includes(campaign.status) ? campaign.charged : campaign.estimated_cost)}</span>
  </div>`;
}
