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
  return Math.min(claim.demandBps, Math.max(claim.floorBps ?? 0, claim.weight * level));
}

/**
 * The water level L that solves Σ shareAt(claim, L) = capacity: weighted max-min fairness by progressive
 * filling (Bertsekas & Gallager, Data Networks, 2nd ed., section 6.5.2). Whoever wants more than weight · L
 * gets just that; everyone else gets his demand. Infinite when all demands fit, 0 when the floors don't.
 * @param capacityBps B/s, ≥ 0
 */
export function waterLevel(claims: readonly Claim[], capacityBps: number): number {
  // Between two corners, where a claim leaves its floor or reaches its demand, the sum is linear in L.
  const corners: { readonly at: number; readonly slope: number; readonly rising: 1 | -1 }[] = [];
  let filled = 0;
  for (const claim of claims) {
    const floor = Math.min(claim.floorBps ?? 0, claim.demandBps);
    filled += floor;
    if (claim.demandBps <= floor) continue;
    corners.push(
      { at: floor / claim.weight, slope: claim.weight, rising: 1 },
      { at: claim.demandBps / claim.weight, slope: -claim.weight, rising: -1 },
    );
  }
  if (corners.length === 0) return Number.POSITIVE_INFINITY;
  corners.sort((a, b) => a.at - b.at);
  let level = 0;
  let slope = 0;
  let rising = 0;
  for (const corner of corners) {
    const cost = rising === 0 ? 0 : slope * (corner.at - level);
    if (filled + cost > capacityBps) return Math.max(0, level + (capacityBps - filled) / slope);
    filled += cost;
    level = corner.at;
    rising += corner.rising;
    slope = rising === 0 ? 0 : slope + corner.slope;
  }
  return Number.POSITIVE_INFINITY;
}
