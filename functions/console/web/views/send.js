// Writing a campaign: books, text, price, and one button that says people and money.
import {
  html,
  nothing,
  icon,
  note,
  problem,
  empty,
  loading,
  explain,
  requestOf,
  curl,
  announce,
  t,
  number,
} from '../ui.js';
import { get, send, session, pause } from '../api.js';
import { money, tenThousandths, duration, zone, time, leftOut } from '../format.js';
import { measure, plain, replacement, marks, MAX_SEGMENTS } from '../sms.js';
import { confirm } from '../parts/dialog.js';

/** From this number of people on the reader is asked once more. */
const MANY_PEOPLE = 10_000;
/** Quiet time after the last change before the price is asked for. */
const SETTLED = 350;
/** Letters without a plain form that are shown one by one. */
const FEW_CULPRITS = 6;
/** Books from which on there is a field to filter them. */
const MANY_BOOKS = 8;

/** What the reader has written, kept in the browser until it is sent. */
class Draft {
  constructor(organisation) {
    this.name = `draft.${organisation}`;
    const kept = JSON.parse(localStorage.getItem(this.name) ?? '{}');
    this.text = kept.text ?? '';
    this.books = kept.books ?? [];
    this.sender = kept.sender ?? '';
    this.later = kept.later ?? false;
    this.at = kept.at ?? '';
    this.attempt = kept.attempt ?? crypto.randomUUID();
  }

  keep() {
    const { name, ...kept } = this;
    if (this.text || this.books.length) localStorage.setItem(name, JSON.stringify(kept));
    else localStorage.removeItem(name);
  }

  /** A changed send is another send. */
  change(values) {
    Object.assign(this, values, { attempt: crypto.randomUUID() });
    this.keep();
  }

  forget() {
    localStorage.removeItem(this.name);
  }
}

const allBooks = async signal => {
  const books = [];
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const answer = await get(`/v1/address-books/?page=${page}&page_size=500`, { signal });
    books.push(...answer.results);
    pages = answer.total_pages;
  }
  return books.sort((one, other) => one.name.localeCompare(other.name));
};

/** What a key without the scope for it does not know is left out, not refused. */
const optional = promise =>
  promise.catch(error => {
    if (error.status === 403) return null;
    throw error;
  });

export async function start(page) {
  page.title(t('send.title'));
  const { signal } = page;
  const [account, books, balance] = await Promise.all([
    get('/v1/account/', { signal }),
    allBooks(signal),
    optional(get('/v1/balance/', { signal })),
  ]);
  const draft = new Draft(account.organisation.id);
  const given = await asked(page.query, draft, books, signal);
  // A reload shows the draft as it is then.
  history.replaceState(null, '', '#/send');
  const replaces = given?.text !== undefined && draft.text.trim() !== '' && draft.text !== given.text;
  if (given && !replaces) draft.change(given);
  draft.books = draft.books.filter(id => books.some(book => book.id === id));
  // Chosen books first, once: rows that move under the reader's finger would be a nuisance.
  books.sort((one, other) => draft.books.includes(other.id) - draft.books.includes(one.id));
  const composer = new Composer(page, { books, senders: account.sender_ids, offset: account.organisation.offset, balance, draft });
  composer.begin();
  if (replaces && (await replacesDraft(draft))) composer.change(given);
}

/** What the link asks for: one book more, or the text and the books of an earlier campaign. */
async function asked(query, draft, books, signal) {
  const [book, from] = [query.get('book'), query.get('from')];
  if (book && !draft.books.includes(book)) return { books: [...draft.books, book] };
  if (!from) return null;
  const { message, group_ids } = await get(`/v1/sms/campaigns/${Number(from)}/`, { signal });
  return { text: message ?? '', books: books.map(one => one.id).filter(id => group_ids.includes(id)) };
}

const replacesDraft = draft =>
  confirm({
    title: t('send.replaceTitle'),
    text: html`<p>${t('send.replaceText')}</p><div class="bubble" dir="auto">${draft.text}</div>`,
    yes: t('send.replaceYes'),
    danger: true,
  });

