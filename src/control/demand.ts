import {
  fills,
  hasStopped,
  LONG_WINDOW_MS,
  pressesOn,
  recentBps,
  slept,
  WINDOW_MS,
  wakesOn,
} from './pressure.ts';
import type { Usage } from './types.ts';
import { UNLIMITED } from './units.ts';

/** Until a window without pressing is whole, a torrent seen to press is believed to want more. */
const PRESSING_HOLDS_MS = 5_000;
/** How much more than its limit one that presses is believed to want, if it is the only one. */
const GROWTH = 1;
/** A torrent waking on its guard limit shows nothing but that it wants more, so it may grow faster. */
const GUARD_GROWTH = 16;

/**
 * What is known of a torrent: nothing yet while it idles or has only just woken on its guard; that its limit binds
 * it; or that its limit has let it have all that it wanted, for longer than a swell lasts.
 */
export type Appetite = 'unknown' | 'hungry' | 'met';

/** How the torrents of its tracker stand. */
export interface Neighbours {
  /** What each torrent may have at least, B/s. */
  readonly guardBps: number;
  /** How many press on their limits. */
  readonly pressing: number;
  /** The part of each of those in what is measurably free under the cap, B/s. */
  readonly freePartBps: number;
  /** Which part of those that are active is thought to rise at once, 0..1: where they are many, few. */
  readonly risingPart: number;
}

export interface DemandInput {
  readonly usage: Usage;
  readonly limitBps: number;
  readonly ownLimitBps: number;
  /** The estimate of the cycle before, B/s; null at first sight. */
  readonly previousBps: number | null;
  /** As of the cycle before. */
  readonly appetite: Appetite;
  /** Ms since it last pressed on a limit; infinite when it never did. */
  readonly sincePressingMs: number;
  /** What it used over some 5 s, whatever limits were in force, B/s. */
  readonly usedBps: number;
  /** It has long used clearly less than its limits let it. */
  readonly slack: boolean;
  /** The present limit is a guard, given without knowing the demand. */
  readonly guarded: boolean;
  readonly leechersConnected: number;
  /** Uploads less than this are noise, B/s. */
  readonly activeThresholdBps: number;
  readonly neighbours: Neighbours;
}

export interface DemandEstimate {
  readonly demandBps: number;
  /** Seen to press on its limit in this cycle. */
  readonly presses: boolean;
  readonly appetite: Appetite;
}

/**
 * What the torrent would upload if it were let, B/s; UNLIMITED when nothing bounds the guess.
 * While it presses on its limit the estimate grows by steps, so that one with a small limit isn't taken for
 * one that wants everything: that makes the water level collapse and swing. Never above the own limit.
 */
export function estimateDemand(input: DemandInput): DemandEstimate {
  const estimate = unboundedDemand(input);
  if (estimate.demandBps <= input.ownLimitBps) return estimate;
  return { demandBps: input.ownLimitBps, presses: estimate.presses, appetite: estimate.appetite };
}

function unboundedDemand(input: DemandInput): DemandEstimate {
  const { usage, limitBps, previousBps, appetite, slack } = input;
  if (limitBps === UNLIMITED)
    return still(usage.rateBps > input.activeThresholdBps ? UNLIMITED : usage.rateBps, appetite);
  // At first sight there are no samples yet.
  if (previousBps !== null && hasStopped(usage, limitBps, input.leechersConnected))
    return still(usage.shortBps, 'unknown');

  const believedBps = input.sincePressingMs < PRESSING_HOLDS_MS ? (previousBps ?? 0) : 0;
  const isWaking = slept(previousBps, limitBps);
  const fromSleep = isWaking && input.leechersConnected > 0;
  if (input.guarded && (usage.settled || isWaking) && wakesOn(limitBps, usage, fromSleep))
    return hungry(input, believedBps);

  if (!usage.settled && !slack) return still(unsettledBps(input), appetite);
  const isLong = usage.spanMs >= LONG_WINDOW_MS;
  // Not known to be hungry: the crest of a swell doesn't make it so, a limit that is full for longer does.
  const mayBeCrest = appetite === 'met' && usage.spanMs < WINDOW_MS;
  if (appetite !== 'hungry' && !isLong && (mayBeCrest || !fills(usage, limitBps)))
    return still(usage.spanMs < WINDOW_MS ? swellingBps(input, previousBps ?? 0) : usage.rateBps, appetite);
  if (pressesOn(usage, limitBps)) return hungry(input, believedBps);
  // It waits for room that others are giving up: one low sample must not send them back up.
  return still(Math.max(believedBps, recentBps(usage)), isLong || slack ? 'met' : appetite);
}

function hungry(input: DemandInput, believedBps: number): DemandEstimate {
  return { demandBps: Math.max(believedBps, grownBps(input)), presses: true, appetite: 'hungry' };
}

function still(demandBps: number, appetite: Appetite): DemandEstimate {
  return { demandBps, presses: false, appetite };
}

/** Not to be judged by its limit yet: what it was thought to want, and no less than what it uses already. */
function unsettledBps(input: DemandInput): number {
  const { usage, limitBps, previousBps, appetite } = input;
  // At first sight, as after a restart: what it uses, by the client's own figure, unless that presses.
  const firstBps = pressesOn(usage, limitBps) ? grownBps(input) : usage.rateBps;
  const thoughtBps = previousBps ?? firstBps;
  if (appetite === 'met') return swellingBps(input, thoughtBps);
  return Math.max(thoughtBps, Math.min(limitBps, usage.rateBps));
}

/**
 * Its demand is met: what it uses, and as much of a swell's crest as counts where many don't swell at once. Without
 * that the crests of all together, one after the other, would be taken for what they want together.
 */
function swellingBps({ usage, limitBps, usedBps, neighbours }: DemandInput, thoughtBps: number): number {
  const crestBps = Math.max(thoughtBps, Math.min(limitBps, usage.rateBps));
  return usedBps + neighbours.risingPart * Math.max(0, crestBps - usedBps);
}

/**
 * What it wants that presses on its limit. The more of them press, the less each wants beyond it on average; and one
 * whose demand was met until now wants but little more.
 */
function grownBps({ limitBps, previousBps, guarded, appetite, neighbours }: DemandInput): number {
  const { guardBps, pressing, freePartBps, risingPart } = neighbours;
  const moreBps = (1 + GROWTH / Math.sqrt(Math.max(1, pressing))) * limitBps;
  if (appetite === 'met') return moreBps;
  // Never yet seen to want more than its guard: how much more is open.
  const isNew = guarded && (previousBps === null || previousBps <= limitBps);
  const openBps = isNew ? GUARD_GROWTH * Math.min(limitBps, guardBps) : 0;
  return Math.max(openBps, moreBps, limitBps + risingPart * freePartBps);
}
