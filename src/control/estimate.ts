import { estimateDemand, pressesOn } from './demand.ts';
import { guardLimit } from './guard.ts';
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

/** The guard of each idle torrent of the tracker, B/s, and the estimates in the order of the readings. */
export function estimateTorrents(input: EstimateInput): {
  readonly guardBps: number;
  readonly estimates: readonly TorrentEstimate[];
} {
  const { settings, readings, memory, availableBps, capBps } = input;
  const used = sum(readings, (reading) => reading.usage.rateBps);
  const stalled = sum(readings, (reading) => reading.usage.latestBps) < STALLED_BELOW * used;
  const pressing = readings.filter((reading) => pressesOn(reading.usage, reading.limitBps)).length;
  const freePartBps = Math.max(0, availableBps - used) / Math.max(1, pressing);
  const guardBps = guardLimit(capBps, guardedCount(readings, capBps));

  const estimates = readings.map((reading): TorrentEstimate => {
    const before = memory.torrents.get(reading.key);
    const guarded = reading.held && reading.limitBps <= guardBps * GUARD_LIKE;
    const demand = estimateDemand({
      usage: stalled ? { ...reading.usage, settled: false } : reading.usage,
      limitBps: reading.limitBps,
      ownLimitBps: reading.ownLimitBps,
      previousBps: before?.demandBps ?? null,
      sincePressingMs: input.now - (before?.pressedAt ?? Number.NEGATIVE_INFINITY),
      freePartBps,
      guarded,
      leechersConnected: reading.leechersConnected,
      activeThresholdBps: settings.activeThresholdBps,
    });
    return {
      reading,
      ...demand,
      active: isActive(reading, settings),
      weight: settings.strategy === 'equal' ? 1 : holdWeight(weightScore(reading), before?.weight ?? null),
    };
  });
  return { guardBps, estimates: settings.strategy === 'equal' ? estimates : withSharedWeights(estimates) };
}

/** Only those that are active contend: what idle ones would weigh must not coarsen the grid. */
function withSharedWeights(estimates: readonly TorrentEstimate[]): readonly TorrentEstimate[] {
  const contending = estimates.filter(({ active }) => active);
  const weights = onGrid(contending.map(({ weight }) => weight));
  const shared = new Map(contending.map(({ reading }, index) => [reading.key, weights[index]]));
  return estimates.map((estimate) => ({
    ...estimate,
    weight: shared.get(estimate.reading.key) ?? estimate.weight,
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
