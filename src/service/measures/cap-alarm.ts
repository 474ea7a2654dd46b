import { type CapCause, capCause, type LimitedTorrent } from '../../control/cap-cause.ts';
import { capObstacle } from '../../control/cap-problem.ts';
import type { CapFigures } from '../../control/cap-watch.ts';
import type { IdleGuard, TrackerReport } from '../../control/types.ts';
import { humanRate } from '../../control/units.ts';
import { type Alarm, isoTime } from './alarm.ts';

/** So many limits changed from outside within a minute are more than a user's hand. */
const MANY_CHANGES = 3;

const ADVICE: Readonly<Record<CapCause['kind'], string>> = {
  'not-shown': 'stop any other program that sets upload limits, and look into the log of qBittorrent',
  'not-applied': 'restart qBittorrent, and run: qguardarr doctor',
};

export interface CauseInput {
  readonly report: TrackerReport;
  readonly torrents: Iterable<LimitedTorrent>;
  /** Limits that someone else changed in the last minute. */
  readonly changesFromOutside: number;
  /** Why the latest calls that set limits failed; null when they did not. */
  readonly failedWrites: string | null;
  readonly idleGuard: IdleGuard;
}

/** The likely reason for which a cap is exceeded, and what to do. */
export function capExceededCause(input: CauseInput): string {
  const { report, changesFromOutside, failedWrites, idleGuard } = input;
  const obstacle = capObstacle(report);
  if (obstacle !== null) return obstacle;
  if (failedWrites !== null) return `calls that set limits fail: ${failedWrites}`;
  const cause = capCause(input.torrents);
  if (changesFromOutside >= MANY_CHANGES && cause?.kind !== 'not-applied') {
    return (
      `${changesFromOutside} limits were changed from outside in the last minute; ` +
      'stop the other program that sets upload limits, such as qbit_manage or a second Qguardarr'
    );
  }
  if (cause !== null) return `${torrents(cause)}; ${ADVICE[cause.kind]}`;
  if (idleGuard !== 'all') {
    return (
      'no torrent uploads more than its limit now, so torrents without a standby limit may have started to upload; ' +
      'set idle_guard: all'
    );
  }
  return 'the reason is not known; run: qguardarr doctor';
}

/** @param cause null in a dry run: no limit is set, so that it is to be expected */
export function capAlarm(trackerId: string, figures: CapFigures, cause: string | null): Alarm {
  const { minute, tenSeconds, exceededSince } = figures;
  const { bps, capBps } = minute ?? tenSeconds ?? { bps: 0, capBps: 0 };
  const since = exceededSince === null ? '' : ` since ${isoTime(exceededSince)}`;
  const span = minute === null ? '10 s' : 'minute';
  const measured = `${humanRate(bps)} over the last ${span}, the effective cap is ${humanRate(capBps)}`;
  const problem = `tracker "${trackerId}" has exceeded its cap${since}: ${measured}`;
  return {
    kind: 'cap_not_held',
    trackerId,
    problem:
      cause === null
        ? `dry run: ${problem}; this is expected, as a dry run sets no limit`
        : `${problem}; ${cause}`,
    isFault: cause !== null,
  };
}

function torrents({ kind, torrents }: CapCause): string {
  const isOne = torrents === 1;
  if (kind === 'not-shown') {
    return `${isOne ? '1 torrent has' : `${torrents} torrents have`} a higher limit in qBittorrent than was set`;
  }
  const who = isOne
    ? '1 torrent uploads more than its limit'
    : `${torrents} torrents upload more than their limits`;
  return `${who}, which qBittorrent shows as set`;
}
