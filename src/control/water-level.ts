import { total } from './sum.ts';

/** Sums of some ten thousand numbers in different orders agree to this part. */
const ROUNDING = 1e-9;

/** What torrents (or trackers) want of a capacity that they share. In columns, as there are thousands in each cycle. */
export interface Claims {
  /** B/s; UNLIMITED for one that takes whatever it gets. */
  readonly demandsBps: readonly number[];
  /** Relative rights to the capacity, > 0; by default all have the same, 1. */
  readonly weights?: readonly number[];
  /** Had before anything is shared, up to the demand; B/s, by default 0. */
  readonly floorsBps?: readonly number[];
}

/** What a claim has at a water level: min(demand, weight · level), and no less than its floor. */
export function shareAt(claims: Claims, index: number, level: number): number {
  return Math.min(claims.demandsBps[index] ?? 0, rightAt(claims, index, level));
}

/** What a claim might have at a water level if it took whatever it gets. */
export function rightAt({ weights, floorsBps }: Claims, index: number, level: number): number {
  return Math.max(floorsBps?.[index] ?? 0, (weights?.[index] ?? 1) * level);
}

/**
 * The water level L that solves Σ shareAt(claim, L) = capacity: weighted max-min fairness by progressive
 * filling (Bertsekas & Gallager, Data Networks, 2nd ed., section 6.5.2). Whoever wants more than weight · L
 * gets just that; everyone else gets their demand. Infinite when all demands fit, 0 when the floors don't.
 * @param capacityBps B/s, ≥ 0
 */
export function waterLevel(claims: Claims, capacityBps: number): number {
  const { demandsBps, weights, floorsBps } = claims;
  if (clearlyFit(demandsBps, capacityBps)) return Number.POSITIVE_INFINITY;
  // Between two corners, where a claim leaves its floor or reaches its demand, the sum is linear in L. A corner of
  // claim i is number i where it reaches its demand, and -1 - i where it leaves its floor.
  const corners: number[] = [];
  let filled = 0;
  let slope = 0;
  let rising = 0;
  for (let index = 0; index < demandsBps.length; index += 1) {
    const demand = demandsBps[index] ?? 0;
    const floor = Math.min(floorsBps?.[index] ?? 0, demand);
    filled += floor;
    if (demand <= floor) continue;
    // Its floor first: at the same level (they may differ by a rounding) a claim rises before it stops rising.
    if (floor > 0) corners.push(-1 - index);
    else {
      slope += weights?.[index] ?? 1;
      rising += 1;
    }
    corners.push(index);
  }
  const levels = corners.map((corner) => {
    const index = claimOf(corner);
    return ((corner < 0 ? floorsBps : demandsBps)?.[index] ?? 0) / (weights?.[index] ?? 1);
  });
  const order = corners
    .map((_, place) => place)
    .sort((a, b) => {
      const left = levels[a] ?? 0;
      const right = levels[b] ?? 0;
      return left < right ? -1 : Number(left > right);
    });
  let level = 0;
  for (const place of order) {
    const corner = corners[place] ?? 0;
    const next = levels[place] ?? 0;
    const cost = rising === 0 ? 0 : slope * (next - level);
    if (filled + cost > capacityBps) return Math.max(0, level + (capacityBps - filled) / slope);
    filled += cost;
    level = next;
    rising += corner < 0 ? 1 : -1;
    const weight = weights?.[claimOf(corner)] ?? 1;
    slope = rising === 0 ? 0 : corner < 0 ? slope + weight : slope - weight;
  }
  return Number.POSITIVE_INFINITY;
}

function claimOf(corner: number): number {
  return corner < 0 ? -1 - corner : corner;
}

/** By more than what a sum of so many may be off: the level need not be looked for then. */
function clearlyFit(demandsBps: readonly number[], capacityBps: number): boolean {
  return total(demandsBps) < capacityBps * (1 - ROUNDING);
}
