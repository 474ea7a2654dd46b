import { h } from '../dom.ts';

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

/** All trackers, and those that there are. @param trackers as configured */
export function trackerOptions(
  trackers: readonly { readonly id: string; readonly name: string }[],
): Option[] {
  return [
    { value: '', label: 'All trackers' },
    ...trackers.map(({ id, name }) => ({ value: id, label: name === id ? id : `${name} (${id})` })),
  ];
}

export function pageHead(title: string, ...actions: readonly (HTMLElement | null)[]): HTMLElement {
  return h('div', { class: 'page-head' }, h('h1', null, title), h('div', { class: 'actions' }, ...actions));
}
