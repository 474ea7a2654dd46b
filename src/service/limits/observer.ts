import type { CycleRequest } from '../../../machines/service.types.ts';
import type { Bus } from '../../bus.ts';
import type { Matcher } from '../../control/matching.ts';
import { RateMeter } from '../../control/rate-meter.ts';
import { rolloutBucket } from '../../control/rollout.ts';
import { StatsClock } from '../../control/stats-clock.ts';
import { infoHashOf, type Torrent, type TorrentKey } from '../../control/torrent.ts';
import type { ScopeSet } from '../../control/torrent-scope.ts';
import { TrackerMeans } from '../../control/tracker-means.ts';
import type { ControlSettings, TorrentReading } from '../../control/types.ts';
import { limitFromWire } from '../../control/units.ts';
import type { Journal } from '../../journal/records.ts';
import type { Clock } from '../clock.ts';
import type { DryRunLimits } from './dry-run.ts';
import { type HeldLimit, type HeldLimits, lastSent, limitInForce } from './held-limits.ts';
import type { Picture } from './picture.ts';

/** A torrent in one of these states uploads nothing until the user acts. */
const CANNOT_UPLOAD = /^(paused|stopped|error|missingFiles|unknown|moving)/;

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

interface KnownTorrent {
  readonly urls: readonly string[];
  readonly trackerId: string | null;
  /** 0..99; null until a rollout in part asks for it. */
  bucket: number | null;
}

/**
 * Observe: one read of qBittorrent, and what it says as the plan's readings. Keeps the picture, the rates
 * and the user's own limits up to date; a read that fails or doesn't fit changes none of them.
 */
export class Observer {
  readonly #parts: ObserverParts;
  readonly #meter = new RateMeter();
  readonly #stats = new StatsClock();
  readonly #means = new TrackerMeans();
  /** What matching and hashing 30,000 torrents anew in every cycle would cost too much. */
  readonly #known = new Map<TorrentKey, KnownTorrent>();

  constructor(parts: ObserverParts) {
    this.#parts = parts;
  }

  /** The patterns changed: every torrent is matched anew. */
  forgetMatches(): void {
    this.#known.clear();
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
      refreshIntervalMs: picture.refreshIntervalMs,
      sessionBytes: server.up_info_data ?? null,
      sessionSpeedBps: server.up_info_speed ?? null,
    });
    this.#meter.begin(instant);
    for (const torrent of picture.torrents()) this.#meter.sample(torrent.key, torrent.uploadedSession);
    await this.#reconcile(arrivedAt, signal);
    const readings = this.readings(settings);
    this.#means.add(settings.trackers, readings, instant);
    this.#forgetGone();
    return readings;
  }

  /** The tracker that a torrent belongs to, or null while unknown. */
  trackerOf(torrent: Torrent): string | null {
    return this.#know(torrent).trackerId;
  }

  /** The tracker whose cap it counts against: one whose announce URLs are gone for now stays where it was limited. */
  accountOf(torrent: Torrent): string | null {
    return this.trackerOf(torrent) ?? this.#parts.held.get(torrent.key)?.trackerId ?? null;
  }

  #know(torrent: Torrent): KnownTorrent {
    const before = this.#known.get(torrent.key);
    if (before !== undefined && before.urls === torrent.announceUrls) return before;
    const { trackerId } = this.#parts.matcher().match(torrent.announceUrls);
    const known = { urls: torrent.announceUrls, trackerId, bucket: before?.bucket ?? null };
    this.#known.set(torrent.key, known);
    return known;
  }

  #inRollout(torrent: Torrent, percentage: number): boolean {
    if (percentage >= 100 || percentage <= 0) return percentage >= 100;
    const known = this.#know(torrent);
    known.bucket ??= rolloutBucket(torrent.infoHash);
    return known.bucket < percentage;
  }

  /** Limits that someone else changed become the torrents' own; torrents that are gone are noted as missing. */
  async #reconcile(at: number, signal: AbortSignal): Promise<void> {
    const { picture, held, journal, bus, clock } = this.#parts;
    const byHand: { readonly before: HeldLimit; readonly wire: number }[] = [];
    for (const before of [...held.values()]) {
      const torrent = picture.get(before.key);
      if (torrent === undefined) {
        held.miss(before.key, at, clock.now());
        continue;
      }
      const sight = held.see(torrent, at, picture.showsWritesUntil);
      if (sight.kind === 'users') byHand.push({ before, wire: sight.wire });
    }
    if (byHand.length === 0) return;
    signal.throwIfAborted();
    const now = clock.now();
    await journal.replaceOriginals(
      byHand.map(({ before, wire }) => ({ key: before.key, originalWire: wire })),
      now,
    );
    for (const { before, wire } of byHand) {
      held.adopt(before.key, wire, at, picture.showsWritesUntil);
      const infoHash = infoHashOf(before.key);
      bus.emit('limit:changed-by-user', { infoHash, fromWire: lastSent(before), toWire: wire, at: now });
    }
  }

  /** The present picture as the plan's readings; `observe` brings it up to date first. */
  readings(settings: ControlSettings): TorrentReading[] {
    const readings: TorrentReading[] = [];
    for (const torrent of this.#parts.picture.torrents()) {
      const trackerId = this.accountOf(torrent);
      if (trackerId !== null) readings.push(this.readingOf(torrent, trackerId, settings));
    }
    return readings;
  }

  /** qBittorrent's own limit in force over all torrents, B/s. */
  get clientLimitBps(): number {
    return this.#parts.picture.clientLimitBps;
  }

  /** Mean upload of each tracker over the last 10 s, B/s. */
  tenSecondMeans(): ReadonlyMap<string, number> {
    return this.#means.current();
  }

  #forgetGone(): void {
    const isPresent = (key: TorrentKey) => this.#parts.picture.get(key) !== undefined;
    this.#parts.dryRun()?.prune(isPresent);
    for (const key of this.#known.keys()) {
      if (isPresent(key)) continue;
      this.#known.delete(key);
      this.#meter.forget(key);
    }
  }

  readingOf(torrent: Torrent, trackerId: string, settings: ControlSettings): TorrentReading {
    const held = this.#parts.held.get(torrent.key);
    const ownBps = held === undefined ? torrent.uploadLimitBps : limitFromWire(held.ownWire);
    const dryRun = this.#parts.dryRun();
    const pretended = dryRun?.get(torrent.key);
    const isReleased = dryRun?.isReleased(torrent.key) ?? false;
    const inForceBps = held === undefined || isReleased ? ownBps : limitInForce(held, torrent.uploadLimitBps);
    return {
      key: torrent.key,
      trackerId,
      limitBps: pretended === undefined ? inForceBps : limitFromWire(pretended),
      ownLimitBps: ownBps,
      held: pretended !== undefined || (held !== undefined && !isReleased),
      inRollout:
        this.#inRollout(torrent, settings.rolloutPercentage) &&
        !this.#parts.released().covers(torrent.infoHash, trackerId),
      canUpload: !CANNOT_UPLOAD.test(torrent.state),
      leechersConnected: torrent.leechersConnected,
      leechersKnown: torrent.leechersKnown,
      lastActivityAt: torrent.lastActivityAt * 1000,
      addedAt: torrent.addedAt * 1000,
      usage: this.#meter.usage(torrent.key, held?.tookEffectAt ?? null, torrent.uploadSpeedBps),
    };
  }
}