class Composer {
  constructor(page, parts) {
    Object.assign(this, parts);
    this.page = page;
    this.filter = '';
    this.estimate = null;
    this.error = null;
    this.failure = null;
    this.asked = '';
    this.busy = false;
    this.duplicate = false;
    this.placeholders = false;
  }

  begin() {
    this.draw();
    this.price();
  }

  get body() {
    const { books, text, sender, later, at } = this.draft;
    const body = { group_ids: books, message: text };
    if (sender) body.sender_id = sender;
    if (later && at) body.scheduled_at = `${at}:00${this.offset}`;
    if (this.duplicate) body.allow_duplicate = true;
    if (this.placeholders) body.allow_placeholders = true;
    return body;
  }

  get isComplete() {
    const { books, text, later, at } = this.draft;
    return books.length > 0 && text.trim() !== '' && (!later || at !== '');
  }

  /** All that the price depends on: not the text itself, only what it takes on air. */
  get signature() {
    const { encoding, segments } = measure(this.draft.text);
    const { message, ...rest } = this.body;
    return JSON.stringify([rest, encoding, segments, marks(message), this.isComplete]);
  }

  change(values) {
    this.draft.change(values);
    this.failure = null;
    this.duplicate = false;
    this.draw();
    this.price();
  }

  /** What the sender confirms of this very send. */
  confirmed(values) {
    this.draft.change({});
    Object.assign(this, values, { failure: null });
    this.draw();
    this.price();
  }

  /** Asks for the price once nothing has changed for a moment, and only if it can be another one. */
  async price() {
    const { signature } = this;
    if (signature === this.asked) return;
    this.asked = signature;
    if (!this.isComplete || measure(this.draft.text).segments > MAX_SEGMENTS) {
      this.estimate = this.error = null;
      return this.draw();
    }
    this.draw();
    await pause(SETTLED, this.page.signal).catch(() => {});
    if (this.asked !== signature || this.page.signal.aborted) return;
    const [estimate, error] = await this.dryRun();
    if (this.asked !== signature) return;
    Object.assign(this, { estimate, error, priced: signature });
    this.draw();
    if (estimate)
      announce(t('send.announce', { people: estimate.recipients_count, cost: money(estimate.estimated_cost) }));
    if (error?.passes && error.status !== 409) await this.priceLater(error);
  }

  /** Asks again by itself once the reason for the failure may have passed. */
  async priceLater(error) {
    await pause((error.retryAfter ?? 5) * 1000, this.page.signal).catch(() => {});
    if (this.error !== error || this.page.signal.aborted) return;
    this.asked = '';
    await this.price();
  }

  async dryRun() {
    try {
      return [
        await send('POST', '/v1/sms/send-group/', { ...this.body, dry_run: true }, { signal: this.page.signal }),
        null,
      ];
    } catch (error) {
      if (this.page.signal.aborted) return [null, null];
      return [null, error];
    }
  }

  get isPriced() {
    return this.estimate && this.priced === this.signature;
  }

  /** Whether the people are too many, or the money too much, for one press. */
  get isLarge() {
    const half = this.balance ? tenThousandths(this.balance.available) / 2n : null;
    return (
      this.estimate.recipients_count > MANY_PEOPLE ||
      (half !== null && !session.isTest && tenThousandths(this.estimate.estimated_cost) > half)
    );
  }

  sentence(key) {
    return t(key, {
      people: this.estimate.recipients_count,
      count: this.estimate.recipients_count,
      cost: money(this.estimate.estimated_cost),
    });
  }

