import type { CycleRequest } from '../../../machines/service.types.ts';
import type { Bus } from '../../bus.ts';
import type { Matcher } from '../../control/matching.ts';
import { RateMeter } from '../../control/rate-meter.ts';
import { StatsClock } from '../../control/stats-clock.ts';
import { atOnce, type Steps } from '../../control/steps.ts';
import { infoHashOf, type Torrent, type TorrentKey } from '../../control/torrent.ts';
import type { ScopeSet } from '../../control/torrent-scope.ts';
import { TrackerMeans } from '../../control/tracker-means.ts';
import type { ControlSettings, PlanInput, TorrentReading } from '../../control/types.ts';
import { limitFromWire, UNLIMITED } from '../../control/units.ts';
import type { Journal } from '../../journal/records.ts';
import { breathe, inBreaths } from '../breathe.ts';
import { type Clock, steadyTime } from '../clock.ts';
import { DormantRows } from './dormant-rows.ts';
import type { DryRunLimits } from './dry-run.ts';
import { type HeldLimit, lastSent, limitInForce } from './held-limit.ts';
import type { HeldLimits } from './held-limits.ts';
import type { Picture } from './picture.ts';
import { ReadingPool } from './reading-pool.ts';
import { RowReader } from './row-reader.ts';

export interface ObserverParts {
  readonly picture: Picture;
  readonly journal: Journal;
  readonly held: HeldLimits;
  readonly dryRun: () => DryRunLimits | null;
  readonly matcher: () => Matcher;
  /** What rollbacks of a part have released: it keeps its own limits. */
  readonly released: () => ScopeSet;
  readonly bus: Bus;
  readonly clock: Clock;
}

/** So many take no time that anyone would notice. */
const ROWS_AT_A_TIME = 256;

/** What a cycle plans with. */
export type Observation = Pick<PlanInput, 'readings' | 'dormant'>;

/**
 * Observe: one read of qBittorrent, and what it says as the plan's readings. Keeps the picture, the rates
 * and the user's own limits up to date; a read that fails or doesn't fit changes none of them.
 */
