import {
  type CrowdRules,
  crowdLimit,
  crowdRules,
  type DueTorrent,
  dueUrgency,
  isDue,
  type StandbyCrowd,
  URGENCIES,
} from '../../control/standby.ts';
import { sum } from '../../control/sum.ts';
import type { TorrentKey } from '../../control/torrent.ts';
import type { TrackerSettings } from '../../control/types.ts';
import { UNLIMITED } from '../../control/units.ts';
import type { IdleRows } from './idle-rows.ts';
import type { StandbyPace } from './standby-pace.ts';

/** Of one tracker, in one look. */
interface Crowd {
  readonly tracker: TrackerSettings;
  idle: number;
  /** Of all finite limits, B/s. */
  limitsBps: number;
  rules: CrowdRules | null;
  resting: number;
  restingBps: number;
  waiting: number;
  readonly due: DueTorrent[];
}

/**
 * The crowds of idle torrents in one look: first all are counted, then each is asked whether it rests under its limit,
 * and then those that don't get theirs, as many as may be written now.
 */
export class Crowds {
  readonly #rows: IdleRows;
  readonly #crowds: readonly Crowd[];
  readonly #limits: Map<string, number>;
  readonly #waiting: readonly number[][] = Array.from({ length: URGENCIES }, () => []);

  /** @param limits by tracker, of the look before; brought up to date by `settle` */
  constructor(trackers: readonly TrackerSettings[], rows: IdleRows, limits: Map<string, number>) {
    this.#rows = rows;
    this.#limits = limits;
    this.#crowds = trackers.map((tracker) => ({
      tracker,
      idle: 0,
      limitsBps: 0,
      rules: null,
      resting: 0,
      restingBps: 0,
      waiting: 0,
      due: [],
    }));
  }

  /** A row that is to be under a standby limit. */
  count(row: number): void {
    const crowd = this.#crowds[this.#rows.placeOf(row)];
    if (crowd === undefined) return;
    crowd.idle += 1;
    const limitBps = this.#rows.limitOf(row);
    if (limitBps !== UNLIMITED) crowd.limitsBps += limitBps;
  }

  /** All are counted: which trackers have a crowd, and what each of its torrents may start with. */
  settle(): void {
    for (const crowd of this.#crowds) {
      const { id, capBps } = crowd.tracker;
      const limitBps = crowdLimit(this.#limits.get(id) ?? null, capBps, crowd.idle);
      if (limitBps === null) {
        this.#limits.delete(id);
        continue;
      }
      this.#limits.set(id, limitBps);
      crowd.rules = crowdRules(limitBps, capBps, crowd.idle, crowd.limitsBps);
    }
  }

  /** False for a row of a tracker without a crowd. Such torrents are planned for one by one. */
  place(row: number): boolean {
    const crowd = this.#crowds[this.#rows.placeOf(row)];
    if (crowd === undefined || crowd.rules === null) return false;
    const limitBps = this.#rows.limitOf(row);
    if (isDue(limitBps, this.#rows.ownLimitOf(row), crowd.rules)) {
      crowd.waiting += 1;
      this.#waiting[dueUrgency(this.#rows.urgencyOf(row), limitBps, crowd.rules)]?.push(row);
    } else {
      crowd.resting += 1;
      crowd.restingBps += limitBps;
    }
    return true;
  }

  /**
   * Those that get their limit now, the most urgent first. Returns how many.
   * @param now ms, never falling
   */
  pick(pace: StandbyPace, now: number, keyOf: (row: number) => TorrentKey): number {
    const [urgent = [], ...others] = this.#waiting;
    const picked = urgent.slice(0, pace.most(now));
    const most = pace.mostOf(
      sum(others, ({ length }) => length),
      now,
    );
    for (const rows of others) picked.push(...rows.slice(0, Math.max(0, most - picked.length)));
    for (const row of picked) {
      const crowd = this.#crowds[this.#rows.placeOf(row)];
      if (crowd === undefined) continue;
      const limitBps = this.#rows.limitOf(row);
      crowd.waiting -= 1;
      crowd.due.push({ key: keyOf(row), limitBps, ownLimitBps: this.#rows.ownLimitOf(row) });
    }
    return picked.length;
  }

  /** By tracker id. */
  result(): ReadonlyMap<string, StandbyCrowd> {
    const crowded = this.#crowds.filter(({ rules }) => rules !== null);
    return new Map(
      crowded.map(({ tracker, rules, resting, restingBps, waiting, due }): [string, StandbyCrowd] => [
        tracker.id,
        { limitBps: rules?.limitBps ?? null, resting, restingBps, waiting, due },
      ]),
    );
  }
}
