import { type Appetite, estimateDemand, type Neighbours } from './demand.ts';
import { type Fill, fullFill, nextFill, showsSlack } from './fill.ts';
import { guardLimit, type IdleGuard, idleGuardOf } from './guard.ts';
import { pressesOn } from './pressure.ts';
import { MANY } from './room.ts';
import { isActive } from './selection.ts';
import { sum } from './sum.ts';
import type { ControlMemory, ControlSettings, TorrentReading } from './types.ts';
import { holdWeight, onGrid, weightScore } from './weights.ts';

/** A torrent that uses less than the largest guard with this much room still lives below its guard. */
const GUARD_ROOM = 0.2;
/** Limits up to this part of the guard limit are guards: nothing is known of the torrent's demand yet. */
const GUARD_LIKE = 1.35;
/** When all torrents together fall to this part from one sample to the next, it was the client that stood still. */
const STALLED_BELOW = 0.3;

/** What one managed torrent is thought to want in this cycle, before it is known what it can be given. */
export interface TorrentEstimate {
  readonly reading: TorrentReading;
  readonly demandBps: number;
  /** Seen to press on its limit in this cycle. */
  readonly presses: boolean;
  readonly active: boolean;
  readonly appetite: Appetite;
  readonly fill: Fill;
  /** Its right to the cap: held from cycle to cycle, see weights.ts; 1 under `equal`. */
  readonly weight: number;
}

export interface EstimateInput {
  readonly now: number;
  readonly settings: ControlSettings;
  readonly readings: readonly TorrentReading[];
  readonly memory: ControlMemory;
  /** The tracker's cap, B/s. */
  readonly capBps: number;
  /** What the managed torrents may share of it as it was last granted, B/s. */
  readonly availableBps: number;
}

/** What each torrent and each idle one may start with, and the estimates in the order of the readings. */
export function estimateTorrents(input: EstimateInput): {
  readonly guardBps: number;
  readonly idleGuard: IdleGuard;
  readonly estimates: readonly TorrentEstimate[];
} {
  const { settings, readings, availableBps, capBps } = input;
  const usedBps = sum(readings, ({ usage }) => usage.rateBps);
  const steadyBps = sum(readings, ({ usage }) => Math.max(usage.rateBps, usage.longBps));
  const busy = readings.filter((reading) => isActive(reading, settings)).length;
  const pressing = readings.filter((reading) => pressesOn(reading.usage, reading.limitBps)).length;
  const guardBps = guardLimit(capBps, guardedCount(readings, capBps));
  const idleGuard = idleGuardOf(
    capBps,
    guardBps,
    Math.max(0, availableBps - steadyBps),
    readings.length - busy,
  );
  const tracker: TrackerView = {
    stalled: sum(readings, ({ usage }) => usage.latestBps) < STALLED_BELOW * usedBps,
    idleGuard,
    neighbours: {
      guardBps,
      pressing,
      freePartBps: Math.max(0, availableBps - usedBps) / Math.max(1, pressing),
      risingPart: Math.min(1, MANY / Math.max(1, busy)),
    },
  };
  const estimates = readings.map((reading) => estimateTorrent(reading, tracker, input));
  return {
    guardBps,
    idleGuard,
    estimates: settings.strategy === 'equal' ? estimates : withSharedWeights(estimates),
  };
}

interface TrackerView {
  readonly stalled: boolean;
  readonly idleGuard: IdleGuard;
  readonly neighbours: Neighbours;
}

function estimateTorrent(
  reading: TorrentReading,
  { stalled, idleGuard, neighbours }: TrackerView,
  { settings, memory, now }: EstimateInput,
): TorrentEstimate {
  const { limitBps, usage } = reading;
  const before = memory.torrents.get(reading.key);
  const appetite = before?.appetite ?? 'unknown';
  const isUntried = before?.appetite === 'unknown' && limitBps <= idleGuard.mostBps;
  const active = isActive(reading, settings);
  const fill = nextFill(before?.fill ?? null, usage, limitBps, now);
  const demand = estimateDemand({
    usage: stalled ? { ...usage, settled: false } : usage,
    limitBps,
    ownLimitBps: reading.ownLimitBps,
    previousBps: before?.demandBps ?? null,
    appetite,
    sincePressingMs: now - (before?.pressedAt ?? Number.NEGATIVE_INFINITY),
    usedBps: fill.usedBps,
    slack: showsSlack(fill, now),
    guarded: reading.held && (isUntried || limitBps <= neighbours.guardBps * GUARD_LIKE),
    leechersConnected: reading.leechersConnected,
    activeThresholdBps: settings.activeThresholdBps,
    neighbours,
  });
  const turnsHungry = demand.appetite === 'hungry' && appetite !== 'hungry';
  return {
    reading,
    demandBps: demand.demandBps,
    presses: demand.presses,
    active,
    appetite: active ? demand.appetite : 'unknown',
    // What it used before it pressed is no slack.
    fill: turnsHungry ? fullFill(limitBps) : fill,
    weight: settings.strategy === 'equal' ? 1 : holdWeight(weightScore(reading), before?.weight ?? null),
  };
}

/** Only those that are active contend: what idle ones would weigh must not coarsen the grid. */
function withSharedWeights(estimates: readonly TorrentEstimate[]): readonly TorrentEstimate[] {
  const contending = estimates.filter(({ active }) => active);
  const weights = onGrid(contending.map(({ weight }) => weight));
  const shared = new Map(contending.map(({ reading }, index) => [reading.key, weights[index]]));
  return estimates.map(({ reading, demandBps, presses, active, appetite, fill, weight }) => ({
    reading,
    demandBps,
    presses,
    active,
    appetite,
    fill,
    weight: shared.get(reading.key) ?? weight,
  }));
}

/**
 * How many torrents live below their guard: idle ones, and those that use so little that the guard is their
 * limit. One that wakes counts on until it has outgrown it, or the others' guards would grow as it wakes.
 */
function guardedCount(readings: readonly TorrentReading[], capBps: number): number {
  const largest = guardLimit(capBps, 1);
  return readings.filter((reading) => reading.usage.rateBps * (1 + GUARD_ROOM) < largest).length;
}
