import type { CycleRequest } from '../../../machines/service.types.ts';
import { RateMeter } from '../../control/rate-meter.ts';
import { StatsClock } from '../../control/stats-clock.ts';
import { atOnce } from '../../control/steps.ts';
import type { Torrent } from '../../control/torrent.ts';
import { TrackerMeans } from '../../control/tracker-means.ts';
import type { ControlSettings, TorrentReading } from '../../control/types.ts';
import { breathe, inBreaths } from '../breathe.ts';
import { steadyTime } from '../clock.ts';
import type { ForeignWrite } from '../ownership/foreign-writes.ts';
import { AcceptedLimits } from './accepted-limits.ts';
import { ReadingPool } from './reading-pool.ts';
import { type Observation, Readings, type ReadingsParts } from './readings.ts';
import { Reconciler, type ReconcilerParts } from './reconciler.ts';

export interface ObserverParts extends ReadingsParts, ReconcilerParts {}

export interface Observed extends Observation {
  /** What someone else did to limits of managed torrents. */
  readonly foreign: readonly ForeignWrite[];
}

/**
 * Observe: one read of qBittorrent, and what it says as the plan's readings. Keeps the picture, the rates
 * and the user's own limits up to date; a read that fails or doesn't fit changes none of them.
 */
export class Observer {
  readonly #parts: ObserverParts;
  readonly #meter = new RateMeter();
  readonly #stats = new StatsClock();
  readonly means = new TrackerMeans();
  readonly #readings: Readings;
  readonly #reconciler: Reconciler;
  readonly #accepted: AcceptedLimits;
  readonly #pool = new ReadingPool();

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#readings = new Readings(parts, this.#meter, steadyTime(parts.clock));
    this.#reconciler = new Reconciler(parts);
    this.#accepted = new AcceptedLimits(parts);
  }

  async observe(request: CycleRequest, settings: ControlSettings, signal: AbortSignal): Promise<Observed> {
    const { picture } = this.#parts;
    const arrivedAt = await picture.refresh('read', request.full, signal);
    await inBreaths(picture.table.rows.urls.judgeInSteps(this.#parts.matcher()), signal);
    await breathe(signal);
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
    await breathe(signal);
    const foreign = await this.#reconciler.reconcile(arrivedAt, signal);
    if (request.full) await this.#accepted.review(arrivedAt);
    await breathe(signal);
    const seen = await inBreaths(this.#readings.inSteps(settings, this.#pool, true), signal);
    this.means.add(settings.trackers, seen.readings, instant);
    this.#parts.dryRun()?.prune((key) => picture.has(key));
    return { ...seen, foreign };
  }

  /** The tracker that a torrent belongs to, or null while unknown. */
  trackerOf(torrent: Torrent): string | null {
    return this.#readings.trackerOf(torrent);
  }

  /** The tracker whose cap it counts against: one whose announce URLs are gone for now stays where it was limited. */
  accountOf(torrent: Torrent): string | null {
    return this.trackerOf(torrent) ?? this.#parts.held.get(torrent.key)?.trackerId ?? null;
  }

  /** The present picture as the plan's input; `observe` brings it up to date first. */
  look(settings: ControlSettings): Observation {
    return atOnce(this.#readings.inSteps(settings));
  }

  /** qBittorrent's own limit in force over all torrents, B/s. */
  get clientLimitBps(): number {
    return this.#parts.picture.clientLimitBps;
  }

  /** Mean upload of each tracker over the last 10 s, B/s. */
  tenSecondMeans(): ReadonlyMap<string, number> {
    return this.means.current();
  }

  /** @throws RangeError when qBittorrent doesn't have the torrent (any more) */
  readingOf(torrent: Torrent, trackerId: string, settings: ControlSettings): TorrentReading {
    return this.#readings.readingOf(torrent, trackerId, settings);
  }
}