  async submit() {
    if (!this.isPriced || this.busy) return;
    if (
      this.isLarge &&
      !(await confirm({
        title: this.sentence(session.isTest ? 'send.buttonTest' : 'send.button'),
        text: html`<p>${t('send.sure', { after: `${this.estimate.currency} ${money(this.estimate.balance_after)}` })}</p>`,
        yes: t('send.sureYes'),
      }))
    )
      return;
    this.busy = true;
    this.draw();
    const [, cost] = this.estimate.estimated_cost.split(' ');
    try {
      const { campaign_id } = await send(
        'POST',
        '/v1/sms/send-group/',
        { ...this.body, max_cost: cost },
        { idempotencyKey: this.draft.attempt },
      );
      this.draft.forget();
      location.hash = `#/campaigns/${campaign_id}`;
    } catch (failure) {
      Object.assign(this, { failure, busy: false });
      this.draw();
      document.getElementById('failure')?.scrollIntoView({ block: 'center' });
    }
  }

  draw() {
    const { page } = this;
    if (!this.books.length) {
      return page.draw(
        html`<h1>${t('send.title')}</h1>${empty(
          t('send.noBooks'),
          t('send.noBooksText'),
          html`<a class="button" href="#/books">${icon('books')}${t('books.title')}</a>`,
        )}`,
      );
    }
    const text = measure(this.draft.text);
    page.draw(html`
      <div class="head"><h1>${t('send.title')}</h1></div>
      ${session.isTest ? note('warn', t('test.title')) : nothing}
      <div class="split">
        <div class="stack">${this.bookCard()}${this.textCard(text)}${this.detailsCard()}</div>
        <aside class="stack sticky" aria-label=${t('send.summary')}>${this.phone(text)}${this.summary(text)}</aside>
      </div>
      ${curl([['/v1/sms/send-group/', 'POST', { ...this.body, dry_run: true }]])}`);
  }

  /** Contacts of the chosen books, repetitions included. */
  get contacts() {
    return this.books.reduce((sum, book) => sum + (this.draft.books.includes(book.id) ? book.contact_count : 0), 0);
  }

  bookCard() {
    const wanted = this.filter.toLocaleLowerCase();
    const shown = this.books.filter(
      book => book.name.toLocaleLowerCase().includes(wanted) || this.draft.books.includes(book.id),
    );
    const toggle = event => {
      const { value, checked } = event.target;
      this.change({ books: checked ? [...this.draft.books, value] : this.draft.books.filter(id => id !== value) });
    };
    return html`<section class="card" role="group" aria-labelledby="books-title"><h2 id="books-title">${t('send.books')}${this.draft.books.length ? html` <span class="muted small">${t('send.chosen', { count: this.draft.books.length, contacts: this.contacts })}</span>` : nothing}</h2>
      ${
        this.books.length < MANY_BOOKS
          ? nothing
          : html`<input type="search" aria-label=${t('send.filter')} placeholder=${t('send.filter')}
        .value=${this.filter} @input=${event => {
          this.filter = event.target.value;
          this.draw();
        }}>`
      }
      <div class="book-choice">${shown.map(
        book => html`<label class="choice">
        <input type="checkbox" value=${book.id} .checked=${this.draft.books.includes(book.id)} @change=${toggle}>
        <span dir="auto">${book.name}</span>
        <span class="n">${number(book.contact_count)}</span></label>`,
      )}</div></section>`;
  }

  textCard(text) {
    const units = text.encoding === 'GSM-7' ? 'send.gsm' : 'send.ucs';
    return html`<section class="card"><h2><label for="text">${t('send.text')}</label></h2>
      <textarea id="text" rows="5" dir="auto" aria-describedby="counter" placeholder=${t('send.textHint')} .value=${this.draft.text}
        @input=${event => this.change({ text: event.target.value })}></textarea>
      <div class="counter" id="counter"><span>${this.draft.text ? html`<b>${t('send.segments', { count: text.segments })}</b> · ${t(units)}` : t('send.perSegment')}</span>
        ${this.draft.text ? html`<span>${t('send.left', { count: text.left })}</span>` : nothing}</div>
      ${text.segments > MAX_SEGMENTS ? note('bad', t('send.tooLong', { max: MAX_SEGMENTS })) : nothing}
      ${text.outside.length ? this.culprits(text) : nothing}</section>`;
  }

