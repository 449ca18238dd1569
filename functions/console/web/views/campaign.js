// One campaign: how far it is, who got it, and what can still be done.
import {
  html,
  nothing,
  icon,
  badge,
  bar,
  note,
  problem,
  empty,
  explain,
  requestOf,
  loading,
  pager,
  curl,
  save,
  announce,
  current,
  finder,
  t,
  number,
} from '../ui.js';
import { get, send, csv, watch } from '../api.js';
import { money, tenThousandths, percent, time, offset, zone, phone, leftOut } from '../format.js';
import { failures, readReasons, sendAgain, unreached } from '../parts/failures.js';
import { readTimeline, timeline } from '../parts/timeline.js';
import { parts } from './campaigns.js';
import { confirm } from '../parts/dialog.js';

const PAGE_SIZE = 50;
const OPEN = ['scheduled', 'queued', 'running', 'paused'];
/** Recipients of a campaign whose plot is not read again while it runs. */
const LARGE = 100_000;
/** How long a finished campaign is still looked at for delivery reports. */
const REPORTS_FOR = 600_000;

export async function start(page) {
  const view = new Campaign(page);
  page.title(t('campaigns.number', { id: page.id }));
  await view.begin();
}

/** Contacts of the books that are no recipients, by why. */
const skipped = counts =>
  Object.entries(counts ?? {})
    .filter(([, count]) => count > 0)
    .map(([why, count]) => `${number(count)} ${leftOut(why)}`)
    .join(', ');

class Campaign {
  constructor(page) {
    this.page = page;
    this.path = `/v1/sms/campaigns/${page.id}/`;
    this.filter = page.query.get('status') ?? '';
    this.mobile = page.query.get('mobile') ?? '';
    this.number = Number(page.query.get('page')) || 1;
    this.error = null;
    this.busy = null;
    this.exported = null;
  }

  get messagesPath() {
    const status = this.filter ? `&status=${this.filter}` : '';
    const mobile = this.mobile ? `&mobile=${encodeURIComponent(this.mobile)}` : '';
    return `${this.path}messages/?page=${this.number}&page_size=${PAGE_SIZE}${status}${mobile}`;
  }

  address(filter, number = 1, mobile = '') {
    const query = new URLSearchParams();
    if (filter) query.set('status', filter);
    if (mobile) query.set('mobile', mobile);
    if (number > 1) query.set('page', number);
    return `#/campaigns/${this.page.id}${query.size ? `?${query}` : ''}`;
  }

  async begin() {
    const { signal } = this.page;
    const rows = this.readMessages();
    this.status = await get(this.path, { signal });
    this.draw();
    await Promise.all([rows, this.readReasons(), this.readTimeline()]);
    this.draw();
    await this.follow();
  }

  /** Reads what has been handed over since; of a large campaign only when its status changes, since that is many reads. */
  async readTimeline() {
    const one = this.status;
    const mark = one.recipients_count > LARGE ? one.status : `${one.status} ${one.recipients_count - one.queued_count}`;
    if (mark === this.pointsOf || !one.started_at) return;
    try {
      this.points = await readTimeline(one, this.page.signal);
      this.pointsOf = mark;
    } catch (error) {
      if (this.page.signal.aborted) throw error;
      this.error = error;
    }
  }

  /** The page says what else it knows if the reasons cannot be read. */
  async readReasons() {
    const count = unreached(this.status);
    if (count === this.reasonsOf) return;
    try {
      this.reasons = await readReasons(this.status, this.page.signal);
      this.reasonsOf = count;
    } catch (error) {
      if (this.page.signal.aborted) throw error;
      this.error = error;
    }
  }

  async readMessages() {
    try {
      this.messages = await get(this.messagesPath, { signal: this.page.signal });
      this.messagesError = null;
    } catch (error) {
      if (this.page.signal.aborted) throw error;
      this.messagesError = error;
    }
  }

  /** Looks until nothing can change any more, or for ten minutes after the end. */
  async follow() {
    const { signal } = this.page;
    if (this.wait() === null) return;
    await watch(async count => {
      const before = this.status.status;
      this.status = await get(this.path, { signal });
      if (count % 5 === 0 || this.wait() === null || before !== this.status.status)
        await Promise.all([this.readMessages(), this.readReasons(), this.readTimeline()]);
      if (before !== this.status.status) announce(t(`status.${this.status.status}`));
      this.draw();
      return this.wait();
    }, signal, this.page.trouble);
  }