export class Observer {
  readonly #parts: ObserverParts;
  readonly #meter = new RateMeter();
  readonly #stats = new StatsClock();
  readonly #means = new TrackerMeans();
  readonly #reader: RowReader;
  readonly #dormant = new DormantRows();
  readonly #pool = new ReadingPool();
  #heldRows = new Uint8Array(0);
  readonly #steadyNow: () => number;

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#reader = new RowReader(parts.picture.table);
    this.#steadyNow = steadyTime(parts.clock);
  }

  async observe(request: CycleRequest, settings: ControlSettings, signal: AbortSignal): Promise<Observation> {
    const { picture } = this.#parts;
    const arrivedAt = await picture.refresh('read', request.full, signal);
    await breathe();
    signal.throwIfAborted();
    const server = picture.table.serverState;
    const instant = this.#stats.read({
      at: arrivedAt,
      refreshIntervalMs: picture.refreshIntervalMs,
      sessionBytes: server.up_info_data ?? null,
      sessionSpeedBps: server.up_info_speed ?? null,
    });
    const isNew = this.#meter.begin(instant);
    const { table } = picture;
    table.moves.look(table.rows.columns, isNew, (row, before, bytes) => {
      if (!this.#meter.isFirst) this.#meter.sample(table.keyOf(row), before, bytes);
    });
    await this.#reconcile(arrivedAt, signal);
    await breathe();
    signal.throwIfAborted();
    const seen = await inBreaths(this.#lookInSteps(settings, this.#pool), signal);
    this.#means.add(settings.trackers, seen.readings, instant);
    this.#parts.dryRun()?.prune((key) => picture.has(key));
    return seen;
  }

  /** The tracker that a torrent belongs to, or null while unknown. */
  trackerOf(torrent: Torrent): string | null {
    return this.#reader.trackerIdOf(torrent.announceUrls, this.#parts.matcher());
  }

  /** The tracker whose cap it counts against: one whose announce URLs are gone for now stays where it was limited. */
  accountOf(torrent: Torrent): string | null {
    return this.trackerOf(torrent) ?? this.#parts.held.get(torrent.key)?.trackerId ?? null;
  }

  /** Limits that someone else changed become the torrents' own; torrents that are gone are noted as missing. */
  async #reconcile(at: number, signal: AbortSignal): Promise<void> {
    const { picture, held, journal, bus, clock } = this.#parts;
    const byHand: { readonly key: TorrentKey; readonly fromWire: number; readonly wire: number }[] = [];
    for (const limit of held.values()) {
      const { key } = limit;
      const uploadLimitBps = picture.table.uploadLimitOf(key);
      if (uploadLimitBps === undefined) {
        held.miss(key, at, clock.now());
        continue;
      }
      const sight = held.see({ key, uploadLimitBps }, at, picture.showsWritesUntil);
      if (sight.kind === 'users') byHand.push({ key, fromWire: lastSent(limit), wire: sight.wire });
    }
    if (byHand.length === 0) return;
    signal.throwIfAborted();
    const now = clock.now();
    await journal.replaceOriginals(
      byHand.map(({ key, wire }) => ({ key, originalWire: wire })),
      now,
    );
    for (const { key, fromWire, wire } of byHand) {
      held.adopt(key, wire, at, picture.showsWritesUntil);
      bus.emit('limit:changed-by-user', { infoHash: infoHashOf(key), fromWire, toWire: wire, at: now });
    }
  }

  /** The present picture as the plan's input; `observe` brings it up to date first. */
  look(settings: ControlSettings): Observation {
    return atOnce(this.#lookInSteps(settings, new ReadingPool()));
  }

  /** @param pool of those who look again: what they got before is then no more */
  *#lookInSteps(settings: ControlSettings, pool: ReadingPool): Steps<Observation> {
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
    pool.begin();
    this.#dormant.prepare(rows, matcher, settings);
    const heldRows = this.#markHeld();
    for (let row = 0; row < rows.columns.rowsEnd; row += 1) {
      if (row % ROWS_AT_A_TIME === ROWS_AT_A_TIME - 1) {
        yield;
        // Another read came in between, as a rollback's may: rows may be other torrents' now.
        if (table.rid !== rid || table.rows !== rows) return yield* this.#lookInSteps(settings, pool);
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
      const isFree = limit === undefined && dryRun?.get(table.keyOf(row)) === undefined;
      if (isFree && place !== undefined) {
        const capBps = settings.trackers[place]?.capBps ?? UNLIMITED;
        if (this.#reader.isDormant(row, capBps, settings, now)) {
          countDormant(place);
          this.#dormant.found(row, place);
          continue;
        }
      }
      this.#read(row, trackerId, limit, settings, pool);
    }
    const counts = settings.trackers.map(({ id }, place): [string, number] => [id, dormant[place] ?? 0]);
    return { readings: pool.all(), dormant: new Map(counts.filter(([, count]) => count > 0)) };
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

  /** qBittorrent's own limit in force over all torrents, B/s. */
  get clientLimitBps(): number {
    return this.#parts.picture.clientLimitBps;
  }

  /** Mean upload of each tracker over the last 10 s, B/s. */
  tenSecondMeans(): ReadonlyMap<string, number> {
    return this.#means.current();
  }

  #isReleased(key: TorrentKey, trackerId: string): boolean {
    const released = this.#parts.released();
    return !released.isEmpty && released.covers(infoHashOf(key), trackerId);
  }

  /** @throws RangeError when qBittorrent doesn't have the torrent (any more) */
  readingOf({ key }: Torrent, trackerId: string, settings: ControlSettings): TorrentReading {
    const row = this.#parts.picture.table.rowOf(key);
    if (row === undefined) throw new RangeError(`torrent ${key} is not in the picture`);
    return this.#read(row, trackerId, this.#parts.held.get(key), settings, new ReadingPool());
  }

  #read(
    row: number,
    trackerId: string,
    held: HeldLimit | undefined,
    settings: ControlSettings,
    pool: ReadingPool,
  ): TorrentReading {
    const { table } = this.#parts.picture;
    const { columns } = table.rows;
    const key = table.keyOf(row);
    const reading = pool.take(row, key);
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
