// The phones of the sandbox: what it took instead of sending it. Served on one's own machine only.
import { html, nothing, empty, pager, finder, t, number } from '../ui.js';
import { get, watch, ApiError } from '../api.js';
import { time, inOffset, zone } from '../format.js';

const PAGE_SIZE = 24;
/** Numbers by their last six digits, as the sandbox treats them. */
const MAGIC = [
  '000001',
  '000002',
  '000004',
  '000006',
  '000011',
  '000012',
  '000021',
  '000032',
  '000036',
  '000042',
  '000044',
  '000046',
];

export async function start(page) {
  page.title(t('inbox.title'));
  const phone = page.query.get('phone') ?? '';
  const path = `/sandbox/inbox?page=${Number(page.query.get('page')) || 1}&page_size=${PAGE_SIZE}${phone ? `&to=${encodeURIComponent(phone)}` : ''}`;
  const { organisation } = await get('/v1/account/', { signal: page.signal });
  const read = async () => page.draw(view(await get(path, { signal: page.signal }), phone, organisation.offset));
  try {
    await read();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    return page.draw(html`<h1>${t('inbox.title')}</h1>${empty(t('inbox.absent'), t('inbox.absentText'))}`);
  }
  await watch(async () => {
    await read();
    return 2;
  }, page.signal, page.trouble);
}

const view = (inbox, phone, offset) => html`
  <div class="head"><h1>${t('inbox.title')}</h1></div>
  <p class="muted">${t('inbox.text')} ${t('inbox.zone', { zone: zone(offset) })}</p>
  <div class="tally">${['messages', 'numbers', 'repeated'].map(name => html`<div><b>${number(inbox.totals[name])}</b><span>${t(`inbox.${name}`)}</span></div>`)}</div>
  ${inbox.totals.messages ? finder('#/inbox', phone, t('inbox.find')) : nothing}
  ${
    inbox.results.length
      ? html`<div class="phones">${inbox.results.map(
          one => html`<div class="phone">
    <p class="from"><bdi>${one.to}</bdi></p><div class="bubble" dir="auto">${one.text}</div>
    <p class="small muted">${one.sender} · ${time(inOffset(one.received_at, offset), { seconds: true })}</p></div>`,
        )}</div>`
      : empty(t('inbox.none'), t('inbox.noneText'))
  }
  ${pager(inbox, page => `#/inbox?page=${page}${phone ? `&phone=${encodeURIComponent(phone)}` : ''}`)}
  <section class="card"><h2>${t('inbox.magic')}</h2><p class="muted small">${t('inbox.magicText')}</p>
    <dl class="facts magic">${MAGIC.map(end => html`<dt class="mono">…${end}</dt><dd>${t(`magic.${end}`)}</dd>`)}</dl></section>`;
