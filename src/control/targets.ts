import { estimateDemand, pressesOn } from './demand.ts';
import { guardLimit } from './guard.ts';
import { isActive } from './selection.ts';
import type { ControlMemory, ControlSettings, TorrentReading } from './types.ts';
import { MIN_LIMIT_BPS, UNLIMITED } from './units.ts';
import { waterLevel } from './water-level.ts';

/** Below this much room a steady torrent would press on its own limit and be taken for one that wants more. */
const ROOM_MIN = 0.2;
export const ROOM_MAX = 0.6;
/** What all torrents together could use may exceed the cap by this much. */
const POTENTIAL_OVER = 0.1;
/** Limits up to this part of the guard limit are guards: nothing is known of the torrent's demand yet. */
const GUARD_LIKE = 1.35;

/** When all torrents together fall to this part from one sample to the next, it was the client that stood still. */
const STALLED_BELOW = 0.3;

/** Where one managed torrent should be, before it is known whether there is room to get there. */
export interface Target {
  readonly reading: TorrentReading;
  readonly demandBps: number;
  /** Its present limit is a guard, or as small as one. */
  readonly guarded: boolean;
  /** Seen to press on its limit in this cycle. */
  readonly presses: boolean;
  readonly active: boolean;
  /** min(demand, level): what the torrent is given of the cap. The shares never add up to more than that. */
  readonly shareBps: number;
  /** The limit to set: the share, with room above a demand that doesn't need its whole level. */
  readonly limitBps: number;
  readonly reason: 'level' | 'headroom' | 'guard' | 'own limit';
}

export interface TargetsInput {
  readonly now: number;
  readonly settings: ControlSettings;
  readonly readings: readonly TorrentReading[];
  readonly memory: ControlMemory;
  /** The tracker's effective cap, B/s. */
  readonly capBps: number;
  /** What the managed torrents may share of it, B/s. */
  readonly availableBps: number;
}

/** The water level and each torrent's target under it. */
export function computeTargets(input: TargetsInput): { levelBps: number; targets: Target[] } {
  const { settings, readings, memory, availableBps } = input;
  const used = sum(readings, (reading) => reading.usage.rateBps);
  const stalled = sum(readings, (reading) => reading.usage.latestBps) < STALLED_BELOW * used;
  const pressing = readings.filter((reading) => pressesOn(reading.usage, reading.limitBps)).length;
  const freePartBps = Math.max(0, availableBps - used) / Math.max(1, pressing);
  const active = readings.map((reading) => isActive(reading, settings));
  const guardBps = guardLimit(input.capBps, guardedCount(readings, input.capBps));

  const onGuard = (reading: TorrentReading) => reading.held && reading.limitBps <= guardBps * GUARD_LIKE;
  const estimates = readings.map((reading) => {
    const before = memory.torrents.get(reading.key);
    return estimateDemand({
      usage: stalled ? { ...reading.usage, settled: false } : reading.usage,
      limitBps: reading.limitBps,
      ownLimitBps: reading.ownLimitBps,
      previousBps: before?.demandBps ?? null,
      sincePressingMs: input.now - (before?.pressedAt ?? Number.NEGATIVE_INFINITY),
      freePartBps,
      guarded: onGuard(reading),
      activeThresholdBps: settings.activeThresholdBps,
    });
  });
  const demands = estimates.map((estimate) => estimate.demandBps);
  const levelBps = waterLevel(
    demands.map((demandBps) => ({ demandBps, weight: 1 })),
    availableBps,
  );
  const roomOf = headroom(demands, active, levelBps, availableBps);
  const targets = readings.map((reading, index): Target => {
    const demandBps = demands[index] ?? 0;
    const isBusy = active[index] ?? false;
    const presses = estimates[index]?.presses ?? false;
    const base = {
      reading,
      demandBps,
      guarded: onGuard(reading),
      presses,
      active: isBusy,
      shareBps: Math.min(demandBps, levelBps),
    };
    const floorBps = Math.max(MIN_LIMIT_BPS, Math.min(guardBps, levelBps));
    if (demandBps >= levelBps && demandBps < reading.ownLimitBps) {
      return { ...base, limitBps: Math.max(MIN_LIMIT_BPS, levelBps), reason: 'level' };
    }
    const roomyBps = isBusy ? demandBps + roomOf(demandBps) : 0;
    const limitBps = Math.max(floorBps, Math.min(roomyBps, Math.max(levelBps, MIN_LIMIT_BPS)));
    if (limitBps >= reading.ownLimitBps) {
      return { ...base, limitBps: reading.ownLimitBps, reason: 'own limit' };
    }
    return { ...base, limitBps, reason: isBusy && roomyBps > floorBps ? 'headroom' : 'guard' };
  });
  return { levelBps, targets };
}

/**
 * How many torrents live below their guard: idle ones, and those that use so little that the guard is their
 * limit. One that wakes counts on until it has outgrown it, or the others' guards would grow as it wakes.
 */
function guardedCount(readings: readonly TorrentReading[], capBps: number): number {
  const largest = guardLimit(capBps, 1);
  return readings.filter((reading) => reading.usage.rateBps * (1 + ROOM_MIN) < largest).length;
}

/**
 * Room above a demand, B/s. While all demands fit, what is free is spread over the active torrents, so that
 * even if all of them used their whole limit the cap would hold; under a water level, a part of the demand
 * that keeps the sum near the cap.
 */
function headroom(
  demands: readonly number[],
  active: readonly boolean[],
  levelBps: number,
  availableBps: number,
): (demandBps: number) => number {
  let taken = 0;
  let below = 0;
  let busy = 0;
  demands.forEach((demandBps, index) => {
    taken += Math.min(demandBps, levelBps);
    if (!active[index]) return;
    busy += 1;
    if (demandBps < levelBps) below += demandBps;
  });
  const spareBps = Math.max(0, availableBps * (1 + POTENTIAL_OVER) - taken);
  const part = below > 0 ? Math.min(ROOM_MAX, Math.max(ROOM_MIN, spareBps / below)) : ROOM_MAX;
  const evenBps = levelBps === UNLIMITED ? Math.max(0, availableBps - taken) / Math.max(1, busy) : 0;
  return (demandBps) => Math.max(part * demandBps, evenBps);
}

export function sum<T>(items: readonly T[], value: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += value(item);
  return total;
}
