import { type Cut, cutOf, isCrowded } from './cuts.ts';
import { pressesOn } from './pressure.ts';
import { ROOM_TIGHT } from './room.ts';
import { sum } from './sum.ts';
import type { Target } from './targets.ts';
import type { LimitChange } from './types.ts';
import { type Claim, shareAt, waterLevel } from './water-level.ts';

/** A raise smaller than this is lost in a client's own 3 %. */
const NOISE = 0.02;
/** An idle torrent's guard follows what is free only in large steps. */
const GUARD_RISES_BY = 1.9;
/** A torrent that uses less than this part of its limits isn't bound by them. */
const UNBOUND_BELOW = 0.8;
/** Less used than this part of what may be used: raises are worth a call however small. */
const WASTING_BELOW = 0.97;

export interface GrantInput {
  readonly targets: readonly Target[];
  readonly availableBps: number;
  /** What room above demands may cost together, B/s. */
  readonly roomBudgetBps: number;
  /** An idle torrent may stand no higher, B/s. */
  readonly mostIdleBps: number;
  /** Room beyond what is available that the last seconds left unused, B/s: see credit.ts. */
  readonly creditBps: number;
  readonly differentialThreshold: number;
}

/**
 * Release before grant: which limits change now. Cuts go at once. Raises only as far as the room that is
 * measured: what may be used, less what each torrent uses or can use up to its limit; one that was cut is
 * counted at what it still uses, until the cut shows in its rate.
 */
export function grantChanges(input: GrantInput): LimitChange[] {
  const crowded = isCrowded(input.targets, input.roomBudgetBps);
  const cuts = new Map<Target, Cut>();
  for (const target of input.targets) {
    const cut = cutOf(target, { crowded, mostIdleBps: input.mostIdleBps });
    if (cut !== null) cuts.set(target, cut);
  }
  const committed = (target: Target): number => {
    const limitBps = cuts.get(target)?.toBps ?? target.reading.limitBps;
    const { rateBps, shortBps } = target.reading.usage;
    return Math.max(Math.min(rateBps, shortBps), Math.min(limitBps, target.demandBps));
  };
  const room = Math.max(0, input.availableBps + input.creditBps - sum(input.targets, committed));
  const raising = input.targets.filter((target) => !cuts.has(target) && mayRise(target));
  const binding = raising.filter(isBound);
  const claimOf = (target: Target): Claim => ({
    demandBps: target.limitBps,
    floorBps: committed(target),
    weight: target.weight,
  });
  const level = waterLevel(
    binding.map(claimOf),
    room + sum(binding, (target) => Math.min(committed(target), target.limitBps)),
  );
  const usedBps = sum(input.targets, ({ reading: { usage } }) => Math.min(usage.rateBps, usage.shortBps));
  const wasting = usedBps < WASTING_BELOW * input.availableBps;

  const changes = [...cuts].map(([target, { toBps, reason }]) => change(target, toBps, 'cut', reason));
  for (const target of raising) {
    const before = target.reading.limitBps;
    const after = isBound(target) ? shareAt(claimOf(target), level) : target.limitBps;
    const enough = before * (1 + input.differentialThreshold);
    const worthwhile = after >= enough || (wasting && isBound(target) && after > before * (1 + NOISE));
    if (worthwhile && after > before) changes.push(change(target, after, 'raise', target.reason));
  }
  return changes;
}

/**
 * Its limit, not its demand, is what keeps it from using more: it presses, or pressed on the limit before and
 * is not to be judged by this one yet.
 */
function isBound({ reading, demandBps, appetite }: Target): boolean {
  const { usage, limitBps } = reading;
  return appetite === 'hungry' || pressesOn(usage, limitBps) || (demandBps > limitBps && !usage.settled);
}

/** Room is given anew only where it has become too small; it need not follow every breath of a demand. */
function mayRise(target: Target): boolean {
  const { limitBps } = target.reading;
  if (target.limitBps <= limitBps) return false;
  if (!target.active && target.limitBps >= limitBps * GUARD_RISES_BY) return true;
  return isBound(target) || limitBps < target.demandBps * (1 + ROOM_TIGHT);
}

function change(target: Target, toBps: number, kind: 'cut' | 'raise', reason: Target['reason']): LimitChange {
  const { key, trackerId, limitBps } = target.reading;
  return { key, trackerId, fromBps: limitBps, toBps, binds: binds(target, toBps), kind, reason };
}

/** Not when it has long had all that it wanted, and uses clearly less than both limits let it. */
function binds({ reading, appetite, fill }: Target, toBps: number): boolean {
  const { rateBps, shortBps } = reading.usage;
  const unboundBps = UNBOUND_BELOW * Math.min(toBps, fill.allowedBps);
  return appetite === 'hungry' || Math.max(rateBps, shortBps) > unboundBps;
}
