import { KIB, UNLIMITED } from './units.ts';
import { type Claims, rightAt, shareAt, waterLevel } from './water-level.ts';

/** Under `weighted` a torrent has at least this where the cap allows it, B/s… */
const WEIGHTED_FLOOR_BPS = 10 * KIB;
/** …and at most this part of the cap while the others can use the rest. */
const WEIGHTED_CEILING = 0.6;

export interface Shares {
  /** For a torrent of weight 1, B/s; infinite while all demands fit. */
  readonly levelBps: number;
  /** In the order of the demands, B/s; never more than the demand, and never more together than there is. */
  readonly sharesBps: readonly number[];
  /** What each would have if it took whatever it gets, B/s. */
  readonly mostBps: readonly number[];
}

/** `equal`: max-min fair, everybody's right is the same. */
export function equalShares(demandsBps: readonly number[], availableBps: number): Shares {
  return fill({ demandsBps }, availableBps, UNLIMITED);
}

/**
 * `weighted`: max-min fair by weight, between a floor and a ceiling of 60 % of the cap. What a ceiling leaves
 * goes to the others; what they can't use either goes back above it, so that nothing is wasted.
 */
export function weightedShares(
  demandsBps: readonly number[],
  weights: readonly number[],
  availableBps: number,
  capBps: number,
): Shares {
  const floorBps = Math.min(WEIGHTED_FLOOR_BPS, availableBps / Math.max(1, demandsBps.length));
  const ceilingBps = WEIGHTED_CEILING * capBps;
  const bounded = demandsBps.map((demandBps) => Math.min(demandBps, ceilingBps));
  const claims = { demandsBps: bounded, weights, floorsBps: demandsBps.map(() => floorBps) };
  const filled = fill(claims, availableBps, ceilingBps);
  if (filled.levelBps !== UNLIMITED || demandsBps.every((demandBps) => demandBps <= ceilingBps))
    return filled;
  return fill({ demandsBps, weights, floorsBps: filled.sharesBps }, availableBps, UNLIMITED);
}

/** @param claims none of them above the ceiling */
function fill(claims: Claims, availableBps: number, ceilingBps: number): Shares {
  const levelBps = waterLevel(claims, availableBps);
  return {
    levelBps,
    sharesBps: claims.demandsBps.map((_, index) => shareAt(claims, index, levelBps)),
    mostBps: claims.demandsBps.map((_, index) => Math.min(ceilingBps, rightAt(claims, index, levelBps))),
  };
}
