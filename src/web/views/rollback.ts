import type { TorrentPage, TorrentRow } from '../../service/live-types.ts';
import { messageOf } from '../api.ts';
import { h, replace, setAttribute, setText } from '../dom.ts';
import { count, counted, rate } from '../format.ts';
import { pageHead } from '../parts/fields.ts';
import { pager } from '../parts/pager.ts';
import { type Column, table } from '../parts/table.ts';
import type { View, ViewFactory } from '../view.ts';

/** What must be typed: nobody types it by mistake. */
const WORD = 'ROLLBACK';
const PAGE = 20;
const PROGRESS_MS = 400;

interface Answer {
  readonly status: string;
  readonly changes_reversed: number;
  readonly missing?: number;
  readonly left_in_force?: number;
  readonly duration_seconds: number;
  readonly message?: string;
}

export const rollbackView: ViewFactory = ({ api, store, say }): View => {
  const intro = h('p', null);
  const list = h('div', { class: 'results' });
  const reason = h('input', {
    id: 'reason',
    maxlength: 200,
    autocomplete: 'off',
    placeholder: 'for the journal',
  });
  const typed = h('input', { id: 'typed', autocomplete: 'off', spellcheck: 'false', placeholder: WORD });
  const start = h('button', { class: 'button danger', type: 'submit', disabled: true }, 'Roll back');
  const resume = h(
    'button',
    { class: 'button primary', type: 'button', onclick: () => void enforce() },
    'Enforce again',
  );
  const progress = h('progress', { max: 1, value: 0, 'aria-label': 'Torrents restored' });
  const progressText = h('p', { role: 'status' });
  const running = h('div', { class: 'progress', hidden: true }, progress, progressText);
  const result = h('div', { class: 'result', role: 'status' });
  const resumeBox = h('div', { class: 'buttons' }, resume);
  let offset = 0;
  let before = 0;
  let isAsked = false;
  let watching = 0;

  const load = async () => {
    try {
      const wanted = { show: 'managed', sort: 'tracker', order: 'asc', offset, limit: PAGE };
      const page = await api.get<TorrentPage>('/torrents', wanted);
      setText(
        intro,
        page.total === 0
          ? 'No torrent holds a limit of Qguardarr: there is nothing to give back.'
          : `${counted(page.total, 'torrent')} would get ${page.total === 1 ? 'its' : 'their'} own limit back, and nothing is enforced until you say so.`,
      );
      replace(
        list,
        page.total === 0
          ? null
          : table({ caption: 'What would be restored', columns: COLUMNS, rows: page.items, empty: '' }),
        page.total > PAGE ? pager({ ...page, onPage: go }) : null,
      );
    } catch (error) {
      replace(list, h('p', { class: 'error', role: 'alert' }, messageOf(error)));
    }
  };
  const go = (to: number) => {
    offset = to;
    void load();
  };

  const showProgress = (held: number) => {
    const restored = Math.max(0, before - held);
    progress.value = before === 0 ? 1 : restored / before;
    setText(progressText, `${count(restored)} of ${counted(before, 'torrent')} restored`);
  };
  const poll = async () => {
    try {
      showProgress((await api.get<{ held_torrents: number }>('/state')).held_torrents);
    } catch {
      // The answer to the rollback itself says what is wrong.
    }
  };
  const begin = () => {
    before = Math.max(before, store.state?.held_torrents ?? 0);
    showProgress(before);
    setAttribute(running, 'hidden', false);
    watching = setInterval(() => void poll(), PROGRESS_MS);
  };
  const endProgress = () => {
    clearInterval(watching);
    watching = 0;
    before = 0;
    setAttribute(running, 'hidden', true);
  };

  const rollBack = async (event: Event) => {
    event.preventDefault();
    isAsked = true;
    typed.value = '';
    replace(result);
    if (watching === 0) begin();
    update();
    try {
      const answer = await api.post<Answer>('/rollback', { confirm: true, reason: reason.value.trim() });
      replace(result, h('p', { class: answer.status === 'completed' ? 'good' : 'warning' }, wordsOf(answer)));
    } catch (error) {
      replace(result, h('p', { class: 'error' }, messageOf(error)));
    } finally {
      isAsked = false;
      endProgress();
      offset = 0;
      update();
      void load();
    }
  };
  const enforce = async () => {
    try {
      await api.post('/resume');
      say('Limits are enforced again.', 'good');
      replace(result);
    } catch (error) {
      say(messageOf(error), 'bad');
    }
  };

  const form = h(
    'form',
    { class: 'confirm', onsubmit: (event) => void rollBack(event) },
    h('label', { for: 'reason' }, 'Reason'),
    reason,
    h('label', { for: 'typed' }, 'Type ', h('code', null, WORD), ' to confirm'),
    typed,
    start,
  );
  const update = () => {
    const service = store.state?.service.state ?? '';
    const isRunning = isAsked || service.startsWith('rollingBack');
    start.disabled = typed.value.trim() !== WORD || isRunning;
    setAttribute(resumeBox, 'hidden', service !== 'rolledBack' || isRunning);
    // One that was started elsewhere is shown, too.
    if (isRunning && watching === 0) begin();
    else if (!isRunning && watching !== 0) {
      endProgress();
      void load();
    }
  };
  typed.addEventListener('input', update);

  const element = h(
    'div',
    null,
    pageHead('Rollback'),
    h(
      'div',
      { class: 'duo even' },
      h(
        'section',
        { class: 'card' },
        h('h2', null, 'Give every limit back'),
        intro,
        form,
        running,
        result,
        resumeBox,
      ),
      h('section', { class: 'card' }, h('h2', null, 'What would be restored'), list),
    ),
  );
  void load();
  update();
  const end = store.subscribe(update);
  return {
    element,
    stop() {
      end();
      clearInterval(watching);
    },
  };
};

function wordsOf(answer: Answer): string {
  if (answer.message !== undefined) return answer.message;
  const seconds = answer.duration_seconds.toFixed(1);
  const missing = answer.missing
    ? ` ${counted(answer.missing, 'torrent')} not in qBittorrent now: restored should they come back.`
    : '';
  if (answer.status === 'dry_run') {
    const left = answer.left_in_force
      ? ` ${counted(answer.left_in_force, 'torrent')} keep the limits set before it.`
      : '';
    return `Dry run: nothing was written.${left}`;
  }
  return `${counted(answer.changes_reversed, 'torrent')} restored in ${seconds} s.${missing}`;
}

const COLUMNS: readonly Column<TorrentRow>[] = [
  {
    key: 'name',
    label: 'Name',
    cell: ({ name, hash }) => h('div', { class: 'name' }, h('span', { title: hash }, name)),
  },
  { key: 'tracker', label: 'Tracker', wide: true, cell: ({ tracker }) => tracker ?? 'unknown' },
  { key: 'limit', label: 'Now', numeric: true, cell: ({ limit_bps }) => rate(limit_bps) },
  { key: 'original', label: 'Restored to', numeric: true, cell: ({ original_bps }) => rate(original_bps) },
];