  /** The shortest wait until the next look, in seconds; null if there is nothing to wait for. */
  wait() {
    const one = this.status;
    if (one.status === 'paused' || one.status === 'scheduled') return 10;
    if (OPEN.includes(one.status)) return 1;
    const isFresh = Date.now() - Date.parse(one.finished_at ?? one.created_at) < REPORTS_FOR;
    return isFresh && one.sent_count > one.delivered_count + one.undelivered_count ? 5 : null;
  }

  async steer(action) {
    if (action === 'cancel' && !(await this.agrees())) return;
    this.busy = action;
    this.draw();
    try {
      this.status = await send('POST', `${this.path}${action}/`);
      this.page.reopen();
    } catch (error) {
      Object.assign(this, { error, busy: null });
      this.draw();
    }
  }

  async sendAgain(wanted) {
    this.busy = 'again';
    this.error = null;
    this.draw();
    try {
      const id = await sendAgain(this.status, wanted, this.page.signal);
      if (id) location.hash = `#/campaigns/${id}`;
    } catch (error) {
      if (this.page.signal.aborted) return;
      Object.assign(this, { error, refused: wanted });
    }
    this.busy = null;
    this.draw();
  }

  openMove() {
    this.moving = true;
    this.draw();
    document.getElementById('start').focus();
  }

  async move(event) {
    event.preventDefault();
    const at = `${event.target.elements.start.value}:00${offset(this.status.scheduled_at)}`;
    this.busy = 'move';
    this.draw();
    try {
      this.status = await send('POST', `${this.path}reschedule/`, { scheduled_at: at });
      Object.assign(this, { error: null, moving: false });
      announce(t('move.done', { time: time(this.status.scheduled_at) }));
    } catch (error) {
      this.error = error;
    }
    this.busy = null;
    this.draw();
  }

  moveForm() {
    const { scheduled_at } = this.status;
    const close = () => {
      this.moving = false;
      this.draw();
    };
    return html`<form class="card stack" @submit=${event => this.move(event)}>
      <label class="field"><span>${t('move.at', { zone: zone(scheduled_at) })}</span>
        <input id="start" name="start" type="datetime-local" required value=${scheduled_at.slice(0, 16)}></label>
      <div class="actions"><button ?disabled=${this.busy !== null}>${t('move.go')}</button>
        <button type="button" class="quiet" @click=${close}>${t('action.back')}</button></div></form>`;
  }

  /** Why the last action did not happen. */
  refusal() {
    const { error } = this;
    if (!error) return nothing;
    const { campaign_id: id } = error.body ?? {};
    if (error.code === 'already_sent_again')
      return note(
        'warn',
        t('again.already'),
        html`<a href="#/campaigns/${id}">${t('campaigns.number', { id: String(id) })}</a> ${t('again.alreadyText')}`,
        html`<button class="quiet danger" @click=${() => this.sendAgain({ ...this.refused, isMeant: true })}>${t('again.anyway')}</button>`,
      );
    if (error.isUnknown && error.isOfSending) return note('warn', t('send.unknown'), html`${explain(error)} ${requestOf(error)}`);
    return error.code === 'no_reachable_recipient' ? note('warn', t('again.nobody'), t('again.nobodyText')) : problem(error);
  }

  agrees() {
    const one = this.status;
    return confirm({
      title: t(one.status === 'scheduled' ? 'cancel.titleAll' : 'cancel.title', { id: one.campaign_id }),
      text: html`<p>${t('cancel.text', { count: one.queued_count })}</p>
        ${one.test ? nothing : html`<p>${t('cancel.refund', { amount: money(one.reserved ?? this.rest()) })}</p>`}`,
      yes: t('cancel.yes', { count: one.queued_count }),
      danger: true,
    });
  }

  /** What is neither charged nor refunded yet, as an amount of the same form. */
  rest() {
    const { estimated_cost, charged, refunded } = this.status;
    const [currency, amount] = estimated_cost.split(' ');
    const rest = tenThousandths(amount) - tenThousandths(charged) - tenThousandths(refunded);
    const decimals = (amount.split('.')[1] ?? '').length;
    const digits = String(rest / 10n ** BigInt(4 - decimals)).padStart(decimals + 1, '0');
    return `${currency} ${decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits}`;
  }

