import type { TorrentPage, TorrentRow } from '../../service/live-types.ts';
import { messageOf } from '../api.ts';
import { h, replace } from '../dom.ts';
import { counted, rate } from '../format.ts';
import { NO_TRACKER, pageHead, searchField, segments, trackerField } from '../parts/fields.ts';
import { pager } from '../parts/pager.ts';
import { meaningOf } from '../parts/reason-words.ts';
import { type Column, table } from '../parts/table.ts';
import { rememberQuery } from '../remember-query.ts';
import { type View, type ViewFactory, whileVisible } from '../view.ts';

const PAGE = 50;
const REFRESH_MS = 4_000;

const SHOWS = [
  { value: 'all', label: 'All' },
  { value: 'managed', label: 'Managed' },
  { value: 'active', label: 'Active' },
  { value: 'own-limit', label: 'Own limit' },
];

/** Largest first where numbers are asked for. */
const FIRST_ORDER: Readonly<Record<string, 'asc' | 'desc'>> = {
  usage: 'desc',
  limit: 'asc',
  original: 'asc',
};

export const torrentsView: ViewFactory = ({ api, store }, query): View => {
  const wanted = {
    search: query.get('search') ?? '',
    tracker: query.get('tracker') ?? '',
    show: query.get('show') ?? 'all',
    sort: query.get('sort') ?? 'usage',
    order: query.get('order') ?? 'desc',
    offset: Number(query.get('offset') ?? 0),
  };
  const results = h('div', { class: 'results' });
  const total = h('span', { class: 'muted', role: 'status' });
  let asked = 0;
  /** Shown last, so that a refresh that brings nothing new leaves the table alone. */
  let shown = '';

  const load = async () => {
    asked += 1;
    const turn = asked;
    try {
      const { tracker, ...rest } = wanted;
      const of = tracker === '' ? {} : { tracker: tracker.trim() };
      const page = await api.get<TorrentPage>('/torrents', { ...rest, ...of, limit: PAGE });
      if (turn === asked) show(page);
    } catch (error) {
      if (turn === asked) replace(results, h('p', { class: 'error', role: 'alert' }, messageOf(error)));
    }
  };

  const change = (changes: Partial<typeof wanted>) => {
    Object.assign(wanted, { offset: 0 }, changes);
    const { offset, ...rest } = wanted;
    rememberQuery('torrents', { ...rest, offset: offset === 0 ? '' : String(offset) });
    void load();
  };

  const show = (page: TorrentPage) => {
    const text = JSON.stringify([page, wanted.sort, wanted.order]);
    if (text === shown) return;
    shown = text;
    total.textContent = counted(page.total, 'torrent');
    const focused = document.activeElement?.getAttribute('data-sort');
    const scrolled = results.querySelector('.table-box')?.scrollLeft ?? 0;
    replace(
      results,
      table({
        caption: 'Torrents',
        columns: COLUMNS,
        rows: page.items,
        empty: 'No torrent fits.',
        sorting: {
          sort: wanted.sort,
          order: wanted.order === 'asc' ? 'asc' : 'desc',
          onSort: (sort) => {
            const turned = wanted.order === 'asc' ? 'desc' : 'asc';
            change({ sort, order: sort === wanted.sort ? turned : (FIRST_ORDER[sort] ?? 'asc') });
          },
        },
      }),
      pager({ ...page, onPage: (offset) => change({ offset }) }),
    );
    results.querySelector('.table-box')?.scrollTo({ left: scrolled });
    if (focused) results.querySelector<HTMLElement>(`[data-sort="${focused}"]`)?.focus();
  };

  const unknown = { value: NO_TRACKER, label: 'Tracker unknown' };
  const trackers = trackerField(store, wanted.tracker, [unknown], (tracker) => change({ tracker }));
  const element = h(
    'div',
    null,
    pageHead('Torrents', total),
    h(
      'div',
      { class: 'toolbar' },
      searchField('Name or info-hash', wanted.search, (search) => change({ search })),
      trackers.field,
      segments('Show', wanted.show, SHOWS, (kind) => change({ show: kind })),
    ),
    results,
  );
  const endRefresh = whileVisible(REFRESH_MS, () => void load());
  return {
    element,
    stop() {
      endRefresh();
      trackers.stop();
    },
  };
};

const COLUMNS: readonly Column<TorrentRow>[] = [
  {
    key: 'name',
    label: 'Name',
    sortable: true,
    cell: ({ name, hash, tracker, reason }) =>
      h(
        'div',
        { class: 'name' },
        h('span', { title: hash }, name === '' ? hash : name),
        h('small', { class: 'narrow' }, `${tracker ?? 'unknown'} · ${reason}`),
      ),
  },
  {
    key: 'tracker',
    label: 'Tracker',
    sortable: true,
    wide: true,
    cell: ({ tracker }) => tracker ?? 'unknown',
  },
  {
    key: 'usage',
    label: 'Usage',
    sortable: true,
    numeric: true,
    cell: ({ usage_bps }) => h('span', { class: usage_bps === 0 ? 'muted' : null }, rate(usage_bps)),
  },
  {
    key: 'limit',
    label: 'Limit',
    sortable: true,
    numeric: true,
    cell: ({ limit_bps, managed }) => h('span', { class: managed ? null : 'muted' }, rate(limit_bps)),
  },
  {
    key: 'original',
    label: 'Original',
    sortable: true,
    numeric: true,
    wide: true,
    cell: ({ original_bps }) =>
      h('span', { class: original_bps === null ? 'muted' : null }, rate(original_bps)),
  },
  {
    key: 'reason',
    label: 'Why',
    sortable: true,
    wide: true,
    cell: ({ reason, managed }) =>
      h('span', { class: managed ? null : 'muted', title: meaningOf(reason) }, reason),
  },
];
