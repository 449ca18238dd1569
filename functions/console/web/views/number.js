// What one number got from the latest campaigns.
import { html, nothing, badge, problem, empty, finder, curl, t } from '../ui.js';
import { get } from '../api.js';
import { money, phone, time } from '../format.js';

export async function start(page) {
  page.title(t('number.title'));
  const mobile = page.query.get('mobile') ?? '';
  const path = `/v1/sms/messages/?mobile=${encodeURIComponent(mobile)}`;
  const [answer, error] = mobile ? await read(path, page.signal) : [null, null];
  page.draw(html`
    <p class="crumb"><a href="#/campaigns">${t('campaigns.title')}</a> ›</p>
    <h1>${t('number.title')}</h1>
    ${finder('#/messages', mobile, t('contact.phone'), 'mobile')}
    ${error ? problem(error) : nothing}
    ${answer ? found(answer, mobile) : nothing}
    ${curl([[path]])}`);
}

/** The answer, or why the number cannot be looked for. */
async function read(path, signal) {
  try {
    return [await get(path, { signal }), null];
  } catch (error) {
    if (error.status !== 400) throw error;
    return [null, error];
  }
}

function found({ results, searched_from: from }, mobile) {
  const range = from ? t('number.since', { time: time(from) }) : t('number.all');
  if (!results.length) return empty(t('number.none', { phone: mobile }), range);
  return html`<p class="muted small">${range}</p><div class="rows messages" role="table" aria-label=${t('number.title')}>
    <div class="row heads" role="row">${['campaign', 'status', 'message', 'cost', 'since'].map(name => html`<span role="columnheader" class=${['cost', 'since'].includes(name) ? 'n' : ''}>${t(`column.${name}`)}</span>`)}</div>
    ${results.map(
      one => html`<div class="row" role="row">
      <span role="cell"><a href="#/messages/${one.id}">${t('campaigns.number', { id: String(one.campaign_id) })}</a></span>
      <span role="cell">${badge(one.status, 'message')}</span>
      <span role="cell" class="reason wrap small"><span dir="auto">${one.message}</span> <span class="muted">${one.error ?? phone(one.mobile)}</span></span>
      <span role="cell" class="n small">${money(one.cost)}</span><span role="cell" class="n small muted at">${time(one.updated_at)}</span></div>`,
    )}</div>`;
}
