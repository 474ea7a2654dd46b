import type { TorrentPage, TorrentRow } from '../../service/live-types.ts';
import { messageOf } from '../api.ts';
import { h, replace, setAttribute, setText } from '../dom.ts';
import { counted, rate } from '../format.ts';
import { pageHead, trackerField } from '../parts/fields.ts';
import { pager } from '../parts/pager.ts';
import { RollbackProgress } from '../parts/rollback-progress.ts';
import { type Column, table } from '../parts/table.ts';
import type { View, ViewFactory } from '../view.ts';

/** What must be typed, so that it is not done by mistake. */
const WORD = 'ROLLBACK';
const PAGE = 20;

interface Answer {
  readonly status: string;
  readonly changes_reversed: number;
  readonly missing?: number;
  readonly left_in_force?: number;
  readonly duration_seconds: number;
  readonly message?: string;
}

export const rollbackView: ViewFactory = ({ api, store, say }): View => {
  const intro = h('p', { role: 'status' });
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
  const released = h('p', { class: 'muted' });
  const progress = new RollbackProgress(api);
  const result = h('div', { class: 'result', role: 'status' });
  const resumeBox = h('div', null, released, h('div', { class: 'buttons' }, resume));
  /** Info-hashes; none: all that the list has. */
  const chosen = new Set<string>();
  let tracker = '';
  let listed = 0;
  let offset = 0;
  let isAsked = false;

  const scope = () => {
    if (chosen.size > 0) return { hashes: [...chosen] };
    return tracker === '' ? {} : { tracker_id: tracker };
  };
  const wanted = () => (chosen.size > 0 ? chosen.size : listed);

  const load = async () => {
    try {
      const of = tracker === '' ? {} : { tracker };
      const query = { show: 'managed', sort: 'tracker', order: 'asc', offset, limit: PAGE, ...of };
      const page = await api.get<TorrentPage>('/torrents', query);
      listed = page.total;
      describe();
      const choice: Column<TorrentRow> = {
        key: 'choose',
        label: 'Only',
        cell: ({ hash, name }) => {
          const box = h('input', {
            type: 'checkbox',
            'aria-label': `Only ${name}`,
            checked: chosen.has(hash),
          });
          box.addEventListener('change', () => {
            if (box.checked) chosen.add(hash);
            else chosen.delete(hash);
            describe();
          });
          return box;
        },
      };
      replace(
        list,
        page.total === 0
          ? null
          : table({
              caption: 'What would be restored',
              columns: [choice, ...COLUMNS],
              rows: page.items,
              empty: '',
            }),
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
  const describe = () => {
    const torrents = wanted();
    const own = `${counted(torrents, 'torrent')} would get ${torrents === 1 ? 'its' : 'their'} own limit back, and`;
    const isPart = chosen.size > 0 || tracker !== '';
    if (torrents === 0 && !isPart) {
      setText(intro, 'No torrent holds a limit of Qguardarr: there is nothing to give back.');
    } else if (isPart) {
      setText(intro, `${own} only ${torrents === 1 ? 'it is' : 'they are'} left alone until you say so.`);
    } else {
      setText(intro, `${own} nothing is enforced until you say so.`);
    }
  };

  const rollBack = async (event: Event) => {
    event.preventDefault();
    isAsked = true;
    typed.value = '';
    replace(result);
    const torrents = wanted();
    progress.begin(Math.max(torrents, store.state?.held_torrents ?? 0), torrents);
    update();
    try {
      const fields = { confirm: true, reason: reason.value.trim(), ...scope() };
      const answer = await api.post<Answer>('/rollback', fields);
      replace(result, h('p', { class: answer.status === 'completed' ? 'good' : 'warning' }, wordsOf(answer)));
      chosen.clear();
    } catch (error) {
      replace(result, h('p', { class: 'error' }, messageOf(error)));
    } finally {
      isAsked = false;
      progress.end();
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

  const update = () => {
    const service = store.state?.service;
    const state = service?.state ?? '';
    const parts = service?.rolled_back_parts ?? [];
    const isRunning = isAsked || state.startsWith('rollingBack');
    start.disabled = typed.value.trim() !== WORD || isRunning;
    setAttribute(resumeBox, 'hidden', (state !== 'rolledBack' && parts.length === 0) || isRunning);
    setText(released, parts.length === 0 ? '' : `Left alone: ${parts.join('; ')}.`);
    // One that was started elsewhere is shown, too.
    if (isRunning && !progress.isShown) {
      const held = store.state?.held_torrents ?? 0;
      progress.begin(held, held);
    } else if (!isRunning && progress.isShown) {
      progress.end();
      void load();
    }
  };
  typed.addEventListener('input', update);

  const trackers = trackerField(store, '', [], (id) => {
    tracker = id;
    chosen.clear();
    go(0);
  });
  const form = h(
    'form',
    { class: 'confirm', onsubmit: (event) => void rollBack(event) },
    h('label', { for: 'reason' }, 'Reason'),
    reason,
    h('label', { for: 'typed' }, 'Type ', h('code', null, WORD), ' to confirm'),
    typed,
    start,
  );
  const act = h(
    'section',
    { class: 'card' },
    h('h2', null, 'Give limits back'),
    intro,
    form,
    progress.element,
    result,
    resumeBox,
  );
  const what = h(
    'section',
    { class: 'card' },
    h('div', { class: 'page-head' }, h('h2', null, 'What would be restored'), trackers.field),
    list,
  );
  void load();
  update();
  const end = store.subscribe(update);
  return {
    element: h('div', null, pageHead('Rollback'), h('div', { class: 'duo even' }, act, what)),
    stop() {
      end();
      trackers.stop();
      progress.end();
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
