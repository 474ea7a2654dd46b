import { h, replace, setAttribute } from '../dom.ts';
import { count, counted, duration, moment, rate } from '../format.ts';
import { describeEvent } from '../parts/event-words.ts';
import { pageHead } from '../parts/fields.ts';
import { drawRegion } from '../parts/machine.ts';
import { CYCLE, LIFECYCLE, LINK } from '../parts/machine-regions.ts';
import { type TrackerCard, trackerCard } from '../parts/tracker-card.ts';
import type { Store } from '../store.ts';
import type { View, ViewFactory } from '../view.ts';

export const overviewView: ViewFactory = ({ store }): View => {
  const problems = h('ul', { class: 'problems', 'aria-label': 'Problems' });
  const tiles = h('dl', { class: 'tiles' });
  const grid = h('div', { class: 'cards' });
  const cards = new Map<string, TrackerCard>();
  const regions = { service: drawRegion(LIFECYCLE), link: drawRegion(LINK), cycle: drawRegion(CYCLE) };
  const events = h('ol', { class: 'events' });
  const element = h(
    'div',
    null,
    pageHead('Overview'),
    problems,
    tiles,
    h('h2', { class: 'unseen' }, 'Trackers'),
    grid,
    h(
      'div',
      { class: 'duo' },
      h(
        'section',
        { class: 'card' },
        h('h2', null, 'Machine'),
        h('div', { class: 'regions' }, ...Object.values(regions).map((region) => region.element)),
      ),
      h('section', { class: 'card' }, h('h2', null, 'What happened'), events),
    ),
  );

  const update = () => {
    showProblems(problems, store.state?.health.problems ?? []);
    replace(tiles, ...tilesOf(store));
    updateCards(grid, cards, store);
    lightRegions(regions, store);
    const now = Date.now();
    replace(
      events,
      ...(store.state?.last_events ?? []).map((event) =>
        h(
          'li',
          null,
          h('time', { datetime: event.at }, moment(event.at, now)),
          h('span', null, describeEvent(event)),
        ),
      ),
    );
  };
  update();
  const end = store.subscribe(update);
  return {
    element,
    stop() {
      end();
      for (const card of cards.values()) card.stop();
    },
  };
};

function showProblems(list: HTMLElement, problems: readonly string[]): void {
  const key = problems.join('\n');
  setAttribute(list, 'hidden', problems.length === 0);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  replace(list, ...problems.map((problem) => h('li', null, problem)));
}

function tilesOf({ stats, state, link, cycle }: Store): HTMLElement[] {
  const trackers = stats?.trackers ?? [];
  const sum = (pick: (tracker: (typeof trackers)[number]) => number) =>
    trackers.reduce((total, tracker) => total + pick(tracker), 0);
  const last = cycle?.last ?? null;
  return [
    tile('Upload now', rate(sum(({ usage_bps }) => usage_bps)), `${counted(trackers.length, 'tracker')}`),
    tile(
      'Managed torrents',
      count(state?.held_torrents ?? 0),
      `${count(sum(({ active_torrents }) => active_torrents))} active of ${count(sum(({ torrents }) => torrents))}`,
    ),
    tile(
      'Last cycle',
      last === null ? '–' : `${last.duration_ms} ms`,
      last === null
        ? 'none yet'
        : `${counted(last.changed, 'limit')} changed, ${counted(last.calls, 'call')}`,
    ),
    tile(
      'qBittorrent',
      link?.qbittorrent_version ?? '–',
      link?.state === 'online' && link.since !== null
        ? `online for ${duration(Date.now() - Date.parse(link.since))}`
        : (link?.problem ?? link?.state ?? 'unknown'),
    ),
    tile('Strategy', state?.strategy ?? '–', `rollout ${state?.service.rollout_percentage ?? 100} %`),
  ];
}

function tile(name: string, value: string, note: string): HTMLElement {
  return h(
    'div',
    { class: 'tile' },
    h('dt', null, name),
    h('dd', { class: 'value' }, value),
    h('dd', null, note),
  );
}

function updateCards(grid: HTMLElement, cards: Map<string, TrackerCard>, { stats, series }: Store): void {
  const trackers = stats?.trackers ?? [];
  const known = new Set(trackers.map(({ id }) => id));
  for (const [id, card] of cards) {
    if (known.has(id)) continue;
    card.stop();
    card.element.remove();
    cards.delete(id);
  }
  for (const tracker of trackers) {
    let card = cards.get(tracker.id);
    if (card === undefined) {
      card = trackerCard(tracker);
      cards.set(tracker.id, card);
      grid.append(card.element);
    }
    card.update(tracker, series.of(tracker.id));
  }
}

function lightRegions(
  regions: Readonly<Record<'service' | 'link' | 'cycle', ReturnType<typeof drawRegion>>>,
  { state, link, cycle }: Store,
): void {
  const sinceWords = (since: string | null | undefined) =>
    since ? `for ${duration(Date.now() - Date.parse(since))}` : '';
  regions.service.light(state?.service.state ?? '', sinceWords(state?.service.since));
  regions.link.light(link?.state ?? '', link?.problem ?? sinceWords(link?.since));
  regions.cycle.light(
    cycle?.state ?? '',
    cycle === null
      ? ''
      : (cycle.problem ??
          `number ${count(cycle.number)}, one every ${state?.control_interval_seconds ?? '–'} s`),
  );
}
