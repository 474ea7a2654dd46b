import type { LiveTracker } from '../../service/live-types.ts';
import { h, replace, setAttribute, setText } from '../dom.ts';
import { count, percent, rate } from '../format.ts';
import type { Series } from '../live/series.ts';
import { badge } from './badge.ts';
import { usageChart } from './chart.ts';

export interface TrackerCard {
  readonly element: HTMLElement;
  update(tracker: LiveTracker, series: Series): void;
  stop(): void;
}

export function trackerCard({ id, name }: LiveTracker): TrackerCard {
  const state = h('span', null);
  const now = h('strong', null);
  const cap = h('span', { class: 'muted' });
  const part = h('span', { class: 'part' });
  const fill = h('div', { class: 'fill' });
  const bar = h('div', { class: 'bar' }, fill);
  const barLine = h('div', { class: 'bar-line' }, bar, part);
  const chart = usageChart();
  const facts = h('ul', { class: 'facts' });
  const problem = h('p', { class: 'warning' });
  const element = h(
    'article',
    { class: 'card tracker', 'data-tracker': id },
    h('header', null, h('h3', { title: id }, name), state),
    h('div', { class: 'usage' }, now, cap),
    barLine,
    chart.element,
    facts,
    problem,
  );
  return {
    element,
    update(tracker, series) {
      const { usage_bps, effective_cap_bps, cap_problem } = tracker;
      if (state.textContent !== tracker.state) replace(state, badge(tracker.state));
      setText(now, rate(usage_bps));
      setText(cap, effective_cap_bps === null ? 'no cap' : `of ${rate(effective_cap_bps)}`);
      const used = effective_cap_bps === null ? null : usage_bps / effective_cap_bps;
      setText(part, used === null ? '' : percent(used));
      fill.style.width = `${Math.min(100, (used ?? 0) * 100)}%`;
      // The promise is about ten seconds: what a shorter look shows scatters.
      const { mean_10s_bps } = tracker;
      bar.classList.toggle('over', effective_cap_bps !== null && mean_10s_bps > 1.05 * effective_cap_bps);
      setAttribute(barLine, 'hidden', used === null);
      chart.draw(series, chartWords(tracker));
      replace(facts, ...factsOf(tracker));
      setText(problem, cap_problem ?? '');
      setAttribute(problem, 'hidden', cap_problem === null);
    },
    stop: () => chart.stop(),
  };
}

function factsOf(tracker: LiveTracker): HTMLElement[] {
  const { cap_bps, borrowed_bps, lent_bps, mean_10s_bps } = tracker;
  const facts = [
    fact('active', count(tracker.active_torrents)),
    fact('torrents', count(tracker.torrents)),
    fact('managed', count(tracker.managed_torrents)),
    fact('standby', count(tracker.standby_torrents)),
    fact('last 10 s', rate(mean_10s_bps)),
  ];
  if (borrowed_bps > 0) facts.push(fact('borrowed', rate(borrowed_bps)), fact('own cap', rate(cap_bps)));
  if (lent_bps > 0) facts.push(fact('lent', rate(lent_bps)));
  return facts;
}

function fact(name: string, value: string): HTMLElement {
  return h('li', null, h('span', { class: 'muted' }, `${name} `), value);
}

function chartWords({ name, usage_bps, effective_cap_bps }: LiveTracker): string {
  const cap = effective_cap_bps === null ? 'without a cap' : `of ${rate(effective_cap_bps)}`;
  return `Upload of ${name} over the last ten minutes; now ${rate(usage_bps)} ${cap}`;
}
