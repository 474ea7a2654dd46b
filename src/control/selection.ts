import { pressesOn } from './pressure.ts';
import { count } from './sum.ts';
import type { ControlMemory, ControlSettings, TorrentReading } from './types.ts';
import { MIB, UNLIMITED } from './units.ts';

const DAY_MS = 86_400_000;
/** `auto_unlimit_on_inactive` releases a torrent that has been still for this long: one quiet sample isn't idle. */
const INACTIVE_MS = 15_000;
/** Those under management already are kept when the places run out, so that two alike don't take turns. */
const INCUMBENT_BONUS = 0.1;

/** Uploading now: more than noise, or all that a small limit lets through. */
export function isActive(reading: TorrentReading, settings: ControlSettings): boolean {
  return (
    reading.usage.rateBps > settings.activeThresholdBps ||
    (reading.held && reading.usage.rateBps > 0 && pressesOn(reading.usage, reading.limitBps))
  );
}

/** 0..1: recent activity, speed, leechers. Who is managed when there are more than `maxManagedTorrents`. */
export function score(reading: TorrentReading, now: number): number {
  const idleMs = Math.max(0, now - reading.lastActivityAt);
  const recency = reading.usage.rateBps > 0 ? 1 : Math.max(0, 1 - idleMs / DAY_MS);
  const speed = Math.min(reading.usage.rateBps / MIB, 1);
  const leechers = Math.min(Math.max(reading.leechersConnected, reading.leechersKnown, 0) / 20, 1);
  return 0.4 * recency + 0.3 * speed + 0.3 * leechers;
}

/**
 * Which torrents to hold under a limit in this cycle, in the order of the readings. All must stand under a capped
 * tracker and in rollout; everything else that uploads is 'outside', and its usage is taken off the cap.
 */
export function selectManaged(
  readings: readonly TorrentReading[],
  settings: ControlSettings,
  memory: ControlMemory,
  now: number,
): readonly boolean[] {
  const capped = new Set(settings.trackers.filter((t) => t.capBps !== UNLIMITED).map((t) => t.id));
  const wanted = readings.map(
    (reading) =>
      reading.inRollout && capped.has(reading.trackerId) && isWanted(reading, settings, memory, now),
  );
  const { maxManagedTorrents } = settings;
  if (count(wanted, Boolean) <= maxManagedTorrents) return wanted;
  const ranked = readings
    .filter((_, index) => wanted[index])
    .map((reading) => ({
      key: reading.key,
      rank: score(reading, now) + (reading.held ? INCUMBENT_BONUS : 0),
    }))
    .sort((a, b) => b.rank - a.rank || (a.key < b.key ? -1 : 1));
  const chosen = new Set(ranked.slice(0, maxManagedTorrents).map((entry) => entry.key));
  return readings.map(({ key }) => chosen.has(key));
}

function isWanted(
  reading: TorrentReading,
  settings: ControlSettings,
  memory: ControlMemory,
  now: number,
): boolean {
  if (isActive(reading, settings)) return true;
  const { autoUnlimitOnInactive, idleReleaseMs } = settings;
  if (!autoUnlimitOnInactive && mayWake(reading, settings, now)) return true;
  if (!reading.held) return false;
  const known = memory.trackers.get(reading.trackerId)?.torrents.get(reading.key);
  const activeAt = known?.activeAt ?? Number.NEGATIVE_INFINITY;
  return now - activeAt < (autoUnlimitOnInactive ? INACTIVE_MS : idleReleaseMs);
}

/** What tells whether an idle torrent may start to upload. */
export type WakeSigns = Pick<
  TorrentReading,
  'canUpload' | 'leechersConnected' | 'leechersKnown' | 'lastActivityAt' | 'addedAt'
>;

/** It holds a guard limit while it idles. @param now Unix ms */
export function mayWake(
  signs: WakeSigns,
  { idleGuard }: Pick<ControlSettings, 'idleGuard'>,
  now: number,
): boolean {
  if (!signs.canUpload || idleGuard === 'off') return false;
  if (idleGuard === 'all') return true;
  return (
    signs.leechersConnected > 0 ||
    signs.leechersKnown > 0 ||
    now - signs.lastActivityAt < DAY_MS ||
    now - signs.addedAt < DAY_MS
  );
}