  /** The characters that make the text UCS-2, what that costs, and one press to replace them. */
  culprits(text) {
    const shorter = plain(this.draft.text);
    const after = measure(shorter);
    const replaceable = text.outside.filter(character => replacement(character) !== null);
    const ucs2 = this.isPriced ? this.estimate.ucs2 : null;
    const saves = ucs2 && after.encoding === 'GSM-7' && tenThousandths(ucs2.gsm7_saving) > 0n;
    const replace = () => {
      this.change({ text: shorter });
      document.getElementById('text').focus();
    };
    const title = saves
      ? t('send.culpritsCost', { saving: money(ucs2.gsm7_saving) })
      : t('send.culprits', { count: text.outside.length });
    // A text in another script has all of its letters here, so listing them does not help its author.
    const isScript = !replaceable.length && text.outside.length > FEW_CULPRITS;
    const shown = isScript ? nothing : html`<div class="culprits">${text.outside.slice(0, 24).map(character => {
      const other = replacement(character);
      return html`<code>${visible(character)}${other === null ? nothing : html` → ${other === '' ? t('send.removed') : visible(other)}`}</code>`;
    })}</div>`;
    const action = replaceable.length
      ? html`<button type="button" class="quiet" @click=${replace}>${t(after.encoding === 'GSM-7' ? 'send.replaceAll' : 'send.replaceSome', { count: replaceable.length })}</button>`
      : nothing;
    return note(
      saves ? 'warn' : 'info',
      title,
      html`${t(replaceable.length ? 'send.culpritsText' : isScript ? 'send.culpritsScript' : 'send.culpritsKept')}${shown}`,
      action,
    );
  }

  detailsCard() {
    const named = zone(this.offset);
    return html`<section class="card pair">
      <label class="field"><span>${t('send.sender')}</span>
        ${
          this.senders.length > 1
            ? html`<select @change=${event => this.change({ sender: event.target.value })}>
          ${this.senders.map(one => html`<option value=${one.is_default ? '' : one.sender_id} ?selected=${this.draft.sender === (one.is_default ? '' : one.sender_id)}>${one.sender_id}</option>`)}</select>`
            : html`<input readonly value=${this.senders[0]?.sender_id ?? t('send.senderDefault')}>`
        }
        <span class="hint">${t('send.senderHint')}</span></label>
      <div class="field" role="group" aria-labelledby="when-title"><span id="when-title">${t('send.when')}</span>
        <div class="when">
          <label><input type="radio" name="when" .checked=${!this.draft.later} @change=${() => this.change({ later: false })}>${t('send.now')}</label>
          <label><input type="radio" name="when" .checked=${this.draft.later} @change=${() => this.change({ later: true })}>${t('send.later')}</label></div>
        ${
          this.draft.later
            ? html`<label class="field"><span class="unseen">${t('send.at')}</span>
          <input type="datetime-local" .value=${this.draft.at} @change=${event => this.change({ at: event.target.value })}>
          <span class="hint">${t('send.zone', { zone: named })}</span></label>`
            : nothing
        }</div></section>`;
  }

  phone(text) {
    // Only what can be replaced is marked: letters of a script that are marked one by one come apart.
    const outside = new Set(text.outside.filter(character => replacement(character) !== null));
    const pieces = this.draft.text.split(/(\s+)/);
    const marked = piece =>
      [...piece].map(character => (outside.has(character) ? html`<mark>${character}</mark>` : character));
    const sender = this.draft.sender || this.senders[0]?.sender_id;
    return html`<div class="phone"><p class="from">${sender ?? nothing}</p>
      <div class="bubble" dir="auto">${this.draft.text ? pieces.map(piece => (outside.size ? marked(piece) : piece)) : html`<span class="muted">${t('send.preview')}</span>`}</div></div>`;
  }

