// Signing in with a key, which stays in this tab.
import { html, nothing, problem, t } from '../ui.js';
import { get } from '../api.js';
import { ask } from '../parts/dialog.js';

const mark = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8"/><path d="M8 9.5h16a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5h-8.5L11 25.5v-4H8A1.5 1.5 0 0 1 6.5 20v-9A1.5 1.5 0 0 1 8 9.5z"/><path class="lines" d="M11 13.8h10M11 17.2h6"/></svg>`;

/** The form for a key. `draw` shows it; `enter` gets a key that works, and whose it is. */
function form({ draw, reason, enter, signal, actions = nothing }) {
  let error = reason;
  let busy = false;

  const submit = async event => {
    event.preventDefault();
    const key = event.target.elements.key.value.trim();
    if (!key || busy) return;
    busy = true;
    show();
    try {
      enter(key, await get('/v1/', { key, signal }));
    } catch (failure) {
      [error, busy] = [failure, false];
      show();
      document.getElementById('key').focus();
    }
  };

  const show = () =>
    draw(html`${error ? problem(error) : nothing}
      <form @submit=${submit}>
        <label class="field" for="key"><span>${t('signIn.key')}</span></label>
        <input id="key" name="key" type="password" autocomplete="off" spellcheck="false" required placeholder="tk_live_…" aria-describedby="key-hint">
        <p class="hint" id="key-hint">${t('signIn.hint')}</p>
        <button class="wide" ?disabled=${busy}>${busy ? t('signIn.busy') : t('signIn.enter')}</button>${actions}
      </form>`);
  show();
  document.getElementById('key').focus();
}

/** The page for a reader without a key. */
export function start({ draw, ...rest }) {
  const page = content => draw(html`<main class="sign-in" id="main"><div class="card">${mark}
      <h1>${t('signIn.title')}</h1><p class="muted">${t('signIn.text')}</p>${content}</div></main>`);
  form({ draw: page, ...rest });
}

/** Asks for another key over the page. Resolves to it and whose it is, or to null if the reader signs out. */
export function askOver(reason) {
  const fill = (show, close) => {
    const out = html`<button type="button" class="quiet" @click=${() => close(null)}>${t('menu.signOut')}</button>`;
    form({
      draw: content => show(html`<p class="muted">${t('signIn.kept')}</p>${content}`),
      reason,
      actions: out,
      enter: (key, who) => close({ key, organisation: who.organisation }),
    });
  };
  return ask(t('signIn.again'), fill, { mustBeAnswered: true });
}
