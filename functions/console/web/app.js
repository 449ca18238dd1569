// Starts the console: who is signed in, which page the address names, and the frame around it.
import { html, nothing, render, icon, note, problem, loading, explain, requestOf, announce, current, t } from './ui.js';
import { FIRST, session, get, pause, takeKey } from './api.js';

/** Loads a page with the texts that the first view does without. */
const worded = load => () => Promise.all([load(), import('./words/en_pages.js')]).then(([view]) => view);
const PAGES = [
  [/^\/campaigns$/, () => import('./views/campaigns.js'), 'campaigns'],
  [/^\/campaigns\/(\d+)$/, worded(() => import('./views/campaign.js')), 'campaigns'],
  [/^\/messages$/, worded(() => import('./views/number.js')), 'campaigns'],
  [/^\/messages\/([0-9a-f-]{36})$/, worded(() => import('./views/message.js')), 'campaigns'],
  [/^\/send$/, worded(() => import('./views/send.js')), 'send'],
  [/^\/books$/, worded(() => import('./views/books.js')), 'books'],
  [/^\/books\/([0-9a-f-]{36})$/, worded(() => import('./views/book.js')), 'books'],
  [/^\/books\/([0-9a-f-]{36})\/import$/, worded(() => import('./views/import.js')), 'books'],
  [/^\/opt-outs$/, worded(() => import('./views/opt_outs.js')), 'optOuts'],
  [/^\/wallet$/, worded(() => import('./views/wallet.js')), 'wallet'],
  [/^\/settings$/, worded(() => import('./views/settings.js')), 'settings'],
  [/^\/inbox$/, worded(() => import('./views/inbox.js')), 'inbox'],
];
const MENU = [
  ['campaigns', '#/campaigns'],
  ['books', '#/books'],
  ['optOuts', '#/opt-outs'],
  ['wallet', '#/wallet'],
];
/** The sandbox's inbox is served beside the API on one's own machine, and nowhere else. */
const LOCAL = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);

const root = document.getElementById('app');
/** The answer to who the key belongs to, once there is one, and the call for it. */
let identity = null;
let asking = null;
let leave = new AbortController();
let shownPath = null;
let shownContent = nothing;
/** Repeats the page's start if it failed for want of a connection. */
let retry = null;
/** The question for another key, while it is open. */
let renewing = null;
/** The page that is shown. Its `losing`, if it has one, gives the key of a text that says what leaving it would lose. */
let shown = null;
/** The form that the reader typed into last. */
let typed = null;
/** How long a page may be on its way before the reader is told that it still is. */
const SLOW = 5_000;

/** lit-html keeps what a container held before: what was shown until now goes. */
function show(content) {
  root.querySelector('.boot')?.remove();
  render(content, root);
}

/** What leaving the page would lose, as the key of a text; null if nothing. */
const losing = () => shown?.losing?.() ?? (typed?.isConnected ? 'leave.typed' : null);

/** Whether nothing on the page would be lost, or the reader says that it may be. */
async function mayLeave() {
  const lost = losing();
  if (!lost) return true;
  const { confirm } = await import('./parts/dialog.js');
  const isMeant = await confirm({ title: t('leave.title'), text: html`<p>${t(lost)}</p>`, yes: t('leave.yes'), danger: true });
  if (isMeant) shown = typed = null;
  return isMeant;
}

function signOut(reason = null) {
  shown = typed = null;
  session.end();
  identity = asking = null;
  signIn(reason);
}

async function signIn(reason) {
  leave.abort();
  leave = new AbortController();
  const { start } = await import('./views/sign_in.js');
  document.title = t('title', { page: t('signIn.title') });
  start({
    draw: show,
    reason,
    signal: leave.signal,
    enter: key => {
      session.key = key;
      shownPath = null;
      open();
    },
  });
}

/** A refused key: asks for another over the page, which keeps all that was typed into it. */
function renew(error) {
  if (identity) return (renewing ??= askAgain(error).finally(() => (renewing = null)));
  signOut(error);
  return false;
}

async function askAgain(error) {
  const { askOver } = await import('./views/sign_in.js');
  const answer = await askOver(error);
  if (!answer) {
    signOut();
    return false;
  }
  session.key = answer.key;
  // Nothing of this page is another organisation's.
  if (answer.organisation.slug !== identity.organisation.slug) {
    shown = typed = null;
    location.reload();
  }
  return true;
}

function menu(active) {
  const entries = LOCAL ? [...MENU, ['inbox', '#/inbox']] : MENU;
  return html`<nav class="menu" aria-label=${t('menu.label')}>${entries.map(
    ([name, address]) => html`
    <a href=${address} aria-current=${current(name === active)}>${icon(name)}<span>${t(`menu.${name}`)}</span></a>`,
  )}</nav>`;
}

/** The page's numbers are old, since looking for newer ones fails. */
const stale = error => note('warn', t('watch.trouble'), html`${explain(error)} ${t('watch.goesOn')} ${requestOf(error)}`);

