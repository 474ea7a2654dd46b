import type { TorrentEstimate } from './estimate.ts';
import type { IdleGuard } from './guard.ts';
import { limitWithRoom, roomBudget } from './room.ts';
import { equalShares, type Shares, weightedShares } from './shares.ts';
import { count, total } from './sum.ts';
import type { Strategy } from './types.ts';
import { MIN_LIMIT_BPS } from './units.ts';

/** Where one managed torrent should be, before it is known whether there is room to get there. */
export interface Target extends TorrentEstimate {
  /** What the torrent is given of the cap; never more than its demand. The shares never add up to more than that. */
  readonly shareBps: number;
  /** What it would have if it took whatever it gets, B/s: it may stand no higher. */
  readonly mostBps: number;
  /** The limit to set: the share, with room above a demand that doesn't need all that it could have. */
  readonly limitBps: number;
  readonly reason: 'level' | 'headroom' | 'standby limit' | 'own limit';
}

export interface TargetsInput {
  readonly strategy: Strategy;
  readonly estimates: readonly TorrentEstimate[];
  readonly guardBps: number;
  readonly idleGuard: IdleGuard;
  /** The tracker's effective cap, B/s. */
  readonly capBps: number;
  /** What the managed torrents may share of it, B/s. */
  readonly availableBps: number;
}

export interface Targets {
  /** Infinite while all demands fit. */
  readonly levelBps: number;
  /** What room above demands may cost together, B/s. */
  readonly roomBudgetBps: number;
  readonly targets: readonly Target[];
}

/** The water level and each torrent's target under it. */
export function computeTargets(input: TargetsInput): Targets {
  const { estimates, availableBps } = input;
  const shares = sharesOf(input);
  const { levelBps } = shares;
  const takenBps = total(shares.sharesBps);
  const busyBelow = count(
    estimates,
    ({ active, known }, index) => active && known.demandBps <= (shares.sharesBps[index] ?? 0),
  );
  const room = { availableBps, takenBps, count: busyBelow };
  const targets = estimates.map((estimate, index): Target => {
    const shareBps = shares.sharesBps[index] ?? 0;
    // While all demands fit the level limits no torrent: what there is does.
    const mostBps = Math.max(MIN_LIMIT_BPS, Math.min(availableBps, shares.mostBps[index] ?? 0));
    return targetOf(estimate, shareBps, mostBps, input, room);
  });
  return { levelBps, roomBudgetBps: roomBudget(availableBps, takenBps), targets };
}

function targetOf(
  estimate: TorrentEstimate,
  shareBps: number,
  mostBps: number,
  { guardBps, idleGuard }: TargetsInput,
  room: Parameters<typeof limitWithRoom>[1],
): Target {
  const { reading, active } = estimate;
  const { demandBps } = estimate.known;
  if (shareBps < demandBps || (demandBps >= mostBps && demandBps < reading.ownLimitBps)) {
    return target(estimate, shareBps, mostBps, Math.max(MIN_LIMIT_BPS, shareBps), 'level');
  }
  const guardedBps = Math.max(MIN_LIMIT_BPS, Math.min(active ? guardBps : idleGuard.limitBps, mostBps));
  // What it used over the long window: a swell that ebbs must not take its room along.
  const steadyBps = Math.max(demandBps, Math.min(reading.usage.longBps, mostBps));
  const roomyBps = active ? limitWithRoom(steadyBps, room) : 0;
  const limitBps = Math.max(guardedBps, Math.min(roomyBps, mostBps));
  if (limitBps >= reading.ownLimitBps)
    return target(estimate, shareBps, mostBps, reading.ownLimitBps, 'own limit');
  const reason = active && roomyBps > guardedBps ? 'headroom' : 'standby limit';
  return target(estimate, shareBps, mostBps, limitBps, reason);
}

/** Its fields are named one by one: spreading is slow, and there is one for each torrent in each cycle. */
function target(
  { reading, active, known }: TorrentEstimate,
  shareBps: number,
  mostBps: number,
  limitBps: number,
  reason: Target['reason'],
): Target {
  return { reading, active, known, shareBps, mostBps, limitBps, reason };
}

function sharesOf({ strategy, estimates, availableBps, capBps }: TargetsInput): Shares {
  const demands = estimates.map(({ known }) => known.demandBps);
  if (strategy === 'equal') return equalShares(demands, availableBps);
  const weights = estimates.map(({ known }) => known.weight);
  return weightedShares(demands, weights, availableBps, capBps);
}
