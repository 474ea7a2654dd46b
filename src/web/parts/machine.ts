import { h, setAttribute, setText, svg } from '../dom.ts';
import { stateWords } from '../format.ts';
import { type DrawnRegion, drawnName, STATE_HEIGHT } from './machine-regions.ts';

export interface RegionDrawing {
  readonly element: HTMLElement;
  /** @param note what to say below the drawing */
  light(state: string, note: string): void;
}

/** One region of the service's machine as states and ways, the present state lit. */
export function drawRegion(region: DrawnRegion): RegionDrawing {
  const states = new Map(
    region.states.map(({ name, label, x, y, tone }) => {
      const text = svg('text', { x: x + region.stateWidth / 2, y: y + 21 }, label);
      const below = svg('text', { x: x + region.stateWidth / 2, y: y + 28, class: 'below' });
      const box = svg('rect', { x, y, width: region.stateWidth, height: STATE_HEIGHT, rx: 8 });
      return [name, { group: svg('g', { class: `state ${tone}` }, box, text, below), text, below, y }];
    }),
  );
  const head = `head-${region.title.replaceAll(' ', '-')}`;
  const marker = svg(
    'marker',
    { id: head, viewBox: '0 0 6 6', refX: 5, refY: 3, markerWidth: 6, markerHeight: 6, orient: 'auto' },
    svg('path', { d: 'M0 0L6 3L0 6z', class: 'way-head' }),
  );
  const picture = svg(
    'svg',
    { viewBox: `0 0 ${region.width} ${region.height}`, class: 'machine', role: 'img' },
    svg('defs', null, marker),
    ...region.ways.map((d) => svg('path', { d, class: 'way', 'marker-end': `url(#${head})` })),
    ...[...states.values()].map(({ group }) => group),
  );
  const caption = h('p', { class: 'note' });
  const element = h('section', { class: 'region' }, h('h3', null, region.title), picture, caption);
  return {
    element,
    light(state, note) {
      const present = drawnName(state);
      for (const [name, { group, text, below, y }] of states) {
        const isLit = name === present.name;
        group.classList.toggle('lit', isLit);
        const detail = isLit ? present.below : '';
        setText(below, detail);
        setAttribute(text, 'y', String(detail === '' ? y + 21 : y + 16));
      }
      setAttribute(picture, 'aria-label', `${region.title}: ${stateWords(state)}`);
      setText(caption, note);
    },
  };
}