function frame(active, content, { isBusy, isSlow, trouble }) {
  const name = identity?.organisation.name;
  return html`
    <a class="skip" href="#main" @click=${skip}>${t('skip')}</a>
    <header class="side">
      <a class="brand" href=${FIRST}><svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8"/><path d="M8 9.5h16a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5h-8.5L11 25.5v-4H8A1.5 1.5 0 0 1 6.5 20v-9A1.5 1.5 0 0 1 8 9.5z"/></svg>
        <span class="organisation" dir="auto">${name ?? nothing}</span></a>
      ${session.isTest ? html`<span class="test" title=${t('test.title')}>${t('test')}</span>` : nothing}
      <a class="button compose" href="#/send" aria-current=${current(active === 'send')}>${icon('send')}<span>${t('menu.send')}</span></a>
      ${menu(active)}
      <a class="sign-out" href="#/settings" aria-current=${current(active === 'settings')}>${icon('settings')}<span>${t('menu.settings')}</span></a>
      <button class="sign-out" @click=${leaveConsole}>${icon('out')}<span>${t('menu.signOut')}</span></button>
    </header>
    <main id="main" tabindex="-1" aria-busy=${isBusy ? 'true' : nothing}>${trouble ? stale(trouble) : nothing}${content}${
      isBusy && isSlow ? html`<p class="muted">${t('loading.slow')}</p>` : nothing
    }</main>`;
}

function skip(event) {
  event.preventDefault();
  document.getElementById('main').focus();
}

async function leaveConsole() {
  if (!(await mayLeave())) return;
  for (const name of Object.keys(localStorage)) if (name.startsWith('draft.')) localStorage.removeItem(name);
  signOut();
}

function route() {
  const [path, query = ''] = location.hash.slice(1).split('?');
  for (const [pattern, load, active] of PAGES) {
    const match = pattern.exec(path);
    if (match) return { path, load, active, id: match[1], query: new URLSearchParams(query) };
  }
  return null;
}

/** Shows the page that the address names. */
async function open() {
  if (!session.key) return signIn(null);
  const found = route();
  if (!found) return location.replace(FIRST);
  leave.abort();
  const { signal } = (leave = new AbortController());
  const isNew = shownPath !== found.path;
  // What is just being loaded is at its top, and nothing has the focus yet.
  const isFirst = root.querySelector('.boot') !== null;
  shownPath = found.path;
  let content = isNew ? loading() : shownContent;
  const state = { isBusy: true, isSlow: false, trouble: null };
  const redraw = () => {
    if (!signal.aborted) show(frame(found.active, content, state));
  };
  const draw = next => {
    if (signal.aborted) return;
    [content, state.isBusy] = [(shownContent = next), false];
    if (state.isSlow) announce('');
    state.isSlow = false;
    redraw();
  };
  retry = null;
  redraw();
  sayIfSlow(state, redraw, signal);
  const page = (shown = {
    ...found,
    signal,
    draw,
    isNew,
    title: text => {
      document.title = t('title', { page: text });
      if (isNew) announce(text);
    },
    reopen: open,
    trouble: error => {
      if (state.trouble === error) return;
      if (!error !== !state.trouble) announce(t(error ? 'watch.trouble' : 'watch.again'));
      state.trouble = error;
      redraw();
    },
  });
  identify(redraw);
  try {
    const [view] = await Promise.all([found.load(), isNew && !isFirst ? focusMain() : null]);
    await view.start(page);
  } catch (error) {
    if (!signal.aborted) failed(error, draw);
  }
}

async function sayIfSlow(state, redraw, signal) {
  try {
    await pause(SLOW, signal);
  } catch {
    return;
  }
  if (!state.isBusy) return;
  state.isSlow = true;
  announce(t('loading.slow'));
  redraw();
}

function focusMain() {
  scrollTo(0, 0);
  document.getElementById('main')?.focus({ preventScroll: true });
}

function failed(error, draw) {
  if (error.status === 401) return;
  if (error.status === 0) retry = open;
  if ('code' in error) {
    // What does not exist will not exist at a second try.
    const list = html`<p><a href=${FIRST}>${t('campaigns.showAll')}</a></p>`;
    const isAbsent = error.status === 404;
    return draw(html`<h1>${t('error.title')}</h1>${problem(error, isAbsent ? null : open)}${isAbsent ? list : nothing}`);
  }
  console.error(error);
  // A module that did not arrive is only asked for again by a reload.
  const code = /import/.test(error.message) ? 'network' : 'page';
  draw(html`<h1>${t('error.title')}</h1>${problem({ code, body: {} }, () => location.reload())}`);
}

/** Whose key it is; asked once. */
async function identify(redraw) {
  if (identity) return;
  try {
    identity = await (asking ??= get('/v1/'));
    redraw();
  } catch {
    // The page's own call meets the same failure, and shows it.
    asking = null;
  }
}

session.renew = renew;
addEventListener('online', () => retry?.());
addEventListener('hashchange', async ({ oldURL }) => {
  if (takeKey()) identity = asking = null;
  else if (losing()) {
    const wanted = location.hash;
    history.replaceState(null, '', oldURL);
    if (!(await mayLeave())) return;
    history.replaceState(null, '', wanted);
  }
  open();
});
addEventListener('beforeunload', event => {
  if (losing()) event.preventDefault();
});
root.addEventListener('input', event => {
  typed = event.target.closest('.side ~ main form:not([role=search])') ?? typed;
});
open();
