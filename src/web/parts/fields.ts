import { h, replace } from '../dom.ts';
import type { Store } from '../store.ts';

export interface Option {
  readonly value: string;
  readonly label: string;
}

export function searchField(
  label: string,
  value: string,
  onSearch: (text: string) => void,
): HTMLInputElement {
  let timer = 0;
  const input = h('input', {
    type: 'search',
    placeholder: label,
    'aria-label': label,
    value,
    spellcheck: 'false',
  });
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => onSearch(input.value.trim()), 200);
  });
  return input;
}

export function selectField(
  label: string,
  value: string,
  options: readonly Option[],
  onSelect: (value: string) => void,
): HTMLSelectElement {
  const select = h('select', { 'aria-label': label });
  for (const option of options) {
    select.append(h('option', { value: option.value, selected: option.value === value }, option.label));
  }
  select.addEventListener('change', () => onSelect(select.value));
  return select;
}

/** A choice of which each is in sight. */
export function segments(
  label: string,
  value: string,
  options: readonly Option[],
  onSelect: (value: string) => void,
): HTMLElement {
  const buttons = options.map((option) =>
    h(
      'button',
      {
        class: 'segment',
        type: 'button',
        'aria-pressed': String(option.value === value),
        onclick: (event) => {
          for (const button of buttons)
            button.setAttribute('aria-pressed', String(button === event.currentTarget));
          onSelect(option.value);
        },
      },
      option.label,
    ),
  );
  return h('div', { class: 'segments', role: 'group', 'aria-label': label }, ...buttons);
}

/** For torrents of no known tracker: an id can't be a space. */
export const NO_TRACKER = ' ';

/**
 * A choice among the trackers, which may be told only after the page is there, and change under it.
 * Returns the function that ends it, too.
 */
export function trackerField(
  store: Store,
  value: string,
  others: readonly Option[],
  onSelect: (trackerId: string) => void,
): { readonly field: HTMLSelectElement; readonly stop: () => void } {
  const field = selectField('Tracker', '', [], onSelect);
  let wanted = value;
  let shown = '';
  field.addEventListener('change', () => {
    wanted = field.value;
  });
  const update = () => {
    const trackers = (store.stats?.trackers ?? []).map(({ id, name }) => ({
      value: id,
      label: name === id ? id : `${name} (${id})`,
    }));
    const options = [{ value: '', label: 'All trackers' }, ...trackers, ...others];
    const key = JSON.stringify(options);
    if (key === shown) return;
    shown = key;
    replace(field, ...options.map((option) => h('option', { value: option.value }, option.label)));
    field.value = options.some((option) => option.value === wanted) ? wanted : '';
  };
  update();
  return { field, stop: store.subscribe(update) };
}

export function pageHead(title: string, ...actions: readonly (HTMLElement | null)[]): HTMLElement {
  return h('div', { class: 'page-head' }, h('h1', null, title), h('div', { class: 'actions' }, ...actions));
}
