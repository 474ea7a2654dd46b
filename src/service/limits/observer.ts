import type { CycleRequest } from '../../../machines/service.types.ts';
import type { Bus } from '../../bus.ts';
import { groupBy } from '../../control/group-by.ts';
import type { Matcher } from '../../control/matching.ts';
import { RateMeter } from '../../control/rate-meter.ts';
import { inRollout } from '../../control/rollout.ts';
import { StatsClock } from '../../control/stats-clock.ts';
import type { Torrent, TorrentKey } from '../../control/torrent.ts';
import type { ControlSettings, TorrentReading } from '../../control/types.ts';
import { limitFromWire } from '../../control/units.ts';
import { WindowMean } from '../../control/window-mean.ts';
import type { Journal } from '../../journal/records.ts';
import type { Clock } from '../clock.ts';
import type { DryRunLimits } from './dry-run.ts';
import { type HeldLimits, lastSent, limitInForce } from './held-limits.ts';
import type { Picture } from './picture.ts';

const DEFAULT_REFRESH_MS = 1_500;
/** A torrent in one of these states uploads nothing until the user acts. */
const CANNOT_UPLOAD = /^(paused|stopped|error|missingFiles|unknown|moving)/;

export interface ObserverParts {
  readonly picture: Picture;
  readonly journal: Journal;
  readonly held: HeldLimits;
  readonly dryRun: () => DryRunLimits | null;
  readonly matcher: () => Matcher;
  readonly bus: Bus;
  readonly clock: Clock;
}

/**
 * Observe: one read of qBittorrent, and what it says as the plan's readings. Keeps the picture, the rates
 * and the user's own limits up to date; a read that fails or doesn't fit changes none of them.
 */
export class Observer {
  readonly #parts: ObserverParts;
  readonly #meter = new RateMeter();
  readonly #stats = new StatsClock();
  readonly #means = new Map<string, WindowMean>();
  readonly #trackerIds = new Map<
    TorrentKey,
    { readonly urls: readonly string[]; readonly id: string | null }
  >();

  constructor(parts: ObserverParts) {
    this.#parts = parts;
  }

  /** The patterns changed: every torrent is matched anew. */
  forgetMatches(): void {
    this.#trackerIds.clear();
  }

  async observe(
    request: CycleRequest,
    settings: ControlSettings,
    signal: AbortSignal,
  ): Promise<readonly TorrentReading[]> {
    const { picture } = this.#parts;
    const arrivedAt = await picture.refresh('read', request.full, signal);
    const server = picture.table.serverState;
    const instant = this.#stats.read({
      at: arrivedAt,
      refreshIntervalMs: server.refresh_interval ?? DEFAULT_REFRESH_MS,
      sessionBytes: server.up_info_data ?? null,
      sessionSpeedBps: server.up_info_speed ?? null,
    });
    this.#meter.begin(instant);
    for (const torrent of this.#parts.picture.torrents())
      this.#meter.sample(torrent.key, torrent.uploadedSession);
    await this.#reconcile(arrivedAt);
    const readings = this.readings(settings);
    this.#measureTrackers(readings, instant);
    this.#forgetGone();
    return readings;
  }

  /** The tracker that a torrent belongs to, or null while unknown. */
  trackerOf(torrent: Torrent): string | null {
    const cached = this.#trackerIds.get(torrent.key);
    if (cached !== undefined && cached.urls === torrent.announceUrls) return cached.id;
    const id = this.#parts.matcher().match(torrent.announceUrls).trackerId;
    this.#trackerIds.set(torrent.key, { urls: torrent.announceUrls, id });
    return id;
  }

  /** Limits that someone else changed become the torrents' own; torrents that are gone are noted as missing. */
  async #reconcile(at: number): Promise<void> {
    const { held, journal, bus, clock } = this.#parts;
    for (const limit of [...held.values()]) {
      const torrent = this.#parts.picture.get(limit.key);
      if (torrent === undefined) {
        held.miss(limit.key, clock.now());
        continue;
      }
      const sight = held.see(torrent, at);
      if (sight.kind !== 'users') continue;
      await journal.replaceOriginal(limit.key, sight.wire, clock.now());
      held.adopt(limit.key, sight.wire, at);
      bus.emit('limit:changed-by-user', {
        infoHash: torrent.infoHash,
        fromWire: lastSent(limit),
        toWire: sight.wire,
        at: clock.now(),
      });
    }
  }

  /** The present picture as the plan's readings; `observe` brings it up to date first. */
  readings(settings: ControlSettings): TorrentReading[] {
    const readings: TorrentReading[] = [];
    for (const torrent of this.#parts.picture.torrents()) {
      const held = this.#parts.held.get(torrent.key);
      // A held torrent whose announce URLs are gone for now stays with the tracker that it was limited for.
      const trackerId = this.trackerOf(torrent) ?? held?.trackerId ?? null;
      if (trackerId !== null) readings.push(this.#reading(torrent, trackerId, settings));
    }
    return readings;
  }

  /** Mean upload of each tracker over the last 10 s, B/s. */
  tenSecondMeans(): ReadonlyMap<string, number> {
    const means = new Map<string, number>();
    for (const [id, mean] of this.#means) {
      const bps = mean.mean();
      if (bps !== null) means.set(id, bps);
    }
    return means;
  }

  #measureTrackers(readings: readonly TorrentReading[], instant: number): void {
    for (const [id, own] of groupBy(readings, (reading) => reading.trackerId)) {
      const mean = this.#means.get(id) ?? new WindowMean();
      this.#means.set(id, mean);
      mean.add(
        instant,
        own.reduce((sum, reading) => sum + reading.usage.latestBps, 0),
      );
    }
  }

  #forgetGone(): void {
    for (const key of [...this.#trackerIds.keys()]) {
      if (this.#parts.picture.get(key) !== undefined) continue;
      this.#trackerIds.delete(key);
      this.#meter.forget(key);
    }
  }

  #reading(torrent: Torrent, trackerId: string, settings: ControlSettings): TorrentReading {
    const held = this.#parts.held.get(torrent.key);
    const pretended = this.#parts.dryRun()?.get(torrent.key);
    const shownBps = held === undefined ? torrent.uploadLimitBps : limitInForce(held, torrent.uploadLimitBps);
    return {
      key: torrent.key,
      trackerId,
      limitBps: pretended === undefined ? shownBps : limitFromWire(pretended),
      ownLimitBps: held === undefined ? torrent.uploadLimitBps : limitFromWire(held.ownWire),
      held: held !== undefined || pretended !== undefined,
      inRollout: inRollout(torrent.infoHash, settings.rolloutPercentage),
      canUpload: !CANNOT_UPLOAD.test(torrent.state),
      leechersConnected: torrent.leechersConnected,
      leechersKnown: torrent.leechersKnown,
      lastActivityAt: torrent.lastActivityAt * 1000,
      addedAt: torrent.addedAt * 1000,
      usage: this.#meter.usage(torrent.key, held?.tookEffectAt ?? null, torrent.uploadSpeedBps),
    };
  }
}
