import { h } from '../dom.ts';
import { count } from '../format.ts';

export interface PagerOptions {
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly onPage: (offset: number) => void;
}

export function pager({ total, offset, limit, onPage }: PagerOptions): HTMLElement {
  const last = Math.max(0, Math.floor((total - 1) / limit) * limit);
  const button = (label: string, name: string | null, target: number) =>
    h(
      'button',
      {
        class: 'button small',
        type: 'button',
        'aria-label': name,
        disabled: target === offset || target < 0 || target > last,
        onclick: () => onPage(target),
      },
      label,
    );
  const shown = total === 0 ? '0' : `${count(offset + 1)}–${count(Math.min(total, offset + limit))}`;
  return h(
    'div',
    { class: 'pager' },
    h('span', { class: 'muted' }, `${shown} of ${count(total)}`),
    h(
      'div',
      { class: 'buttons' },
      button('«', 'First page', 0),
      button('Back', null, offset - limit),
      button('Next', null, offset + limit),
      button('»', 'Last page', last),
    ),
  );
}