  async export() {
    const status = this.filter ? `?status=${this.filter}` : '';
    try {
      this.exported = 0;
      this.draw();
      const file = await csv(
        `${this.path}messages/${status}`,
        part => {
          this.exported = part;
          this.draw();
        },
        this.page.signal,
      );
      save(file, `campaign-${this.page.id}${this.filter ? `-${this.filter}` : ''}.csv`);
    } catch (error) {
      if (this.page.signal.aborted) return;
      this.error = error;
    }
    this.exported = null;
    this.draw();
  }

  draw() {
    const one = this.status;
    if (!one) return;
    this.page.draw(html`
      <p class="crumb"><a href="#/campaigns">${t('campaigns.title')}</a> ›</p>
      <div class="head"><h1>${t('campaigns.number', { id: one.campaign_id })}</h1>${badge(one.status)}
        ${one.test ? html`<span class="test">${t('test')}</span>` : nothing}<div class="end">${this.actions()}</div></div>
      ${this.refusal()}
      ${this.notes()}
      ${this.moving && one.status === 'scheduled' ? this.moveForm() : nothing}
      ${one.status === 'scheduled' ? nothing : this.progress()}
      <section class="about" aria-label=${t('campaign.facts')}>${this.facts()}</section>
      ${timeline(one, this.points)}
      ${failures(one, this.reasons, { again: wanted => this.sendAgain(wanted), busy: this.busy !== null })}
      ${this.messageList()}
      ${curl([[this.path], [this.messagesPath]])}`);
  }

  actions() {
    const { status } = this.status;
    const button = (action, kind, name = action) =>
      html`<button class="quiet ${kind}" ?disabled=${this.busy !== null} @click=${() => this.steer(action)}>${t(`action.${name}`)}</button>`;
    return [
      ['queued', 'running'].includes(status) ? button('pause', '') : nothing,
      status === 'scheduled' && !this.moving ? html`<button class="quiet" @click=${() => this.openMove()}>${t('move.open')}</button>` : nothing,
      status === 'paused' ? button('resume', '') : nothing,
      OPEN.includes(status) ? button('cancel', 'danger', status === 'scheduled' ? 'cancelAll' : 'cancel') : nothing,
      html`<a class="button quiet" href="#/send?from=${this.page.id}">${t('campaign.again')}</a>`,
    ];
  }

  notes() {
    const one = this.status;
    return [
      one.status === 'paused'
        ? note('warn', t(`pause.${one.pause_reason ?? 'person'}`), t(`pauseDo.${one.pause_reason ?? 'person'}`))
        : nothing,
      one.status === 'scheduled'
        ? note(
            'info',
            t('campaign.starts', { time: time(one.scheduled_at), zone: zone(one.scheduled_at) }),
            t('campaign.startsText'),
          )
        : nothing,
      one.waiting
        ? note(
            'warn',
            t(`waiting.${one.waiting.reason}`),
            one.waiting.next_try_at
              ? t('waiting.text', { time: time(one.waiting.next_try_at, { seconds: true }) })
              : t('waiting.stopped'),
          )
        : nothing,
      one.batches_set_aside
        ? note('bad', t('campaign.setAside', { count: one.batches_set_aside }), t('campaign.setAsideText'))
        : nothing,
    ];
  }

  progress() {
    const one = this.status;
    const all = parts(one);
    const label = all
      .filter(([, count]) => count)
      .map(([name, count]) => `${t(`message.${name}`)} ${number(count)}`)
      .join(', ');
    return html`<section class="stack" aria-label=${label}>
      ${bar(all, one.recipients_count)}
      <nav class="counts" aria-label=${t('campaign.counts')}>${all.map(
        ([name, count]) => html`
        <a href=${this.address(this.filter === name ? '' : name)} class=${count ? '' : 'zero'} title=${t(`meaning.${name}`)} aria-current=${current(this.filter === name)}>
          <b>${number(count)}</b><span class="badge ${name}">${t(`message.${name}`)}</span></a>`,
      )}</nav>
      ${this.filter ? html`<p class="small muted">${t(`meaning.${this.filter}`)}</p>` : nothing}</section>`;
  }

