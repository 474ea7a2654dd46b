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

/** 0..1: recent activity, speed, leechers. Which torrents are managed when there are more than `maxManagedTorrents`. */
export function score(reading: TorrentReading, now: number): number {
  const idleMs = Math.max(0, now - reading.lastActivityAt);
  const recency = reading.usage.rateBps > 0 ? 1 : Math.max(0, 1 - idleMs / DAY_MS);
  const speed = Math.min(reading.usage.rateBps / MIB, 1);
  const leechers = Math.min(Math.max(reading.leechersConnected, reading.leechersKnown, 0) / 20, 1);
  return 0.4 * recency + 0.3 * speed + 0.3 * leechers;
}

/**
 * What a torrent is to a cycle:
 * - `managed`: it uploads, and its limit is planned by what it uses; at most `maxManagedTorrents` are
 * - `standby`: it is idle, and holds a standby limit
 * - `excess`: it uploads beyond `maxManagedTorrents`, and gets no more than a standby limit
 * - `outside`: not to be limited; what it uploads comes off the cap
 */
export type Role = 'managed' | 'standby' | 'excess' | 'outside';

/** The role of each torrent, in the order of the readings. Torrents without a cap or out of rollout are outside. */
export function rolesOf(
  readings: readonly TorrentReading[],
  settings: ControlSettings,
  memory: ControlMemory,
  now: number,
): readonly Role[] {
  const capped = new Set(settings.trackers.filter((t) => t.capBps !== UNLIMITED).map((t) => t.id));
  const roles = readings.map((reading): Role => {
    if (!reading.inRollout || !capped.has(reading.trackerId)) return 'outside';
    return roleOf(reading, settings, memory, now);
  });
  const { maxManagedTorrents } = settings;
  if (count(roles, (role) => role === 'managed') <= maxManagedTorrents) return roles;
  const ranked = readings
    .filter((_, index) => roles[index] === 'managed')
    .map((reading) => ({
      key: reading.key,
      rank: score(reading, now) + (reading.held ? INCUMBENT_BONUS : 0),
    }))
    .sort((a, b) => b.rank - a.rank || (a.key < b.key ? -1 : 1));
  const excess = new Set(ranked.slice(maxManagedTorrents).map((entry) => entry.key));
  const beyond: Role = holdsStandby(settings) ? 'excess' : 'outside';
  return readings.map(({ key }, index) => (excess.has(key) ? beyond : (roles[index] ?? 'outside')));
}

function roleOf(
  reading: TorrentReading,
  settings: ControlSettings,
  memory: ControlMemory,
  now: number,
): Role {
  if (isActive(reading, settings)) return 'managed';
  if (!wantsStandby(reading, settings, now) && !isHeldYet(reading, settings, memory, now)) return 'outside';
  return reading.usage.rateBps > 0 ? 'managed' : 'standby';
}

/** It fell idle lately, and keeps its limit for a while. */
function isHeldYet(
  reading: TorrentReading,
  { autoUnlimitOnInactive, idleReleaseMs }: ControlSettings,
  memory: ControlMemory,
  now: number,
): boolean {
  if (!reading.held) return false;
  const known = memory.trackers.get(reading.trackerId)?.torrents.get(reading.key);
  const activeAt = known?.activeAt ?? Number.NEGATIVE_INFINITY;
  return now - activeAt < (autoUnlimitOnInactive ? INACTIVE_MS : idleReleaseMs);
}

/** What tells whether an idle torrent may start to upload. */
export type WakeSigns = Pick<
  TorrentReading,
  'announces' | 'leechersConnected' | 'leechersKnown' | 'lastActivityAt' | 'addedAt'
>;

type StandbySettings = Pick<ControlSettings, 'idleGuard' | 'autoUnlimitOnInactive'>;

function holdsStandby({ idleGuard, autoUnlimitOnInactive }: StandbySettings): boolean {
  return idleGuard !== 'off' && !autoUnlimitOnInactive;
}

/**
 * It holds a standby limit while it idles. A torrent that does not announce itself now (stopped, queued, checked,
 * moved, in error) gives no sign before it uploads: the user, or the client, starts it at once.
 * @param now Unix ms
 */
export function wantsStandby(signs: WakeSigns, settings: StandbySettings, now: number): boolean {
  if (!holdsStandby(settings)) return false;
  if (settings.idleGuard === 'all' || !signs.announces) return true;
  return (
    signs.leechersConnected > 0 ||
    signs.leechersKnown > 0 ||
    now - signs.lastActivityAt < DAY_MS ||
    now - signs.addedAt < DAY_MS
  );
}
