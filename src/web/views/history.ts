import { messageOf } from '../api.ts';
import { type Child, h, replace } from '../dom.ts';
import { count, counted, moment, wireRate } from '../format.ts';
import { badge } from '../parts/badge.ts';
import { pageHead, searchField, segments, trackerField } from '../parts/fields.ts';
import { pager } from '../parts/pager.ts';
import { meaningOf } from '../parts/reason-words.ts';
import { type Column, table } from '../parts/table.ts';
import { rememberQuery } from '../remember-query.ts';
import type { View, ViewFactory } from '../view.ts';

const PAGE = 50;
/** A change may name thousands; the rest is a click away in the API. */
const NAMES_SHOWN = 100;

type Item = Readonly<Record<string, unknown>>;

interface JournalPage {
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly items: readonly Item[];
}

const KINDS = [
  { value: 'change', label: 'Changes' },
  { value: 'original', label: 'Originals' },
  { value: 'rollback', label: 'Rollbacks' },
  { value: 'rollout', label: 'Rollout' },
];

export const historyView: ViewFactory = ({ api, store }, query): View => {
  const wanted = {
    kind: query.get('kind') ?? 'change',
    tracker: query.get('tracker') ?? '',
    search: query.get('search') ?? '',
    offset: Number(query.get('offset') ?? 0),
  };
  const results = h('div', { class: 'results' });
  let asked = 0;

  const load = async () => {
    asked += 1;
    const turn = asked;
    try {
      const { tracker, ...rest } = wanted;
      const hasTrackers = rest.kind === 'change' || rest.kind === 'original';
      const of = hasTrackers && tracker !== '' ? { tracker } : {};
      const page = await api.get<JournalPage>('/journal', { ...rest, ...of, limit: PAGE });
      if (turn !== asked) return;
      replace(
        results,
        table({
          caption: KINDS.find(({ value }) => value === wanted.kind)?.label ?? 'History',
          columns: COLUMNS[wanted.kind] ?? CHANGES,
          rows: page.items,
          empty: 'Nothing in the journal fits.',
        }),
        pager({ ...page, onPage: (offset) => change({ offset }) }),
      );
    } catch (error) {
      if (turn === asked) replace(results, h('p', { class: 'error', role: 'alert' }, messageOf(error)));
    }
  };
  const change = (changes: Partial<typeof wanted>) => {
    Object.assign(wanted, { offset: 0 }, changes);
    const { offset, ...rest } = wanted;
    rememberQuery('history', { ...rest, offset: offset === 0 ? '' : String(offset) });
    void load();
  };

  const refresh = h('button', { class: 'button', type: 'button', onclick: () => void load() }, 'Refresh');
  const trackers = trackerField(store, wanted.tracker, [], (tracker) => change({ tracker }));
  const element = h(
    'div',
    null,
    pageHead('History', refresh),
    h(
      'div',
      { class: 'toolbar' },
      searchField('Name, info-hash or reason', wanted.search, (search) => change({ search })),
      trackers.field,
      segments('Kind', wanted.kind, KINDS, (kind) => change({ kind })),
    ),
    results,
  );
  void load();
  return { element, stop: trackers.stop };
};

const when = (at: unknown): Child =>
  typeof at === 'string' ? h('time', { datetime: at }, moment(at, Date.now())) : '–';
const text = (value: unknown): string => (value === null || value === undefined ? '–' : String(value));
const limit = (wire: unknown): string => (typeof wire === 'number' ? wireRate(wire) : '–');

const CHANGES: readonly Column<Item>[] = [
  { key: 'at', label: 'When', cell: ({ at }) => when(at) },
  { key: 'tracker', label: 'Tracker', wide: true, cell: ({ tracker }) => text(tracker) },
  { key: 'torrents', label: 'Torrents', cell: ({ torrents }) => torrentsOf(torrents) },
  { key: 'limit', label: 'New limit', numeric: true, cell: (item) => limit(item.limit) },
  {
    key: 'reason',
    label: 'Why',
    wide: true,
    cell: ({ reason }) => h('span', { title: meaningOf(text(reason)) }, text(reason)),
  },
  { key: 'cycle', label: 'Cycle', numeric: true, wide: true, cell: ({ cycle }) => text(cycle) },
  { key: 'state', label: 'State', cell: ({ state }) => badge(text(state)) },
];

const ORIGINALS: readonly Column<Item>[] = [
  {
    key: 'name',
    label: 'Name',
    cell: ({ name, hash }) => h('span', { title: text(hash) }, text(name ?? hash)),
  },
  { key: 'tracker', label: 'Tracker', wide: true, cell: ({ tracker }) => text(tracker) },
  { key: 'original', label: 'Original', numeric: true, cell: (item) => limit(item.original_limit) },
  { key: 'last', label: 'Last set', numeric: true, cell: (item) => limit(item.last_limit) },
  { key: 'since', label: 'First seen', wide: true, cell: (item) => when(item.first_seen) },
];

const ROLLBACKS: readonly Column<Item>[] = [
  { key: 'at', label: 'Asked for', cell: (item) => when(item.requested_at) },
  { key: 'by', label: 'By', wide: true, cell: ({ by }) => text(by) },
  { key: 'scope', label: 'Of', wide: true, cell: ({ scope }) => text(scope) },
  { key: 'reason', label: 'Reason', cell: ({ reason }) => text(reason) },
  { key: 'restored', label: 'Restored', numeric: true, cell: ({ restored }) => text(restored) },
  { key: 'finished', label: 'Finished', wide: true, cell: (item) => when(item.finished_at) },
  { key: 'resumed', label: 'Resumed', wide: true, cell: (item) => when(item.resumed_at) },
];

const ROLLOUTS: readonly Column<Item>[] = [
  { key: 'at', label: 'When', cell: ({ at }) => when(at) },
  { key: 'what', label: 'What', cell: ({ what }) => text(what).replaceAll('-', ' ') },
  { key: 'percentage', label: 'Managed', numeric: true, cell: ({ percentage }) => `${text(percentage)} %` },
  {
    key: 'step',
    label: 'Step',
    wide: true,
    cell: ({ step, steps }) => (typeof step === 'number' ? `${step} of ${text(steps)}` : '–'),
  },
  { key: 'problem', label: 'Why', cell: ({ problem }) => text(problem) },
];

const COLUMNS: Readonly<Record<string, readonly Column<Item>[]>> = {
  change: CHANGES,
  original: ORIGINALS,
  rollback: ROLLBACKS,
  rollout: ROLLOUTS,
};

function torrentsOf(value: unknown): HTMLElement {
  const torrents: readonly Item[] = Array.isArray(value) ? value : [];
  const nameOf = ({ name, hash }: Item) => text(name ?? hash);
  const [only] = torrents;
  if (torrents.length === 1 && only !== undefined) {
    return h('span', { title: text(only.hash) }, `${nameOf(only)}, was ${limit(only.from)}`);
  }
  const rest = torrents.length - NAMES_SHOWN;
  const details = h('details', null, h('summary', null, counted(torrents.length, 'torrent')));
  details.addEventListener(
    'toggle',
    () => {
      details.append(
        h(
          'ul',
          null,
          ...torrents
            .slice(0, NAMES_SHOWN)
            .map((torrent) => h('li', null, `${nameOf(torrent)}, was ${limit(torrent.from)}`)),
          rest > 0 ? h('li', { class: 'muted' }, `and ${count(rest)} more`) : null,
        ),
      );
    },
    { once: true },
  );
  return details;
}
