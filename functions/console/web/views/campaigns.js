// All campaigns, newest first.
import { html, nothing, icon, badge, bar, empty, pager, curl, current, t, number } from '../ui.js';
import { get, watch, rate } from '../api.js';
import { money, percent, time } from '../format.js';

const PAGE_SIZE = 20;
const STATUSES = ['scheduled', 'running', 'paused', 'completed', 'cancelled', 'failed'];
const MOVING = ['queued', 'running'];
/** From here on the wallet's postings say what a campaign cost. */
const OVER = ['completed', 'cancelled', 'failed'];
/** Rows that are looked at again while they move. */
const WATCHED = 5;
/** Calls under way at once for the texts of rows. */
const AT_ONCE = 4;
/** Texts and books of campaigns by id: they never change, and the list does not have them. */
const details = new Map();

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

const address = (status, page = 1) => {
  const query = new URLSearchParams();
  if (status) query.set('status', status);
  if (page > 1) query.set('page', page);
  return `#/campaigns${query.size ? `?${query}` : ''}`;
};

export async function start(page) {
  const status = page.query.get('status') ?? '';
  const number = Number(page.query.get('page')) || 1;
  const query = `?page=${number}&page_size=${PAGE_SIZE}${status ? `&status=${status}` : ''}`;
  const path = `/v1/sms/campaigns/${query}`;
  page.title(t('campaigns.title'));
  const list = await get(path, { signal: page.signal });
  const show = () => page.draw(view(list, status, path));
  show();
  await readTexts(list.results, page.signal, show);
  await watchMoving(list.results, page.signal, show);
}

/** Reads the texts of the rows, a few at once, as far as the rate window allows. */
async function readTexts(rows, signal, show) {
  const missing = rows.filter(row => row.message === undefined && !details.has(row.campaign_id));
  const worker = async () => {
    for (let row; (row = missing.shift()) && rate.remaining > 60;) {
      const { message, group_names } = await get(`/v1/sms/campaigns/${row.campaign_id}/`, { signal });
      details.set(row.campaign_id, { message, group_names });
      show();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker)).catch(error => {
    if (error.status !== 429) throw error;
  });
}

async function watchMoving(rows, signal, show) {
  const moving = () => rows.filter(row => MOVING.includes(row.status)).slice(0, WATCHED);
  if (!moving().length) return;
  await watch(async () => {
    const looks = moving().map(async row => {
      Object.assign(row, await get(`/v1/sms/campaigns/${row.campaign_id}/`, { signal }));
    });
    await Promise.all(looks);
    show();
    return moving().length ? 2 : null;
  }, signal);
}

function view(list, status, path) {
  return html`
    <div class="head"><h1>${t('campaigns.title')}</h1></div>
    ${list.total || status ? filters(status) : nothing}
    ${list.results.length ? table(list.results) : none(status)}
    ${pager(list, page => address(status, page))}
    ${curl([[path]])}`;
}

const filters = status => html`<nav class="filters" aria-label=${t('campaigns.filter')}>
  ${['', ...STATUSES].map(
    one => html`<a href=${address(one)} aria-current=${current(one === status)}>
    ${one ? t(`status.${one}`) : t('campaigns.all')}</a>`,
  )}</nav>`;

const none = status =>
  status
    ? empty(
        t('campaigns.noneOf', { status: t(`status.${status}`) }),
        t('campaigns.noneOfText'),
        html`<a class="button quiet" href="#/campaigns">${t('campaigns.showAll')}</a>`,
      )
    : empty(
        t('campaigns.none'),
        t('campaigns.noneText'),
        html`<a class="button" href="#/send">${icon('send')}${t('menu.send')}</a>`,
      );

const table = rows => html`<div class="rows campaigns" role="table" aria-label=${t('campaigns.title')}>
  <div class="row heads" role="row">${['campaign', 'status', 'recipients', 'delivered', 'cost'].map(
    name => html`
    <span role="columnheader" class=${['recipients', 'cost'].includes(name) ? 'n' : ''}>${t(`column.${name}`)}</span>`,
  )}</div>
  ${rows.map(row)}</div>`;

function row(campaign) {
  const { message = null, group_names = [] } = { ...details.get(campaign.campaign_id), ...campaign };
  const isOpen = campaign.status === 'scheduled';
  return html`<div class="row" role="row">
    <span role="cell" class="what"><a href="#/campaigns/${campaign.campaign_id}" class="title" dir="auto">${message ?? t('campaigns.number', { id: campaign.campaign_id })}</a>
      <span class="muted small">${campaign.test ? html`<span class="test">${t('test')}</span> ` : nothing}#${campaign.campaign_id}${group_names.length ? html` · <span dir="auto">${group_names.join(', ')}</span>` : nothing} · ${
        isOpen ? t('campaigns.scheduledFor', { time: time(campaign.scheduled_at) }) : time(campaign.created_at)
      }</span></span>
    <span role="cell">${badge(campaign.status)}</span>
    <span role="cell" class="n count"><span class="label">${t('column.recipients')} </span>${number(campaign.recipients_count)}</span>
    <span role="cell" class="progress">${
      isOpen
        ? html`<span class="muted">–</span>`
        : html`${bar(parts(campaign), campaign.recipients_count)}
      <span class="small">${percent(campaign.delivered_count, campaign.recipients_count)}<span class="label"> ${t('column.delivered')}</span>${campaign.failed_count ? html`<span class="muted"> · ${t('campaigns.failed', { count: campaign.failed_count })}</span>` : nothing}</span>`
    }</span>
    <span role="cell" class="n money">${money(OVER.includes(campaign.status) ? campaign.charged : campaign.estimated_cost)}</span>
  </div>`;
}
