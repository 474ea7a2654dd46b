import type { Matcher } from '../../control/matching.ts';
import type { RateMeter } from '../../control/rate-meter.ts';
import { wantsStandby } from '../../control/selection.ts';
import { urgencyOf } from '../../control/standby.ts';
import { AT_A_TIME, type Steps } from '../../control/steps.ts';
import type { Torrent, TorrentKey } from '../../control/torrent.ts';
import type { ScopeSet } from '../../control/torrent-scope.ts';
import type { ControlSettings, PlanInput, TorrentReading } from '../../control/types.ts';
import { UNLIMITED } from '../../control/units.ts';
import type { KnownLimits } from '../ownership/unknown-limits.ts';
import type { DryRunLimits } from './dry-run.ts';
import { type HeldLimit, isSettled } from './held-limit.ts';
import type { HeldLimits } from './held-limits.ts';
import { DORMANT, IdleRows, NOT_IDLE, STANDBY } from './idle-rows.ts';
import { Look } from './look.ts';
import type { Picture } from './picture.ts';
import { ReadingMaker } from './reading-maker.ts';
import { openReading, ReadingPool } from './reading-pool.ts';
import { RowReader } from './row-reader.ts';
import { StandbyPace } from './standby-pace.ts';

export interface ReadingsParts {
  readonly picture: Picture;
  readonly held: HeldLimits;
  readonly dryRun: () => DryRunLimits | null;
  readonly matcher: () => Matcher;
  /** What rollbacks of a part have released: it keeps its own limits. */
  readonly released: () => ScopeSet;
  readonly knownLimits: () => KnownLimits;
}

/** What a cycle plans with. */
export interface Observation extends Pick<PlanInput, 'readings' | 'dormant' | 'crowds'> {
  /** Torrents with a limit that Qguardarr wrote and whose original is not known. They are left alone. */
  readonly unknownLimits: readonly TorrentKey[];
}

/** The present picture as the plan's input: a reading of each torrent that matters to it, and a count of the others. */
export class Readings {
  readonly #parts: ReadingsParts;
  readonly #reader: RowReader;
  readonly #maker: ReadingMaker;
  readonly #idle = new IdleRows();
  /** Of each tracker with a crowd, B/s. */
  readonly #crowdLimits = new Map<string, number>();
  readonly #pace = new StandbyPace();
  readonly #steadyNow: () => number;

  constructor(parts: ReadingsParts, meter: RateMeter, steadyNow: () => number) {
    this.#parts = parts;
    this.#reader = new RowReader(parts.picture.table);
    this.#maker = new ReadingMaker(parts, meter, this.#reader);
    this.#steadyNow = steadyNow;
  }

  /** The tracker that a torrent belongs to, or null while unknown. */
  trackerOf({ key }: Pick<Torrent, 'key'>): string | null {
    return this.#reader.trackerIdOf(key, this.#parts.matcher());
  }

