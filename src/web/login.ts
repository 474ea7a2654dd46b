import { type Api, messageOf } from './api.ts';
import { h, setText } from './dom.ts';
import { brand } from './parts/brand.ts';

/** Asks for the API key until one is right. @param problem what was wrong with the last one; null: none was given */
export function loginForm(api: Api, problem: string | null, onDone: () => void): HTMLElement {
  const input = h('input', {
    id: 'api-key',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
    spellcheck: 'false',
    'aria-describedby': 'api-key-hint',
  });
  const error = h('p', { class: 'error', role: 'alert' }, problem);
  const button = h('button', { class: 'button primary', type: 'submit' }, 'Log in');
  const submit = async (event: Event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await api.post('/login', { key: input.value });
      onDone();
    } catch (caught) {
      setText(error, messageOf(caught));
      button.disabled = false;
      input.select();
    }
  };
  const form = h(
    'form',
    { class: 'card login', onsubmit: (event) => void submit(event) },
    brand(),
    h('h1', null, 'API key'),
    h('label', { for: 'api-key' }, 'This page was opened from another machine, so Qguardarr wants its key.'),
    input,
    h(
      'p',
      { class: 'hint', id: 'api-key-hint' },
      'It was shown at the first start and is kept in data/api-key. This browser keeps a login, not the key.',
    ),
    error,
    button,
  );
  queueMicrotask(() => input.focus());
  return h('main', { class: 'login-page' }, form);
}
