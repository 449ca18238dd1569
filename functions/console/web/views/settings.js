// What the operator has agreed with the organisation: senders, prices, limits. Nothing can be changed here.
import { html, nothing, curl, t, number } from '../ui.js';
import { get } from '../api.js';
import { country, duration, money, time, zone, has } from '../format.js';

const PATH = '/v1/account/';

export async function start(page) {
  page.title(t('settings.title'));
  page.draw(view(await get(PATH, { signal: page.signal })));
}

const view = account => html`
  <div class="head"><h1>${t('settings.title')}</h1></div>
  <p class="muted">${t('settings.text')}</p>
  <div class="cards">
    ${card('organisation', organisation(account.organisation))}
    ${card('senders', account.sender_ids.map(one => [html`<b>${one.sender_id}</b>`, one.is_default ? t('settings.default') : '']), t('settings.noSenders'))}
    ${card('prices', account.prices.map(one => [`+${one.prefix}`, money(one.price)]), t('settings.noPrices'))}
    ${card('limits', limits(account))}
    ${card('key', key(account.key))}</div>
  ${curl([[PATH]])}`;

/** A card of names and values; the pairs without a value are left out. */
function card(name, pairs, none = nothing) {
  const rows = pairs.filter(([, value]) => value !== null);
  return html`<section class="card" aria-labelledby="card-${name}"><h2 id="card-${name}">${t(`settings.${name}`)}</h2>
    ${
      rows.length
        ? html`<dl class="facts">${rows.map(([term, value]) => html`<dt>${term}</dt><dd dir="auto">${value}</dd>`)}</dl>`
        : html`<p class="muted">${none}</p>`
    }</section>`;
}

const named = (name, value) => [t(`settings.${name}`), value];

const organisation = one => [
  named('name', one.name),
  named('currency', one.currency),
  named('country', country(one.home_country)),
  named('zone', zone(one.offset)),
  named('notMobile', t(`settings.notMobile.${one.not_mobile}`)),
];

function limits({ limits: one, key: { mode } }) {
  const used = (part, whole) => t('settings.used', { part, whole });
  const spent = one.daily_spend_cap && used(money(one.spent_today ?? 0), money(one.daily_spend_cap));
  const tested = used(number(one.tested_today ?? 0), number(one.daily_test_recipients));
  const isTest = mode === 'test';
  return [
    named('spent', isTest ? null : (spent ?? null)),
    named('tested', isTest ? tested : null),
    named('recipients', number(one.max_recipients)),
    named('parts', number(one.max_message_parts)),
    named('books', number(one.max_group_ids)),
    named('requests', number(one.requests_per_minute)),
    named('duplicates', one.duplicate_window_seconds ? t('settings.refusedFor', { time: duration(one.duplicate_window_seconds) }) : t('settings.never')),
  ];
}

const scope = name => (has(`scope.${name}`) ? t(`scope.${name}`) : name);

const key = one => [
  named('name', one.name),
  named('mode', t(`settings.mode.${one.mode}`)),
  named('scopes', one.scopes.map(scope).join(', ')),
  named('until', one.valid_until ? `${time(one.valid_until)} (${zone(one.valid_until)})` : t('settings.noEnd')),
];
