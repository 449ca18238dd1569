// Why recipients of a campaign were not reached, and sending to them again.
import { html, nothing, badge, confirm, t, number } from '../ui.js';
import { get, send } from '../api.js';
import { money, leftOut } from '../format.js';

/** The states that a campaign can be sent again for, each by itself: only of the failed it is certain that they got nothing. */
const AGAIN = ['failed', 'unconfirmed'];

/** Recipients that have a reason: the answer of the reasons changes with their number. */
export const unreached = one => one.failed_count + one.undelivered_count + one.unconfirmed_count + one.cancelled_count;

/** The reasons of a campaign; null if no recipient has one. */
export const readReasons = (one, signal) =>
  unreached(one) ? get(`/v1/sms/campaigns/${one.campaign_id}/reasons/`, { signal }) : null;

/** The section of a campaign's page. `again(status)` is called if the reader wants to send to those again. */
export function failures(one, reasons, { again, busy }) {
  if (!reasons?.results.length) return nothing;
  const rows = reasons.results.map(
    line => html`<div class="row" role="row"><span role="cell">${badge(line.status, 'message')}</span>
      <span role="cell" class="wrap">${line.error}</span><span role="cell" class="n">${number(line.count)}</span></div>`,
  );
  const heads = ['status', 'why', 'recipients'].map(
    name => html`<span role="columnheader" class=${name === 'recipients' ? 'n' : ''}>${t(`column.${name}`)}</span>`,
  );
  return html`<section class="stack"><div class="head"><h2>${t('failures.title')}</h2>
      <div class="end">${one.finished_at ? AGAIN.map(status => choice(one, status, again, busy)) : nothing}</div></div>
    <div class="rows reasons" role="table" aria-label=${t('failures.title')}>
      <div class="row heads" role="row">${heads}</div>${rows}</div>
    ${reasons.complete ? nothing : html`<p class="small muted">${t('failures.incomplete')}</p>`}</section>`;
}

function choice(one, status, again, busy) {
  const count = one[`${status}_count`];
  const earlier = one[`resent_${status}_as`];
  if (earlier)
    return html`<a class="button quiet" href="#/campaigns/${earlier}">${t(`again.${status}Done`, { id: String(earlier) })}</a>`;
  if (!count) return nothing;
  return html`<button class="quiet" ?disabled=${busy} @click=${() => again(status)}>${t(`again.${status}`, { count })}</button>`;
}

/** Asks for the price, then the reader, then sends. Resolves to the new campaign's number, or null if the reader says no. */
export async function sendAgain(one, status, signal) {
  const path = `/v1/sms/campaigns/${one.campaign_id}/resend/`;
  const body = { statuses: [status], ...(status === 'unconfirmed' ? { may_repeat: true } : {}) };
  const estimate = await send('POST', path, { ...body, dry_run: true }, { signal });
  if (!(await agrees(one, status, estimate))) return null;
  const [, cost] = estimate.estimated_cost.split(' ');
  // A second press of a send whose answer was lost is refused as `already_sent_again`.
  const answer = await send('POST', path, { ...body, max_cost: cost }, { idempotencyKey: crypto.randomUUID() });
  return answer.campaign_id;
}

function agrees(one, status, estimate) {
  const count = estimate.recipients_count;
  const cost = one.test ? t('test.free') : money(estimate.estimated_cost);
  const left = Object.entries(estimate.skipped).filter(([, skipped]) => skipped > 0);
  return confirm({
    title: t('again.title', { count }),
    text: html`<p>${t(`again.text.${status}`)}</p>
      <dl class="facts"><dt>${t('column.recipients')}</dt><dd>${number(count)}</dd>
        ${left.map(([why, skipped]) => html`<dt>${leftOut(why)}</dt><dd>−${number(skipped)}</dd>`)}
        <dt>${t('send.price')}</dt><dd class="strong">${cost}</dd>
        ${one.test ? nothing : html`<dt>${t('send.after')}</dt><dd>${estimate.currency} ${money(estimate.balance_after)}</dd>`}</dl>`,
    yes: t(`again.yes.${status}`, { count }),
    danger: status === 'unconfirmed',
  });
}
