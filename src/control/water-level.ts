/** What one torrent wants of its tracker's cap. */
export interface Claim {
  /** B/s; UNLIMITED when it takes whatever it gets. */
  readonly demandBps: number;
  /** Relative right to the cap, > 0. */
  readonly weight: number;
}

/**
 * The water level L that solves Σ min(demand, weight · L) = capacity: weighted max-min fairness by
 * progressive filling (Bertsekas & Gallager, Data Networks, 2nd ed., section 6.5.2). Whoever wants more
 * than weight · L gets just that; everyone else gets his demand. Infinite when all demands fit.
 * @param capacityBps B/s, ≥ 0
 */
export function waterLevel(claims: readonly Claim[], capacityBps: number): number {
  const byFill = [...claims].sort((a, b) => a.demandBps / a.weight - b.demandBps / b.weight);
  let weightLeft = 0;
  for (const claim of byFill) weightLeft += claim.weight;
  let capacityLeft = Math.max(0, capacityBps);
  for (const claim of byFill) {
    const level = capacityLeft / weightLeft;
    if (claim.demandBps / claim.weight >= level) return level;
    capacityLeft -= claim.demandBps;
    weightLeft -= claim.weight;
  }
  return Number.POSITIVE_INFINITY;
}

/** Something that is at `baseBps` and may be raised to `targetBps`. */
export interface Raise {
  readonly baseBps: number;
  readonly targetBps: number;
}

/**
 * The level λ that spends `roomBps` on raises, lowest first: Σ max(0, min(target, λ) − base) = room.
 * Infinite when all raises fit.
 */
export function raiseLevel(raises: readonly Raise[], roomBps: number): number {
  // Between two neighbouring bases and targets the sum is linear in λ: walk these corners upwards.
  const corners: { at: number; slope: 1 | -1 }[] = [];
  for (const raise of raises) {
    if (raise.targetBps <= raise.baseBps) continue;
    corners.push({ at: raise.baseBps, slope: 1 }, { at: raise.targetBps, slope: -1 });
  }
  corners.sort((a, b) => a.at - b.at);
  let spent = 0;
  let rising = 0;
  let level = 0;
  for (const corner of corners) {
    const cost = rising === 0 ? 0 : rising * (corner.at - level);
    if (spent + cost > roomBps) return level + (roomBps - spent) / rising;
    spent += cost;
    level = corner.at;
    rising += corner.slope;
  }
  return Number.POSITIVE_INFINITY;
}
