import { h, svg } from '../dom.ts';

export function brand(): HTMLElement {
  const logo = svg(
    'svg',
    { viewBox: '0 0 32 32', class: 'logo', 'aria-hidden': 'true' },
    svg('rect', { width: 32, height: 32, rx: 8, class: 'logo-ground' }),
    svg('path', { d: 'M7 11h18', class: 'logo-cap' }),
    svg('path', { d: 'M7 24c4 0 4-8 8-8s4 3 10-1', class: 'logo-line' }),
  );
  return h('span', { class: 'brand' }, logo, h('span', null, 'Qguardarr'));
}