  messageList() {
    const list = this.messages;
    const title = this.filter
      ? t('campaign.messagesOf', { status: t(`message.${this.filter}`) })
      : t('campaign.messages');
    return html`<section class="stack">
      <div class="head"><h2>${title}</h2><div class="end">
        ${this.filter || this.mobile ? html`<a class="button quiet" href=${this.address('')}>${t('campaign.showAll')}</a>` : nothing}
        ${list?.total && !this.mobile ? html`<button class="quiet" ?disabled=${this.exported !== null} @click=${() => this.export()}>${icon('file')}${this.exported === null ? t('action.csv') : t('action.csvBusy', { part: Math.round(this.exported * 100) })}</button>` : nothing}</div></div>
      ${list?.total || this.mobile ? finder(this.address(''), this.mobile, t('campaign.find'), 'mobile') : nothing}
      ${this.messagesError ? problem(this.messagesError, () => this.page.reopen()) : list ? this.rows(list) : loading(5)}
      ${list ? pager(list, page => this.address(this.filter, page, this.mobile)) : nothing}</section>`;
  }

  rows(list) {
    if (!list.results.length && this.mobile)
      return empty(t('campaign.notFound', { phone: this.mobile }), t('book.notFoundText'));
    if (!list.results.length)
      return empty(
        t(this.filter ? 'campaign.noneOf' : 'campaign.none'),
        t(this.filter ? 'campaign.noneOfText' : this.status.status === 'scheduled' ? 'campaign.noneYet' : 'campaign.noneText'),
      );
    return html`<div class="rows messages" role="table" aria-label=${t('campaign.messages')}>
      <div class="row heads" role="row">${['number', 'status', 'reason', 'cost', 'since'].map(name => html`<span role="columnheader" class=${['cost', 'since'].includes(name) ? 'n' : ''}>${t(`column.${name}`)}</span>`)}</div>
      ${list.results.map(
        row => html`<div class="row" role="row">
        <span role="cell" class="mono"><a href="#/messages/${row.id}">${row.mobile ? phone(row.mobile) : t('message.erased')}</a></span><span role="cell">${badge(row.status, 'message')}</span>
        <span role="cell" class="reason wrap small">${row.error ?? ''}${row.error ? nothing : html`<span class="muted">${row.network ?? ''}</span>`}</span>
        <span role="cell" class="n small">${money(row.cost)}</span><span role="cell" class="n small muted at">${time(row.updated_at)}</span></div>`,
      )}</div>`;
  }

  facts() {
    const one = this.status;
    // Two facts share a line; long ones have a line of their own.
    let place = 0;
    const fact = (name, value) => {
      if (!value) return nothing;
      place += 1;
      return html`<dt class=${place % 2 ? '' : 'second'}>${t(`fact.${name}`)}</dt><dd dir="auto">${value}</dd>`;
    };
    const long = (name, value) => (value ? html`<dt>${t(`fact.${name}`)}</dt><dd class="whole" dir="auto">${value}</dd>` : nothing);
    return html`<div class="phone"><p class="from">${one.sender_id}</p><div class="bubble" dir="auto">${one.message}</div></div>
      <div class="card"><dl class="facts">
        ${long('books', one.group_names.join(', '))}
        ${long('leftOut', skipped(one.skipped))}
        ${fact('recipients', number(one.recipients_count))}
        ${fact('delivered', one.status === 'scheduled' ? null : percent(one.delivered_count, one.recipients_count))}
        ${
          one.test
            ? fact('cost', t('test.free'))
            : [
                fact('estimated', money(one.estimated_cost)),
                fact('charged', money(one.charged)),
                tenThousandths(one.refunded) ? fact('refunded', money(one.refunded)) : nothing,
                OPEN.includes(one.status) ? fact('reserved', money(one.reserved ?? this.rest())) : nothing,
              ]
        }
        ${fact('resendOf', one.resend_of ? html`<a href="#/campaigns/${one.resend_of}">${t('campaigns.number', { id: String(one.resend_of) })}</a>` : null)}
        ${fact('by', one.created_by?.name)}
        ${fact('created', time(one.created_at))}${fact('started', time(one.started_at))}${fact('finished', time(one.finished_at))}
        ${fact('kept', time(one.messages_kept_until))}${fact('zone', zone(one.created_at))}</dl></div>`;
  }
}
