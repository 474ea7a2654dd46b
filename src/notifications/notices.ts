import type { Bus } from '../bus.ts';
import { isUnwelcome, rolloutLine } from '../control/rollout-note.ts';
import { describeScope } from '../control/torrent-scope.ts';
import type { Events } from '../events.ts';
import type { Notice } from './notice.ts';

/** qBittorrent restarts in less: only what lasts is reported. */
const OFFLINE_FOR_MS = 30_000;

export interface NoticesParts {
  readonly bus: Bus;
  /** Monotonic ms. */
  readonly now: () => number;
  /** Why the client can't be read or may not be written to at present, or null. */
  readonly linkProblem: () => string | null;
  readonly tell: (notice: Notice) => void;
}

/** Turns events into notices. Returns what ends it. */
export function watchForNotices(parts: NoticesParts): () => void {
  const { bus, tell } = parts;
  const subscriptions = [
    ...watchLink(parts),
    watchContest(parts),
    ...watchAlarms(parts),
    ...watchJournal(parts),
    bus.on('rollback:finished', ({ restored, missing, leftInForce, scope, by, reason, at }) =>
      tell({
        kind: 'rollback_done',
        severity: leftInForce > 0 ? 'warning' : 'success',
        title:
          leftInForce > 0
            ? 'Rollback waits for the end of the dry run'
            : `Rollback${scope === null ? '' : ` of ${describeScope(scope)}`} done`,
        message:
          leftInForce > 0
            ? `${leftInForce} torrents keep the limits set before it.`
            : `${restored} torrents have their own limits back${missing > 0 ? `, ${missing} missing` : ''}. ` +
              `Asked for by ${by}: ${reason}`,
        at,
      }),
    ),
    bus.on('rollout:changed', (note) =>
      tell({
        kind: 'rollout_step',
        severity: isUnwelcome(note) ? 'warning' : 'info',
        title: 'Rollout',
        message: rolloutLine(note),
        at: note.at,
      }),
    ),
    bus.on('config:refused', ({ issues, at }) =>
      tell({
        kind: 'config_refused',
        severity: 'failure',
        title: 'Config not reloaded, the one in force stays',
        message: issues.join('\n'),
        at,
      }),
    ),
  ];
  return () => {
    for (const unsubscribe of subscriptions) unsubscribe();
  };
}

function watchLink({ bus, now, linkProblem, tell }: NoticesParts): (() => void)[] {
  let offlineSince: number | null = null;
  let isTold = false;
  return [
    bus.on('state:changed', ({ machine, to, at }) => {
      if (machine !== 'link') return;
      if (to.startsWith('offline')) offlineSince ??= now();
      if (to !== 'online') return;
      if (isTold) {
        tell({
          kind: 'offline',
          severity: 'success',
          title: 'qBittorrent answers again',
          message: 'The connection is back.',
          at,
        });
      }
      offlineSince = null;
      isTold = false;
    }),
    bus.on('timer:control', ({ at }) => {
      if (isTold || offlineSince === null || now() - offlineSince < OFFLINE_FOR_MS) return;
      isTold = true;
      tell({
        kind: 'offline',
        severity: 'failure',
        title: "qBittorrent doesn't answer",
        message: linkProblem() ?? 'It is tried again.',
        at,
      });
    }),
  ];
}

function watchContest({ bus, linkProblem, tell }: NoticesParts): () => void {
  let isContested = false;
  return bus.on('state:changed', ({ machine, to, at }) => {
    if (machine !== 'link' || (to === 'contested') === isContested || to === 'connecting') return;
    isContested = to === 'contested';
    if (isContested) {
      const message = linkProblem() ?? 'Another program is in charge of it.';
      tell({ kind: 'contested', severity: 'failure', title: 'Not enforcing', message, at });
    } else if (to === 'online') {
      const message = 'The client is no longer contested.';
      tell({ kind: 'contested', severity: 'success', title: 'Enforcing again', message, at });
    }
  });
}

/** An alarm's title, and that of its end. */
const TITLES: Readonly<Record<Events['alarm:raised']['kind'], readonly [begins: string, ends: string]>> = {
  cap_not_held: ['Cap not held', 'Cap held again'],
  loop_slow: ['Cycles are late', 'Cycles are on time again'],
  full_reads: ['Every read of qBittorrent is a full one', 'Reads of qBittorrent are small again'],
  announce_urls: ['Announce URLs are left out', 'No announce URLs are left out any more'],
};

function watchAlarms({ bus, tell }: NoticesParts): (() => void)[] {
  const titleOf = (title: string, trackerId: string | null) =>
    trackerId === null ? title : `${title}: ${trackerId}`;
  return [
    bus.on('alarm:raised', ({ kind, trackerId, problem: message, isFault, at }) => {
      const title = titleOf(TITLES[kind][0], trackerId);
      if (isFault) tell({ kind, severity: 'warning', title, message, at });
    }),
    bus.on('alarm:cleared', ({ kind, trackerId, message, isFault, at }) => {
      const title = titleOf(TITLES[kind][1], trackerId);
      if (isFault) tell({ kind, severity: 'success', title, message, at });
    }),
  ];
}

function watchJournal({ bus, tell }: NoticesParts): (() => void)[] {
  return [
    bus.on('journal:failed', ({ problem, at }) =>
      tell({
        kind: 'journal_not_writable',
        severity: 'failure',
        title: 'Nothing is limited any more',
        message: problem,
        at,
      }),
    ),
    bus.on('journal:recovered', ({ at }) =>
      tell({
        kind: 'journal_not_writable',
        severity: 'success',
        title: 'Limits are kept again',
        message: 'The journal can be written.',
        at,
      }),
    ),
  ];
}
