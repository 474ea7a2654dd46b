import { pressesOn } from './demand.ts';
import type { Target } from './targets.ts';
import { ROOM_MAX, sum } from './targets.ts';
import type { LimitChange } from './types.ts';
import { UNLIMITED } from './units.ts';
import { raiseLevel } from './water-level.ts';

/** A cut or raise smaller than this is lost in a client's own 3 %. */
const NOISE = 0.02;
/** Room above a demand may stand this much over its target before it is taken back: it binds nobody. */
const ROOM_TOLERANCE = 1.3;
/** While all limits together stay within this part of what may be used, no room need be taken back at all. */
const POTENTIAL_TOLERANCE = 1.05;
/** A torrent just raised fills its limit from this part on; one that leaves more is judged before it is raised again. */
const FILLS_FROM = 0.6;
/** Less used than this part of what may be used: raises are worth a call however small. */
const WASTING_BELOW = 0.97;

export interface GrantInput {
  readonly targets: readonly Target[];
  readonly availableBps: number;
  readonly differentialThreshold: number;
}

/**
 * Release before grant: which limits change now. Cuts go at once. Raises only as far as the room that is
 * measured: what may be used, less what each torrent uses or can use up to its limit; one that was cut is
 * counted at what it still uses, until the cut shows in its rate.
 */
export function grantChanges(input: GrantInput): LimitChange[] {
  const crowded = potential(input.targets) > POTENTIAL_TOLERANCE * input.availableBps;
  const cut = new Set(input.targets.filter((target) => mustCut(target, crowded)));
  const committed = (target: Target): number => {
    const limitBps = cut.has(target) ? target.limitBps : target.reading.limitBps;
    const { rateBps, shortBps } = target.reading.usage;
    return Math.max(Math.min(rateBps, shortBps), Math.min(limitBps, target.demandBps));
  };
  const room = Math.max(0, input.availableBps - sum(input.targets, committed));
  const raising = input.targets.filter((target) => !cut.has(target) && mayRise(target));
  const binding = raising.filter(isBound);
  const level = raiseLevel(
    binding.map((target) => ({ baseBps: committed(target), targetBps: target.limitBps })),
    room,
  );
  const wasting =
    sum(input.targets, (target) => target.reading.usage.rateBps) < WASTING_BELOW * input.availableBps;

  const changes: LimitChange[] = [...cut].map((target) => change(target, target.limitBps, 'cut'));
  for (const target of raising) {
    const before = target.reading.limitBps;
    const after = isBound(target) ? Math.min(target.limitBps, level) : target.limitBps;
    const enough = before * (1 + input.differentialThreshold);
    const worthwhile = after >= enough || (wasting && isBound(target) && after > before * (1 + NOISE));
    if (worthwhile && after > before) changes.push(change(target, after, 'raise'));
  }
  return changes;
}

/** Its limit, not its demand, is what keeps it from using more: it wants more and fills what it has. */
function isBound({ reading, demandBps }: Target): boolean {
  const { usage, limitBps } = reading;
  if (pressesOn(usage, limitBps)) return true;
  return demandBps > limitBps && Math.max(usage.rateBps, usage.latestBps) >= FILLS_FROM * limitBps;
}

/**
 * One that wakes on its guard shows its demand by filling it: more room before that would start its judging
 * anew, and tell nothing.
 */
function mayRise(target: Target): boolean {
  const { limitBps } = target.reading;
  if (target.limitBps <= limitBps) return false;
  return isBound(target) || !target.guarded || limitBps < target.demandBps * (1 + ROOM_MAX);
}

/** What the torrents could use together by their present limits, were all of them to want it. */
function potential(targets: readonly Target[]): number {
  return sum(targets, ({ reading }) => reading.limitBps);
}

function mustCut(target: Target, crowded: boolean): boolean {
  const { limitBps } = target.reading;
  if (target.limitBps >= limitBps) return false;
  if (limitBps === UNLIMITED) return true;
  // One that still speeds up into its room would be held back by a cut that protects nothing.
  if (target.reason === 'headroom' && !crowded) return false;
  // A user's own limit is a ceiling, not a target with room.
  if (target.reason === 'own limit') return true;
  const tolerance = target.reason === 'level' ? 1 + NOISE : ROOM_TOLERANCE;
  return limitBps > target.limitBps * tolerance;
}

function change(target: Target, toBps: number, kind: 'cut' | 'raise'): LimitChange {
  return {
    key: target.reading.key,
    trackerId: target.reading.trackerId,
    fromBps: target.reading.limitBps,
    toBps,
    kind,
    reason: target.reason,
  };
}