  /**
   * @param pool of those who look again: what they got before is then no more
   * @param isCycle standby limits that are due in it are written, and so count
   */
  *inSteps(settings: ControlSettings, pool = new ReadingPool(), isCycle = false): Steps<Observation> {
    const { table } = this.#parts.picture;
    const { rid, rows } = table;
    const { rowsEnd } = rows.columns;
    // Another read may come in between, as a rollback's: rows may be other torrents' then.
    const isStale = () => table.rid !== rid || table.rows !== rows;
    const look = this.#begin(settings);
    pool.begin();
    for (let row = 0; row < rowsEnd; row += 1) {
      if (row % AT_A_TIME === AT_A_TIME - 1) {
        yield;
        if (isStale()) return yield* this.inSteps(settings, pool, isCycle);
      }
      if (!rows.columns.isUsed(row)) continue;
      const kind = this.#idle.kindOf(row);
      if (kind === NOT_IDLE) this.#judge(row, look, pool);
      else look.count(row, kind);
    }
    look.crowds.settle();
    for (let row = 0; row < rowsEnd; row += 1) {
      if (row % AT_A_TIME === AT_A_TIME - 1) {
        yield;
        if (isStale()) return yield* this.inSteps(settings, pool, isCycle);
      }
      if (!this.#idle.isStandby(row) || !rows.columns.isUsed(row) || look.crowds.place(row)) continue;
      const { id = '' } = settings.trackers[this.#idle.placeOf(row)] ?? {};
      const key = table.keyOf(row);
      this.#maker.fill(pool.take(row, key), row, id, this.#parts.held.get(key), settings);
    }
    const picked = look.crowds.pick(this.#pace, look.now, (row) => table.keyOf(row));
    if (isCycle) this.#pace.spend(picked, look.now);
    return { readings: yield* pool.all(), ...look.result() };
  }

  #begin(settings: ControlSettings): Look {
    const { picture, held, matcher, released, dryRun } = this.#parts;
    const { table } = picture;
    const limits = dryRun();
    this.#idle.prepare({
      rows: table.rows,
      matcher: matcher(),
      settings,
      released: released(),
      dryRun: limits,
    });
    for (const keys of [held.takeTouched(), limits?.takeTouched() ?? []]) {
      for (const key of keys) {
        const row = table.rowOf(key);
        if (row !== undefined) this.#idle.forget(row);
      }
    }
    return new Look(settings, this.#idle, this.#crowdLimits, this.#steadyNow());
  }

  /** A row of which nothing is remembered: idle, and counted; or read; or of no tracker that is known. */
  #judge(row: number, look: Look, pool: ReadingPool): void {
    const { picture, held } = this.#parts;
    const { settings } = look;
    const key = picture.table.keyOf(row);
    const limit = held.get(key);
    this.#idle.forget(row);
    const trackerId = this.#reader.trackerId(row, this.#parts.matcher()) ?? limit?.trackerId ?? null;
    if (trackerId === null) return;
    const isUnknown = limit === undefined && this.#maker.hasUnknownLimit(row);
    if (isUnknown) look.unknownLimits.push(key);
    const place = look.places.get(trackerId);
    const kind =
      isUnknown || place === undefined ? NOT_IDLE : this.#findIdle(row, key, place, trackerId, limit, look);
    if (kind !== NOT_IDLE) {
      look.count(row, kind);
      return;
    }
    const reading = this.#maker.fill(pool.take(row, key), row, trackerId, limit, settings);
    if (isUnknown) reading.inRollout = false;
  }

  #findIdle(
    row: number,
    key: TorrentKey,
    place: number,
    trackerId: string,
    held: HeldLimit | undefined,
    { settings, now }: Look,
  ): number {
    if (!this.#reader.isStill(row)) return NOT_IDLE;
    const limits = this.#maker.limitsOf(row, key, held);
    const capBps = settings.trackers[place]?.capBps ?? UNLIMITED;
    const signs = this.#reader.wakeSigns(row);
    const isWanted =
      capBps !== UNLIMITED &&
      wantsStandby(signs, settings, now) &&
      this.#maker.isInRollout(key, trackerId, settings);
    if (!isWanted) {
      if (limits.held) return NOT_IDLE;
      this.#idle.foundDormant(row, place);
      return DORMANT;
    }
    const lasts = held === undefined || isSettled(held);
    this.#idle.foundStandby(row, place, urgencyOf(signs, now), limits, lasts);
    return STANDBY;
  }

  /** @throws RangeError when qBittorrent doesn't have the torrent (any more) */
  readingOf({ key }: Torrent, trackerId: string, settings: ControlSettings): TorrentReading {
    const row = this.#parts.picture.table.rowOf(key);
    if (row === undefined) throw new RangeError(`torrent ${key} is not in the picture`);
    return this.#maker.fill(openReading(key), row, trackerId, this.#parts.held.get(key), settings);
  }
}
