import type { Usage } from './types.ts';
import { UNLIMITED } from './units.ts';

/** A torrent presses on its limit at this part of it, judged over the control window. */
const PRESSES_AT = 0.85;
/** Over a long window the measure is good enough to ask for more. */
const PRESSES_AT_LONG = 0.93;
const LONG_WINDOW_MS = 9_000;
/** Blocks of 16 KiB make a stopped torrent's latest sample read 0; a slow one's falls no lower than this part. */
const STOPPED_BELOW = 0.1;
const GROWTH = 2;
/** A torrent waking on its guard limit shows nothing but that it wants more, so it is let grow faster. */
const GUARD_GROWTH = 4;

export interface DemandInput {
  readonly usage: Usage;
  readonly limitBps: number;
  readonly ownLimitBps: number;
  /** The estimate of the cycle before, B/s; null at first sight. */
  readonly previousBps: number | null;
  /** Its part of what is measurably free under the cap, B/s. */
  readonly freePartBps: number;
  /** The present limit is a guard, given without knowing the demand. */
  readonly guarded: boolean;
  /** Uploads less than this are noise, B/s. */
  readonly activeThresholdBps: number;
}

/** Does the torrent take (nearly) all that its limit lets it? */
export function pressesOn(usage: Usage, limitBps: number): boolean {
  if (limitBps === UNLIMITED) return false;
  if (usage.spanMs >= LONG_WINDOW_MS) return usage.longBps >= PRESSES_AT_LONG * limitBps;
  return usage.rateBps >= PRESSES_AT * limitBps;
}

/**
 * What the torrent would upload if it were let, B/s; UNLIMITED when nothing bounds the guess.
 * While it presses on its limit the estimate grows by steps, so that one with a small limit isn't taken for
 * one that wants everything: that makes the water level collapse and swing. Never above the own limit.
 */
export function estimateDemand(input: DemandInput): number {
  return Math.min(unboundedDemand(input), input.ownLimitBps);
}

function unboundedDemand(input: DemandInput): number {
  const { usage, limitBps, previousBps } = input;
  if (limitBps === UNLIMITED) {
    return usage.rateBps > input.activeThresholdBps ? UNLIMITED : usage.rateBps;
  }
  const growth = input.guarded ? GUARD_GROWTH : GROWTH;
  const grown = Math.max(growth * limitBps, limitBps + input.freePartBps);
  if (!usage.settled) return previousBps ?? grown;
  if (pressesOn(usage, limitBps)) return grown;
  const stopped = usage.latestBps < STOPPED_BELOW * usage.rateBps;
  return stopped ? usage.latestBps : usage.rateBps;
}
