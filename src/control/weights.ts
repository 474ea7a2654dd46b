import type { TorrentMemory, TorrentReading } from './types.ts';
import { MIB } from './units.ts';

/*
 * `weighted`: a torrent's right to the cap grows with its leechers and its speed. Speeds scatter, and every
 * weight of its own is a limit of its own, one call each: so a weight is held until the score has clearly
 * moved, and where a tracker has many, neighbours share one.
 */

const PEERS_PART = 0.6;
const SPEED_PART = 0.4;
/** More leechers than this count no more. */
const FULL_PEERS = 20;
const FULL_SPEED_BPS = MIB;
/** Of a torrent that has neither leechers nor speed yet: next to nothing, but a right. */
const LEAST_WEIGHT = 0.01;
/** A score within this part of the held weight changes nothing. */
const HELD_WITHIN = 0.35;
/** Distinct weights, hence limits, that a tracker may have before neighbours are put together. */
const MAX_DISTINCT = 3;
/** Ratios of neighbouring weights, finest first: the coarsest is used only when nothing finer fits. */
const GRIDS = [1.1, 1.25, 1.5, 2] as const;

/** 0.01..1: 0.6 × min(leechers / 20, 1) + 0.4 × min(speed / 1 MiB/s, 1). */
export function weightScore(
  reading: Pick<TorrentReading, 'leechersConnected' | 'leechersKnown' | 'usage'>,
): number {
  const peers = Math.max(reading.leechersConnected, reading.leechersKnown, 0);
  const speedBps = reading.usage.spanMs > 0 ? reading.usage.longBps : reading.usage.rateBps;
  const score =
    PEERS_PART * Math.min(peers / FULL_PEERS, 1) + SPEED_PART * Math.min(speedBps / FULL_SPEED_BPS, 1);
  return Math.max(LEAST_WEIGHT, score);
}

/** The weight to go on with. @param heldWeight of the cycle before; null at first sight */
export function holdWeight(score: number, heldWeight: number | null): number {
  if (heldWeight === null) return score;
  return Math.abs(score - heldWeight) <= HELD_WITHIN * heldWeight ? heldWeight : score;
}

/**
 * Of each torrent, in the order of the readings. Only those that are active contend: what idle ones would weigh must
 * not coarsen the grid.
 * @param befores null at first sight
 */
export function sharedWeights(
  readings: readonly TorrentReading[],
  befores: readonly (TorrentMemory | null)[],
  actives: readonly boolean[],
): readonly number[] {
  const held = readings.map((reading, index) =>
    holdWeight(weightScore(reading), befores[index]?.weight ?? null),
  );
  const shared = onGrid(held.filter((_, index) => actives[index]));
  let contending = 0;
  return held.map((weight, index) => {
    if (!actives[index]) return weight;
    contending += 1;
    return shared[contending - 1] ?? weight;
  });
}

/** The weights, as they are where they are few, else on a geometric grid only as coarse as needed. */
export function onGrid(weights: readonly number[]): readonly number[] {
  if (new Set(weights).size <= MAX_DISTINCT) return weights;
  let snapped: number[] = [];
  for (const ratio of GRIDS) {
    snapped = weights.map((weight) => ratio ** Math.round(Math.log(weight) / Math.log(ratio)));
    if (new Set(snapped).size <= MAX_DISTINCT) break;
  }
  return snapped;
}
