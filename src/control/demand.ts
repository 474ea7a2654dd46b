import type { Usage } from './types.ts';
import { KIB, UNLIMITED } from './units.ts';

/** A torrent presses on its limit at this part of it, judged over the control window. */
const PRESSES_AT = 0.8;
/** On a guard: a limit of 40 KiB/s that is filled in blocks of 16 KiB often shows as 32. */
const WAKES_AT = 0.75;
/** The first sample after sleep holds only what came since it woke. */
const WAKES_FROM_SLEEP_AT = 0.2;
/** Over a long window the measure is good enough to ask for more. */
const PRESSES_AT_LONG = 0.9;
export const LONG_WINDOW_MS = 9_000;
const WINDOW_MS = 6_000;
/** A demand below this part of the limit is met by it. */
const MET_BELOW = 0.8;
/** Of a limit that is full, whatever the swell. */
const FILLS_AT = 0.92;
/** Leechers ask in swells: less than this over the window is none of a climb. */
const CLIMBS_FROM = 1.25;
/** Over 3 to 4 s a torrent that still uploads falls no lower than this part; one sample alone may read 0. */
const STOPPED_BELOW = 0.1;
/** A limit that lets fewer blocks of 16 KiB through in these seconds may show none of them. */
const SHOWS_STOPPING_FROM_BPS = 20 * KIB;
/** Until a window without pressing is whole, a torrent seen to press is believed to want more. */
const PRESSING_HOLDS_MS = 5_000;
const GROWTH = 2;
/** A torrent waking on its guard limit shows nothing but that it wants more, so it is let grow faster. */
const GUARD_GROWTH = 16;

export interface DemandInput {
  readonly usage: Usage;
  readonly limitBps: number;
  readonly ownLimitBps: number;
  /** The estimate of the cycle before, B/s; null at first sight. */
  readonly previousBps: number | null;
  /** Ms since it last pressed on a limit; infinite when it never did. */
  readonly sincePressingMs: number;
  /** Its part of what is measurably free under the cap, B/s. */
  readonly freePartBps: number;
  /** The present limit is a guard, given without knowing the demand. */
  readonly guarded: boolean;
  readonly leechersConnected: number;
  /** Uploads less than this are noise, B/s. */
  readonly activeThresholdBps: number;
}

/** Does the torrent take (nearly) all that its limit lets it? */
export function pressesOn(usage: Usage, limitBps: number): boolean {
  if (limitBps === UNLIMITED) return false;
  if (usage.spanMs >= LONG_WINDOW_MS) return usage.longBps >= PRESSES_AT_LONG * limitBps;
  return recentBps(usage) >= PRESSES_AT * limitBps;
}

/** What it uses. One that was just raised climbs: its window still holds the beginning. */
function recentBps({ spanMs, rateBps, shortBps }: Usage): number {
  return spanMs < WINDOW_MS && shortBps > CLIMBS_FROM * rateBps ? shortBps : rateBps;
}

/** What a torrent is thought to want, and whether it was seen to press on its limit. */
export interface DemandEstimate {
  readonly demandBps: number;
  readonly presses: boolean;
}

/**
 * What the torrent would upload if it were let, B/s; UNLIMITED when nothing bounds the guess.
 * While it presses on its limit the estimate grows by steps, so that one with a small limit isn't taken for
 * one that wants everything: that makes the water level collapse and swing. Never above the own limit.
 */
export function estimateDemand(input: DemandInput): DemandEstimate {
  const { demandBps, presses } = unboundedDemand(input);
  return { demandBps: Math.min(demandBps, input.ownLimitBps), presses };
}

function unboundedDemand(input: DemandInput): DemandEstimate {
  const { usage, limitBps, previousBps } = input;
  if (limitBps === UNLIMITED) {
    const demandBps = usage.rateBps > input.activeThresholdBps ? UNLIMITED : usage.rateBps;
    return { demandBps, presses: false };
  }
  // Never yet seen to want more than its guard: how much more is open.
  const isNew = previousBps === null || previousBps <= limitBps;
  const growth = input.guarded && isNew ? GUARD_GROWTH : GROWTH;
  const grown = Math.max(growth * limitBps, limitBps + input.freePartBps);
  if (hasStopped(input)) return { demandBps: usage.shortBps, presses: false };
  if (!usage.settled) {
    // At first sight, as after a restart: what it uses, by the client's own figure, unless that presses.
    const firstBps = pressesOn(usage, limitBps) ? grown : usage.rateBps;
    // It wants what it uses already, at least.
    const usedBps = Math.min(limitBps, usage.rateBps);
    return { demandBps: Math.max(previousBps ?? firstBps, usedBps), presses: false };
  }
  // Its limit was moved though its demand was met: three seconds of a swell don't make it hungry, a full limit does.
  const wasMet = previousBps !== null && previousBps < MET_BELOW * limitBps;
  const isShort = wasMet && !input.guarded && usage.spanMs < WINDOW_MS;
  if (isShort && usage.rateBps < FILLS_AT * limitBps)
    return { demandBps: Math.max(previousBps, usage.rateBps), presses: false };
  const pressedLately = input.sincePressingMs < PRESSING_HOLDS_MS && previousBps !== null;
  // A waking torrent fills its guard within one sample; the window still holds the time when it slept.
  const slept = previousBps !== null && previousBps < WAKES_FROM_SLEEP_AT * limitBps;
  const wakesAt = slept && input.leechersConnected > 0 ? WAKES_FROM_SLEEP_AT : WAKES_AT;
  const wakes = input.guarded && usage.latestBps >= wakesAt * limitBps;
  if (wakes || pressesOn(usage, limitBps)) {
    return { demandBps: pressedLately ? Math.max(previousBps, grown) : grown, presses: true };
  }
  // It waits for room that others are giving up: one low sample must not send them back up.
  const usedBps = recentBps(usage);
  const demandBps = pressedLately ? Math.max(previousBps, usedBps) : usedBps;
  return { demandBps, presses: false };
}

/**
 * Its leechers are gone: seen sooner than the window shows. While some are connected, a sample or two without a
 * byte are an ebb, or what a deep cut costs.
 */
function hasStopped({ usage, limitBps, previousBps, leechersConnected }: DemandInput): boolean {
  // At first sight there are no samples yet.
  if (leechersConnected > 0 || previousBps === null) return false;
  if (usage.shortBps < STOPPED_BELOW * usage.rateBps) return true;
  return usage.latestBps === 0 && limitBps >= SHOWS_STOPPING_FROM_BPS;
}
