import { cutOf, isCrowded } from './cuts.ts';
import { pressesOn } from './pressure.ts';
import { ROOM_TIGHT } from './room.ts';
import { sum } from './sum.ts';
import type { Target } from './targets.ts';
import type { LimitChange, Usage } from './types.ts';
import { type Claims, shareAt, waterLevel } from './water-level.ts';

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
  const rules = { crowded, mostIdleBps: input.mostIdleBps };
  const changes: LimitChange[] = [];
  const raises: Target[] = [];
  let committedBps = 0;
  let usedBps = 0;
  for (const target of input.targets) {
    const cut = cutOf(target, rules);
    if (cut !== null) changes.push(change(target, cut.toBps, 'cut', cut.reason));
    else if (mayRise(target)) raises.push(target);
    committedBps += committedOf(target, cut?.toBps ?? target.reading.limitBps);
    usedBps += surelyUsed(target.reading.usage);
  }
  // To the room there is; the others' limits aren't what keeps them from using more.
  const bound = raises.filter(isBound);
  const claims = claimsOf(bound);
  const room = Math.max(0, input.availableBps + input.creditBps - committedBps);
  const heldBps = sum(bound, (_, index) => shareAt(claims, index, 0));
  const level = waterLevel(claims, room + heldBps);
  const wasting = usedBps < WASTING_BELOW * input.availableBps;

  let next = 0;
  for (const target of raises) {
    const isClaim = target === bound[next];
    const before = target.reading.limitBps;
    const after = isClaim ? shareAt(claims, next, level) : target.limitBps;
    if (isClaim) next += 1;
    const enough = before * (1 + input.differentialThreshold);
    const worthwhile = after >= enough || (wasting && isClaim && after > before * (1 + NOISE));
    if (worthwhile && after > before) changes.push(change(target, after, 'raise', target.reason));
  }
  return changes;
}

function claimsOf(targets: readonly Target[]): Required<Claims> {
  return {
    demandsBps: targets.map(({ limitBps }) => limitBps),
    weights: targets.map(({ known }) => known.weight),
    floorsBps: targets.map((target) => committedOf(target, target.reading.limitBps)),
  };
}

/** What it uses, or can use up to this limit, B/s. */
function committedOf({ reading, known }: Target, limitBps: number): number {
  return Math.max(surelyUsed(reading.usage), Math.min(limitBps, known.demandBps));
}

/** By both windows: the one still holds what was before a cut, the other a swell. */
function surelyUsed({ rateBps, shortBps }: Usage): number {
  return Math.min(rateBps, shortBps);
}

/**
 * Its limit, not its demand, is what keeps it from using more: it presses, or pressed on the limit before and
 * is not to be judged by this one yet.
 */
function isBound({ reading, known }: Target): boolean {
  const { usage, limitBps } = reading;
  const { appetite, demandBps } = known;
  return appetite === 'hungry' || pressesOn(usage, limitBps) || (demandBps > limitBps && !usage.settled);
}

/** Room is given anew only where it has become too small; it need not follow every breath of a demand. */
function mayRise(target: Target): boolean {
  const { limitBps } = target.reading;
  if (target.limitBps <= limitBps) return false;
  if (!target.active && target.limitBps >= limitBps * GUARD_RISES_BY) return true;
  return isBound(target) || limitBps < target.known.demandBps * (1 + ROOM_TIGHT);
}

function change(target: Target, toBps: number, kind: 'cut' | 'raise', reason: Target['reason']): LimitChange {
  const { key, trackerId, limitBps } = target.reading;
  return { key, trackerId, fromBps: limitBps, toBps, binds: binds(target, toBps), kind, reason };
}

/** Not when it has long had all that it wanted, and uses clearly less than both limits let it. */
function binds({ reading, known }: Target, toBps: number): boolean {
  const { rateBps, shortBps } = reading.usage;
  const unboundBps = UNBOUND_BELOW * Math.min(toBps, known.allowedBps);
  return known.appetite === 'hungry' || Math.max(rateBps, shortBps) > unboundBps;
}
