import { hasMark } from '../../control/limit-mark.ts';
import type { Matcher } from '../../control/matching.ts';
import type { RateMeter } from '../../control/rate-meter.ts';
import { AT_A_TIME, type Steps } from '../../control/steps.ts';
import { infoHashOf, type Torrent, type TorrentKey } from '../../control/torrent.ts';
import type { ScopeSet } from '../../control/torrent-scope.ts';
import type { ControlSettings, PlanInput, TorrentReading } from '../../control/types.ts';
import { limitFromWire, UNLIMITED } from '../../control/units.ts';
import { isUnknownLimit, type KnownLimits } from '../ownership/unknown-limits.ts';
import { DormantRows } from './dormant-rows.ts';
import type { DryRunLimits } from './dry-run.ts';
import { type HeldLimit, limitInForce } from './held-limit.ts';
import type { HeldLimits } from './held-limits.ts';
import type { Picture } from './picture.ts';
import { type OpenReading, openReading, ReadingPool } from './reading-pool.ts';
import { RowReader } from './row-reader.ts';

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
export interface Observation extends Pick<PlanInput, 'readings' | 'dormant'> {
  /** Torrents with a limit that Qguardarr wrote and whose original is not known. They are left alone. */
  readonly unknownLimits: readonly TorrentKey[];
}

/** The present picture as the plan's input: a reading of each torrent that matters to it, and a count of the others. */
export class Readings {
  readonly #parts: ReadingsParts;
  readonly #meter: RateMeter;
  readonly #reader: RowReader;
  readonly #dormant = new DormantRows();
  readonly #steadyNow: () => number;
  #heldRows = new Uint8Array(0);

  constructor(parts: ReadingsParts, meter: RateMeter, steadyNow: () => number) {
    this.#parts = parts;
    this.#meter = meter;
    this.#reader = new RowReader(parts.picture.table);
    this.#steadyNow = steadyNow;
  }

  /** The tracker that a torrent belongs to, or null while unknown. */
  trackerOf({ announceUrls, isTrackerless }: Torrent): string | null {
    const matcher = this.#parts.matcher();
    return isTrackerless ? matcher.trackerlessId : this.#reader.trackerIdOf(announceUrls, matcher);
  }

  /** @param pool of those who look again: what they got before is then no more */
  *inSteps(settings: ControlSettings, pool = new ReadingPool()): Steps<Observation> {
    const { held } = this.#parts;
    const { table } = this.#parts.picture;
    const { rid, rows } = table;
    const matcher = this.#parts.matcher();
    const dryRun = this.#parts.dryRun();
    const places = new Map(settings.trackers.map(({ id }, place) => [id, place]));
    const now = this.#steadyNow();
    const dormant = settings.trackers.map(() => 0);
    const countDormant = (place: number): void => {
      dormant[place] = (dormant[place] ?? 0) + 1;
    };
    const unknownLimits: TorrentKey[] = [];
    pool.begin();
    this.#dormant.prepare(rows, matcher, settings);
    const heldRows = this.#markHeld();
    for (let row = 0; row < rows.columns.rowsEnd; row += 1) {
      if (row % AT_A_TIME === AT_A_TIME - 1) {
        yield;
        // Another read came in between, as a rollback's may: rows may be other torrents' now.
        if (table.rid !== rid || table.rows !== rows) return yield* this.inSteps(settings, pool);
      }
      if (!rows.columns.isUsed(row)) continue;
      const known = this.#dormant.trackerOf(row);
      if (known !== null) {
        countDormant(known);
        continue;
      }
      const limit = heldRows[row] === 1 ? held.get(table.keyOf(row)) : undefined;
      const trackerId = this.#reader.trackerId(row, matcher) ?? limit?.trackerId ?? null;
      if (trackerId === null) continue;
      const place = places.get(trackerId);
      const isUnknown = limit === undefined && this.#isUnknownLimit(row);
      if (isUnknown) unknownLimits.push(table.keyOf(row));
      const isFree = limit === undefined && !isUnknown && dryRun?.get(table.keyOf(row)) === undefined;
      if (isFree && place !== undefined) {
        const capBps = settings.trackers[place]?.capBps ?? UNLIMITED;
        if (this.#reader.isDormant(row, capBps, settings, now)) {
          countDormant(place);
          this.#dormant.found(row, place);
          continue;
        }
      }
      const reading = this.#fill(pool.take(row, table.keyOf(row)), row, trackerId, limit, settings);
      if (isUnknown) reading.inRollout = false;
    }
    const counts = settings.trackers.map(({ id }, place): [string, number] => [id, dormant[place] ?? 0]);
    const readings = yield* pool.all();
    return { readings, dormant: new Map(counts.filter(([, count]) => count > 0)), unknownLimits };
  }

  /** By row, 1 for those that are held: nearly all are not, and need not be looked up by a key made for it. */
  #markHeld(): Uint8Array {
    const { picture, held } = this.#parts;
    const rows = picture.table.rows.columns.rowsEnd;
    if (this.#heldRows.length < rows) this.#heldRows = new Uint8Array(rows);
    else this.#heldRows.fill(0);
    for (const { key } of held.values()) {
      const row = picture.table.rowOf(key);
      if (row === undefined) continue;
      this.#heldRows[row] = 1;
      this.#dormant.forget(row);
    }
    return this.#heldRows;
  }

  #isUnknownLimit(row: number): boolean {
    const { table } = this.#parts.picture;
    const wire = table.rows.columns.number(row, 'up_limit');
    return hasMark(wire) && isUnknownLimit({ key: table.keyOf(row), wire }, this.#parts.knownLimits());
  }

  #isReleased(key: TorrentKey, trackerId: string): boolean {
    const released = this.#parts.released();
    return !released.isEmpty && released.covers(infoHashOf(key), trackerId);
  }

  /** @throws RangeError when qBittorrent doesn't have the torrent (any more) */
  readingOf({ key }: Torrent, trackerId: string, settings: ControlSettings): TorrentReading {
    const row = this.#parts.picture.table.rowOf(key);
    if (row === undefined) throw new RangeError(`torrent ${key} is not in the picture`);
    return this.#fill(openReading(key), row, trackerId, this.#parts.held.get(key), settings);
  }

  #fill(
    reading: OpenReading,
    row: number,
    trackerId: string,
    held: HeldLimit | undefined,
    settings: ControlSettings,
  ): OpenReading {
    const { key } = reading;
    const { columns } = this.#parts.picture.table.rows;
    const shownBps = limitFromWire(columns.number(row, 'up_limit'));
    const ownBps = held === undefined ? shownBps : limitFromWire(held.ownWire);
    const dryRun = this.#parts.dryRun();
    const pretended = dryRun?.get(key);
    const isReleased = dryRun?.isReleased(key) ?? false;
    const inForceBps = held === undefined || isReleased ? ownBps : limitInForce(held, shownBps);
    reading.trackerId = trackerId;
    reading.limitBps = pretended === undefined ? inForceBps : limitFromWire(pretended);
    reading.ownLimitBps = ownBps;
    reading.held = pretended !== undefined || (held !== undefined && !isReleased);
    reading.inRollout =
      this.#reader.inRollout(key, settings.rolloutPercentage) && !this.#isReleased(key, trackerId);
    this.#reader.readWakeSigns(row, reading);
    this.#meter.usage(key, held?.tookEffectAt ?? null, columns.number(row, 'upspeed'), reading.usage);
    return reading;
  }
}
