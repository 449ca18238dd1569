// Questions over the page, which waits behind them with all that was typed.
import { html, nothing, render, t } from '../ui.js';

/**
 * Opens a dialog. `fill` gets two functions: one shows a content below the title, the other closes the dialog with an
 * answer, which this resolves to. Escape and leaving the page answer null, unless the question `mustBeAnswered`.
 */
export function ask(title, fill, { mustBeAnswered = false } = {}) {
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-labelledby', 'dialog-title');
  document.body.append(dialog);
  return new Promise(resolve => {
    const leave = new AbortController();
    const close = answer => {
      leave.abort();
      // Closing gives the focus back to what had it.
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const decline = () => (mustBeAnswered ? dialog.showModal() : close(null));
    const { signal } = leave;
    // A browser closes a dialog at the second Escape, even if the page prevented the first.
    dialog.addEventListener('close', decline, { signal });
    if (!mustBeAnswered) addEventListener('hashchange', () => close(null), { signal });
    fill(content => render(html`<h2 id="dialog-title">${title}</h2>${content}`, dialog), close);
    dialog.showModal();
  });
}

/** Asks before something that cannot be undone. Resolves to whether the reader said yes. `typed` must be written first. */
export async function confirm({ title, text, yes, danger = false, typed = null }) {
  const answer = await ask(title, (show, close) => {
    const draw = isAgreed => {
      const submit = event => {
        event.preventDefault();
        if (isAgreed) close(true);
      };
      const check = event => draw(event.target.value.trim() === typed.trim());
      show(html`<form @submit=${submit}><div class="dialog-text">${text}</div>
        ${typed ? html`<label class="field"><span>${t('dialog.type', { typed })}</span><input @input=${check} autocomplete="off"></label>` : nothing}
        <div class="actions"><button type="button" class="quiet" @click=${() => close(false)}>${t('dialog.back')}</button>
        <button class="yes ${danger ? 'danger' : ''}" ?disabled=${!isAgreed}>${yes}</button></div></form>`);
    };
    draw(!typed);
  });
  return answer === true;
}
