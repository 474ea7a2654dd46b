import { messageOf } from '../api.ts';
import { h, replace } from '../dom.ts';
import { count, counted, moment, rate, signedRate, wireRate } from '../format.ts';
import { badge } from '../parts/badge.ts';
import { pageHead } from '../parts/fields.ts';
import { meaningOf } from '../parts/reason-words.ts';
import { type Column, table } from '../parts/table.ts';
import { type View, type ViewFactory, whileVisible } from '../view.ts';

interface Change {
  readonly hash: string;
  readonly name: string | null;
  readonly tracker: string;
  readonly kind: string;
  readonly reason: string;
  /** B/s, 0 for none. */
  readonly from: number;
  readonly to: number;
}

interface Preview {
  readonly torrents_considered: number;
  readonly proposed_count: number;
  readonly proposed_calls: number;
  readonly changes: readonly Change[];
}

interface CycleAnswer {
  readonly limits_changed: number;
  readonly api_calls: number;
  readonly failed_calls: number;
}

const REFRESH_MS = 5_000;

export const previewView: ViewFactory = ({ api, say, store }): View => {
  const summary = h('p', { class: 'muted', role: 'status' });
  const results = h('div', { class: 'results' });
  const force = h(
    'button',
    { class: 'button primary', type: 'button', onclick: () => void run() },
    'Run a cycle now',
  );

  const load = async () => {
    try {
      const preview = await api.get<Preview>('/preview/next-cycle');
      const looked = `${counted(preview.torrents_considered, 'torrent')} looked at, as of ${moment(Date.now(), Date.now())}`;
      const changes = `${counted(preview.proposed_count, 'limit')} in ${counted(preview.proposed_calls, 'call')}`;
      summary.textContent =
        preview.proposed_count === 0
          ? `The next cycle would change nothing; ${looked}.`
          : `The next cycle would change ${changes}; ${looked}.`;
      replace(
        results,
        table({
          caption: 'What the next cycle would change',
          columns: COLUMNS,
          rows: preview.changes,
          empty: 'Nothing: every limit is where it should be.',
        }),
        preview.proposed_count > preview.changes.length
          ? h('p', { class: 'muted' }, `The first ${count(preview.changes.length)} are shown.`)
          : null,
      );
    } catch (error) {
      replace(results, h('p', { class: 'error', role: 'alert' }, messageOf(error)));
    }
  };

  const run = async () => {
    force.disabled = true;
    try {
      const answer = await api.post<CycleAnswer>('/cycle/force');
      const dryRun = store.state?.service.dry_run === true ? ' Dry run: nothing was written.' : '';
      say(
        `Cycle done: ${counted(answer.limits_changed, 'limit')} changed in ${counted(answer.api_calls, 'call')}.${dryRun}`,
        answer.failed_calls > 0 ? 'bad' : 'good',
      );
      await load();
    } catch (error) {
      say(messageOf(error), 'bad');
    } finally {
      force.disabled = false;
    }
  };

  const refresh = h('button', { class: 'button', type: 'button', onclick: () => void load() }, 'Refresh');
  const element = h('div', null, pageHead('Preview', refresh, force), summary, results);
  return { element, stop: whileVisible(REFRESH_MS, () => void load()) };
};

const COLUMNS: readonly Column<Change>[] = [
  {
    key: 'name',
    label: 'Name',
    cell: ({ name, hash, tracker, reason }) =>
      h(
        'div',
        { class: 'name' },
        h('span', { title: hash }, name ?? hash),
        h('small', { class: 'narrow' }, `${tracker} · ${reason}`),
      ),
  },
  { key: 'tracker', label: 'Tracker', wide: true, cell: ({ tracker }) => tracker },
  { key: 'kind', label: 'What', cell: ({ kind }) => badge(kind) },
  { key: 'from', label: 'Now', numeric: true, wide: true, cell: ({ from }) => wireRate(from) },
  { key: 'to', label: 'Then', numeric: true, cell: ({ to }) => wireRate(to) },
  {
    key: 'delta',
    label: 'Difference',
    numeric: true,
    wide: true,
    cell: ({ from, to }) =>
      from > 0 && to > 0 ? signedRate(to - from) : from > 0 ? `was ${rate(from)}` : 'was unlimited',
  },
  {
    key: 'reason',
    label: 'Why',
    wide: true,
    cell: ({ reason }) => h('span', { title: meaningOf(reason) }, reason),
  },
];