  summary(text) {
    if (!this.isComplete)
      return html`<section class="card"><p class="muted">${t(this.draft.books.length ? (this.draft.text.trim() ? 'send.needTime' : 'send.needText') : 'send.needBook')}</p></section>`;
    if (text.segments > MAX_SEGMENTS) return nothing;
    if (this.failure) return html`<div id="failure">${this.refused(this.failure)}</div>${this.priceCard()}`;
    if (this.error && this.priced === this.signature) return this.refused(this.error);
    return this.priceCard();
  }

  priceCard() {
    if (!this.estimate) return html`<section class="card">${loading(4)}</section>`;
    const one = this.estimate;
    const left = Object.entries(one.skipped).filter(([, count]) => count > 0);
    const button = one.status === 'scheduled' || (this.draft.later && this.draft.at) ? 'send.buttonLater' : 'send.button';
    return html`<section class="card stack ${this.isPriced ? '' : 'fading'}" aria-busy=${!this.isPriced}>
      <dl class="facts">
        <dt>${t('column.recipients')}</dt><dd class="strong">${number(one.recipients_count)}</dd>
        ${left.map(([why, count]) => html`<dt class="small">${leftOut(why)}</dt><dd class="small muted">−${number(count)}</dd>`)}
        ${one.price_breakdown.map(line => html`<dt class="small">+${line.prefix} · ${t('send.each', { count: line.recipients, price: money(line.unit_price) })}</dt><dd class="small">${money(line.cost)}</dd>`)}
        <dt class="total">${t('send.price')}</dt><dd class="total">${money(one.estimated_cost)}</dd>
        ${session.isTest ? nothing : html`<dt>${t('send.after')}</dt><dd>${one.currency} ${money(one.balance_after)}</dd>`}
        <dt>${t('send.takes')}</dt><dd>${t('send.about', { time: duration(one.estimated_duration_seconds) })}</dd>
        ${one.scheduled_at ? html`<dt>${t('send.starts')}</dt><dd>${time(one.scheduled_at)} ${zone(one.scheduled_at)}</dd>` : nothing}
      </dl>
      ${one.unknown_group_ids.length ? note('warn', t('send.unknownBooks', { count: one.unknown_group_ids.length })) : nothing}
      <button class="wide" ?disabled=${this.busy || !this.isPriced} @click=${() => this.submit()}>
        ${this.busy ? t('send.busy') : this.sentence(session.isTest ? 'send.buttonTest' : button)}</button></section>`;
  }

  /** Why the API does not take it, with the way on. */
  refused(error) {
    const { body, code } = error;
    if (code === 'duplicate_campaign') {
      return note(
        'warn',
        t('send.duplicate'),
        html`<a href="#/campaigns/${body.campaign_id}">${t('campaigns.number', { id: body.campaign_id })}</a>`,
        html`<button class="quiet" @click=${() => this.confirmed({ duplicate: true })}>${t('send.duplicateYes')}</button>`,
      );
    }
    if (code === 'placeholder_in_message') {
      return note(
        'warn',
        explain(error),
        t('send.placeholderText'),
        html`<button class="quiet" @click=${() => this.confirmed({ placeholders: true })}>${t('send.placeholderYes')}</button>`,
      );
    }
    if (code === 'no_reachable_recipient') {
      const left = Object.entries(body.skipped ?? {}).filter(([, count]) => count > 0);
      return note(
        'warn',
        explain(error),
        html`<ul>${left.map(([why, count]) => html`<li>${leftOut(why)}: ${number(count)}</li>`)}</ul>`,
      );
    }
    if (error === this.failure && error.isUnknown) return note('warn', t('send.unknown'), html`${explain(error)} ${requestOf(error)}`);
    return problem(error, () => {
      this.asked = '';
      this.failure = null;
      this.price();
    });
  }
}

/** A character as one that can be seen. */
function visible(character) {
  return /[\s\p{C}\p{Zs}]/u.test(character) && character !== ' '
    ? `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`
    : character === ' '
      ? '␣'
      : character;
}
