import { sum } from './sum.ts';

/** Sums of some ten thousand numbers in different orders agree to this part. */
const ROUNDING = 1e-9;

/** What one torrent (or tracker) wants of a capacity that several share. */
export interface Claim {
  /** B/s; UNLIMITED when it takes whatever it gets. */
  readonly demandBps: number;
  /** Relative right to the capacity, > 0. */
  readonly weight: number;
  /** Had before anything is shared, up to the demand; B/s, default 0. */
  readonly floorBps?: number;
}

/** What a claim has at a water level: min(demand, weight · level), and no less than its floor. */
export function shareAt(claim: Claim, level: number): number {
  return Math.min(claim.demandBps, rightAt(claim, level));
}

/** What a claim might have at a water level if it took whatever it gets. */
export function rightAt({ weight, floorBps }: Claim, level: number): number {
  return Math.max(floorBps ?? 0, weight * level);
}

/**
 * The water level L that solves Σ shareAt(claim, L) = capacity: weighted max-min fairness by progressive
 * filling (Bertsekas & Gallager, Data Networks, 2nd ed., section 6.5.2). Whoever wants more than weight · L
 * gets just that; everyone else gets his demand. Infinite when all demands fit, 0 when the floors don't.
 * @param capacityBps B/s, ≥ 0
 */
export function waterLevel(claims: readonly Claim[], capacityBps: number): number {
  if (clearlyFit(claims, capacityBps)) return Number.POSITIVE_INFINITY;
  // Between two corners, where a claim leaves its floor or reaches its demand, the sum is linear in L. Each is two
  // numbers of a column and not an object, as there are two for each torrent: a slope is negative where a claim is met.
  const corners: number[] = [];
  const levels: number[] = [];
  const slopes: number[] = [];
  let filled = 0;
  for (const claim of claims) {
    const floor = Math.min(claim.floorBps ?? 0, claim.demandBps);
    filled += floor;
    if (claim.demandBps <= floor) continue;
    corners.push(levels.length, levels.length + 1);
    levels.push(floor / claim.weight, claim.demandBps / claim.weight);
    slopes.push(claim.weight, -claim.weight);
  }
  corners.sort((a, b) => (levels[a] ?? 0) - (levels[b] ?? 0));
  let level = 0;
  let slope = 0;
  let rising = 0;
  for (const corner of corners) {
    const next = levels[corner] ?? 0;
    const change = slopes[corner] ?? 0;
    const cost = rising === 0 ? 0 : slope * (next - level);
    if (filled + cost > capacityBps) return Math.max(0, level + (capacityBps - filled) / slope);
    filled += cost;
    level = next;
    rising += Math.sign(change);
    slope = rising === 0 ? 0 : slope + change;
  }
  return Number.POSITIVE_INFINITY;
}

/** By more than what a sum of so many may be off: the level need not be looked for then. */
function clearlyFit(claims: readonly Claim[], capacityBps: number): boolean {
  return sum(claims, ({ demandBps }) => demandBps) < capacityBps * (1 - ROUNDING);
}
