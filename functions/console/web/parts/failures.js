// Why recipients of a campaign were not reached, and sending to them again.
import { html, nothing, badge, t, number } from '../ui.js';
import { get, send } from '../api.js';
import { money, leftOut } from '../format.js';
import { confirm } from './dialog.js';

/** The states that a campaign can be sent again for, each by itself: only of the failed it is certain that they got nothing. */
const AGAIN = ['failed', 'unconfirmed'];

/** Recipients that have a reason: the answer of the reasons changes with their number. */
export const unreached = one => one.failed_count + one.undelivered_count + one.unconfirmed_count + one.cancelled_count;

/** The reasons of a campaign; null if no recipient has one. */
export const readReasons = (one, signal) =>
  unreached(one) ? get(`/v1/sms/campaigns/${one.campaign_id}/reasons/`, { signal }) : null;

/** The section of a campaign's page. `again({ status, code })` is called if the reader wants to send to those again. */
export function failures(one, reasons, { again, busy }) {
  if (!reasons?.results.length) return nothing;
  const rows = reasons.results.map(
    line => html`<div class="row" role="row"><span role="cell">${badge(line.status, 'message')}</span>
      <span role="cell" class="wrap">${line.error}</span><span role="cell" class="n">${number(line.count)}</span>
      <span role="cell" class="n">${ofReason(one, line, again, busy)}</span></div>`,
  );
  const heads = ['status', 'why', 'recipients'].map(
    name => html`<span role="columnheader" class=${name === 'recipients' ? 'n' : ''}>${t(`column.${name}`)}</span>`,
  );
  return html`<section class="stack"><div class="head"><h2>${t('failures.title')}</h2>
      <div class="end">${one.finished_at ? AGAIN.map(status => choice(one, status, again, busy)) : nothing}</div></div>
    <div class="rows reasons" role="table" aria-label=${t('failures.title')}>
      <div class="row heads" role="row">${heads}<span role="columnheader"><span class="unseen">${t('column.actions')}</span></span></div>${rows}</div>
    ${reasons.complete ? nothing : html`<p class="small muted">${t('failures.incomplete')}</p>`}</section>`;
}

/** Sending again to the failed of one reason, if there are others. */
function ofReason(one, { status, code, error, count }, again, busy) {
  if (status !== 'failed' || !code || !one.finished_at || count === one.failed_count) return nothing;
  if (one.resent_codes.includes(code)) return html`<span class="muted small">${t('again.codeDone')}</span>`;
  if (one.resent_failed_as && !one.resent_codes.length) return nothing;
  return html`<button class="plain" aria-label=${t('again.codeOf', { error })} ?disabled=${busy} @click=${() => again({ status, code })}>${t('again.code')}</button>`;
}

function choice(one, status, again, busy) {
  const count = one[`${status}_count`];
  const earlier = one[`resent_${status}_as`];
  // "Once more" is offered too: the API accepts it if that campaign has reached no recipient.
  if (earlier)
    return html`<a class="button quiet" href="#/campaigns/${earlier}">${t(`again.${status}Done`, { id: String(earlier) })}</a>
      <button class="quiet" ?disabled=${busy} @click=${() => again({ status })}>${t(`again.${status}More`)}</button>`;
  if (!count) return nothing;
  return html`<button class="quiet" ?disabled=${busy} @click=${() => again({ status })}>${t(`again.${status}`, { count })}</button>`;
}

/** Sends that the reader has agreed to and whose answer was lost, by path and what was wanted. */
const unanswered = new Map();

/**
 * Asks for the price, then the reader, then sends to recipients of a status, perhaps only to those of a code. `isMeant`:
 * they may be sent to although they have been already. Resolves to the new campaign's number, or null if the reader says no.
 */
export async function sendAgain(one, wanted, signal) {
  const path = `/v1/sms/campaigns/${one.campaign_id}/resend/`;
  const name = path + JSON.stringify(wanted);
  const request = unanswered.get(name) ?? (await agreed(one, wanted, path, signal));
  if (!request) return null;
  unanswered.set(name, request);
  try {
    const { campaign_id } = await send('POST', path, request.body, { idempotencyKey: request.attempt });
    unanswered.delete(name);
    return campaign_id;
  } catch (error) {
    // The same request is sent again with the same key, so that it cannot be carried out twice.
    if (!error.isUnknown) unanswered.delete(name);
    throw Object.assign(error, { isOfSending: true });
  }
}

/** The send that the reader agrees to, or null. */
async function agreed(one, { status, code, isMeant }, path, signal) {
  const body = { statuses: [status] };
  if (code) body.codes = [code];
  if (status === 'unconfirmed') body.may_repeat = true;
  if (isMeant) body.allow_duplicate = true;
  const estimate = await send('POST', path, { ...body, dry_run: true }, { signal });
  if (!(await agrees(one, isMeant ? 'repeated' : status, estimate))) return null;
  const [, cost] = estimate.estimated_cost.split(' ');
  return { body: { ...body, max_cost: cost }, attempt: crypto.randomUUID() };
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
    danger: status !== 'failed',
  });
}
