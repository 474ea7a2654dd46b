import { ApiError, messageOf } from '../api.ts';
import { h, replace } from '../dom.ts';
import { wireRate } from '../format.ts';
import { pageHead } from '../parts/fields.ts';
import type { View, ViewFactory } from '../view.ts';

interface ReloadAnswer {
  readonly restart_needed?: readonly string[];
  readonly warnings?: readonly string[];
}

/** Keys that hold B/s, where a figure alone says little. */
const RATES = new Set(['max_upload_speed']);

export const configView: ViewFactory = ({ api, say }): View => {
  const outcome = h('div', { class: 'outcome', role: 'status' });
  const sections = h('div', { class: 'config' });
  const button = h(
    'button',
    { class: 'button primary', type: 'button', onclick: () => void reload() },
    'Reload the file',
  );

  const load = async () => {
    try {
      const config = await api.get<Record<string, unknown>>('/config');
      replace(sections, ...Object.entries(config).map(([name, value]) => section(name, value)));
    } catch (error) {
      replace(sections, h('p', { class: 'error', role: 'alert' }, messageOf(error)));
    }
  };
  const reload = async () => {
    button.disabled = true;
    try {
      const answer = await api.post<ReloadAnswer>('/config/reload');
      replace(
        outcome,
        linesOf('At the next start only:', answer.restart_needed ?? [], 'warning'),
        linesOf('Worth a look:', answer.warnings ?? [], 'warning'),
      );
      say('The config was reloaded and is in force.', 'good');
      await load();
    } catch (error) {
      const issues =
        error instanceof ApiError && Array.isArray(error.details.issues) ? error.details.issues : [];
      replace(outcome, linesOf(messageOf(error), issues.map(String), 'error'));
    } finally {
      button.disabled = false;
    }
  };

  const element = h(
    'div',
    null,
    pageHead('Config', button),
    h('p', { class: 'muted' }, 'As loaded, with every default filled in and secrets starred.'),
    outcome,
    sections,
  );
  void load();
  return { element, stop: () => undefined };
};

function linesOf(title: string, lines: readonly string[], tone: string): HTMLElement | null {
  if (lines.length === 0) return tone === 'error' ? h('p', { class: tone }, title) : null;
  return h(
    'div',
    { class: `lines ${tone}` },
    h('p', null, title),
    h('ul', null, ...lines.map((line) => h('li', null, h('code', null, line)))),
  );
}

function section(name: string, value: unknown): HTMLElement {
  return h('section', { class: 'card' }, h('h2', null, name), content(value));
}

function content(value: unknown): HTMLElement {
  if (Array.isArray(value)) {
    if (value.length === 0) return h('p', { class: 'muted' }, 'none');
    return h('ol', { class: 'list' }, ...value.map((item) => h('li', null, content(item))));
  }
  if (typeof value !== 'object' || value === null) return h('code', null, textOf(value));
  const entries = Object.entries(value);
  if (entries.length <= 2 && entries.every(([, inner]) => typeof inner === 'number')) {
    return h('code', null, entries.map(([key, inner]) => `${key}: ${inner}`).join(', '));
  }
  return h(
    'dl',
    { class: 'pairs' },
    ...entries.map(([key, inner]) => h('div', null, h('dt', null, key), h('dd', null, cell(key, inner)))),
  );
}

function cell(key: string, value: unknown): HTMLElement {
  if (!RATES.has(key) || typeof value !== 'number') return content(value);
  return h(
    'span',
    null,
    h('code', null, textOf(value)),
    h('span', { class: 'muted' }, ` ${wireRate(value)}`),
  );
}

function textOf(value: unknown): string {
  return value === '' ? '""' : String(value);
}
