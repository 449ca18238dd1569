// One message: what it said, and what became of it.
import { html, nothing, badge, note, curl, t, number } from '../ui.js';
import { get } from '../api.js';
import { money, phone, time, zone } from '../format.js';

/** The states that a message may still leave. */
const OPEN = ['queued', 'sent', 'unconfirmed'];
/** The moments of a message, in their order. */
const MOMENTS = ['accepted', 'handed_over', 'answered', 'reported'];

export async function start(page) {
  page.title(t('message.title'));
  const path = `/v1/sms/messages/${page.id}/`;
  const message = await get(path, { signal: page.signal });
  page.draw(view(message, path));
}

const view = (one, path) => html`
  <p class="crumb"><a href="#/campaigns">${t('campaigns.title')}</a> ›
    <a href="#/campaigns/${one.campaign_id}">${t('campaigns.number', { id: String(one.campaign_id) })}</a> ›</p>
  <div class="head"><h1>${one.mobile ? phone(one.mobile) : t('message.erased')}</h1>${badge(one.status, 'message')}
    ${one.test ? html`<span class="test">${t('test')}</span>` : nothing}</div>
  ${note(one.error ? 'warn' : 'info', one.error ?? t(`meaning.${one.status}`))}
  <section class="about" aria-label=${t('message.history')}>
    <div class="phone"><p class="from">${one.sender_id}</p><div class="bubble" dir="auto">${one.message}</div></div>
    <div class="card stack"><h2>${t('message.history')}</h2>
      <ol class="history">${MOMENTS.map(name => moment(one, name))}</ol>
      <p class="muted small">${t('message.zone', { zone: zone(one.accepted_at) })}</p>
      <dl class="facts">${facts(one)}</dl></div></section>
  ${curl([[path]])}`;

function moment(one, name) {
  const at = one[`${name}_at`];
  const none = OPEN.includes(one.status) ? t('history.notYet') : '–';
  return html`<li class=${at ? '' : 'muted'}><span>${t(`history.${name}`)}</span>
    <span class="mono">${at ? time(at, { seconds: true }) : none}</span></li>`;
}

const facts = one =>
  [
    ['network', one.network],
    ['parts', number(one.parts)],
    ['cost', one.test ? t('test.free') : money(one.cost)],
    ['putOff', one.times_put_off ? number(one.times_put_off) : null],
    ['code', one.error_code],
    ['providerId', one.provider_message_id],
  ].map(([name, value]) => (value ? html`<dt>${t(`fact.${name}`)}</dt><dd>${value}</dd>` : nothing));
