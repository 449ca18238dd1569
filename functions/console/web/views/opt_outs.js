// The numbers that no campaign reaches.
import { html, nothing, icon, note, problem, empty, pager, curl, save, finder, t } from '../ui.js';
import { get, send, csv } from '../api.js';
import { time, has } from '../format.js';
import { confirm } from '../parts/dialog.js';

const PAGE_SIZE = 50;
const PATH = '/v1/opt-outs/';

export async function start(page) {
  page.title(t('optOuts.title'));
  const phone = page.query.get('phone') ?? '';
  const path = `${PATH}?page=${Number(page.query.get('page')) || 1}&page_size=${PAGE_SIZE}${phone ? `&phone=${encodeURIComponent(phone)}` : ''}`;
  const state = { phone, path, isNew: false, error: null, result: null, exported: null, list: null };
  const draw = () => page.draw(view(state, actions));
  const read = async () => {
    state.list = await get(path, { signal: page.signal });
  };
  const change = async act => {
    try {
      state.result = await act();
      state.error = null;
      await read();
    } catch (error) {
      state.error = error;
    }
    draw();
  };
  const actions = {
    open: () => {
      Object.assign(state, { isNew: true, result: null });
      draw();
      document.getElementById('phones').focus();
    },
    close: () => {
      state.isNew = false;
      draw();
    },
    add: event => {
      event.preventDefault();
      const phones = event.target.elements.phones.value
        .split(/[\n,;]+/)
        .map(one => one.trim())
        .filter(Boolean);
      if (phones.length)
        change(async () => {
          const answer = await send('POST', PATH, { phones });
          state.isNew = answer.invalid_count > 0;
          return answer;
        });
    },
    remove: async one => {
      const sure = await confirm({
        title: t('optOuts.removeTitle', { phone: one.phone }),
        text: html`<p>${t(`optOuts.removeText.${one.source}`)}</p>`,
        yes: t('action.remove'),
        danger: true,
      });
      if (sure)
        change(async () => {
          await send('DELETE', `${PATH}${encodeURIComponent(one.phone)}/`);
          return null;
        });
    },
    export: async () => {
      try {
        state.exported = 0;
        draw();
        save(
          await csv(
            PATH,
            part => {
              state.exported = part;
              draw();
            },
            page.signal,
          ),
          'opt-outs.csv',
        );
      } catch (error) {
        if (page.signal.aborted) return;
        state.error = error;
      }
      state.exported = null;
      draw();
    },
  };
  try {
    await read();
  } catch (error) {
    if (error.status !== 400 || !phone) throw error;
    Object.assign(state, { error, list: { results: [], total: 0, page: 1, total_pages: 0 } });
  }
  draw();
}

const view = (state, actions) => html`
  <div class="head"><h1>${t('optOuts.title')}</h1><div class="end">
    ${state.list.total && !state.phone ? html`<button class="quiet" ?disabled=${state.exported !== null} @click=${actions.export}>${icon('file')}${state.exported === null ? t('action.csv') : t('action.csvBusy', { part: Math.round(state.exported * 100) })}</button>` : nothing}
    ${state.isNew ? nothing : html`<button @click=${actions.open}>${t('optOuts.add')}</button>`}</div></div>
  <p class="muted">${t('optOuts.text')}</p>
  ${state.error ? problem(state.error) : nothing}
  ${state.result ? outcome(state.result) : nothing}
  ${state.isNew ? form(actions) : nothing}
  ${state.list.total || state.phone ? finder('#/opt-outs', state.phone, t('optOuts.find')) : nothing}
  ${state.list.results.length ? table(state.list.results, actions) : state.error ? nothing : none(state)}
  ${pager(state.list, one => `#/opt-outs?page=${one}`)}
  ${curl([[state.path]])}`;

const outcome = answer =>
  note(
    answer.invalid_count ? 'warn' : 'good',
    t('optOuts.added', { count: answer.added, received: answer.received }),
    answer.invalid_count
      ? html`<ul>${answer.invalid.slice(0, 20).map(one => html`<li><bdi>${one.phone}</bdi>: ${one.reason}</li>`)}</ul>`
      : nothing,
  );

const form = actions => html`<form class="card stack" @submit=${actions.add}>
  <label class="field"><span>${t('optOuts.phones')}</span><textarea id="phones" name="phones" rows="4" required spellcheck="false" placeholder="0712 345 678"></textarea>
    <span class="hint">${t('optOuts.phonesHint')}</span></label>
  <div class="actions"><button>${t('optOuts.add')}</button><button type="button" class="quiet" @click=${actions.close}>${t('action.back')}</button></div></form>`;

const none = state =>
  state.phone
    ? empty(
        t('optOuts.notFound', { phone: state.phone }),
        t('optOuts.notFoundText'),
        html`<a class="button quiet" href="#/opt-outs">${t('optOuts.showAll')}</a>`,
      )
    : empty(t('optOuts.none'), t('optOuts.noneText'));

const table = (rows, actions) => html`<div class="rows opt-outs" role="table" aria-label=${t('optOuts.title')}>
  <div class="row heads" role="row">${['number', 'source', 'sender', 'added'].map(name => html`<span role="columnheader">${t(`column.${name}`)}</span>`)}<span role="columnheader"><span class="unseen">${t('column.actions')}</span></span></div>
  ${rows.map(
    one => html`<div class="row" role="row"><span role="cell" class="mono">${one.phone}</span>
    <span role="cell" class="small">${has(`source.${one.source}`) ? t(`source.${one.source}`) : one.source}</span><span role="cell" class="small muted">${one.sender_id ?? ''}</span>
    <span role="cell" class="small muted mono">${time(one.created_at)}</span>
    <span role="cell" class="n"><button class="plain danger" aria-label=${t('optOuts.removeTitle', { phone: one.phone })} @click=${() => actions.remove(one)}>${t('action.remove')}</button></span></div>`,
  )}</div>`;
