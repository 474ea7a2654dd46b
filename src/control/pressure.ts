import type { Usage } from './types.ts';
import { KIB, UNLIMITED } from './units.ts';

/*
 * What a torrent's upload tells of its limit: whether it presses on it, fills it, wakes on it, or has stopped.
 * Leechers ask in swells of 3 to 5 s, and data moves in blocks of 16 KiB, so every one of these has a window.
 */

/** Samples over so long say more than a swell. */
export const LONG_WINDOW_MS = 9_000;
export const WINDOW_MS = 6_000;
/** A torrent presses on its limit at this part of it, judged over the control window… */
const PRESSES_AT = 0.8;
/** …and over a long one, which is good enough to ask for more. */
const PRESSES_AT_LONG = 0.9;
/** Of a limit that is full, whatever the swell. */
const FILLS_AT = 0.92;
/** On a guard: a limit of 40 KiB/s that is filled in blocks of 16 KiB often shows as 32. */
const WAKES_AT = 0.75;
/** The first sample after sleep holds only what came since it woke. */
const WAKES_FROM_SLEEP_AT = 0.2;
/** A block of 16 KiB now and then is no waking. */
const SEVERAL_BLOCKS_BPS = 20 * KIB;
/** Leechers ask in swells: less than this over the window is none of a climb. */
const CLIMBS_FROM = 1.25;
/** Over 3 to 4 s a torrent that still uploads falls no lower than this part; one sample alone may read 0. */
const STOPPED_BELOW = 0.1;
/** A limit that lets fewer blocks of 16 KiB through in these seconds may show none of them. */
const SHOWS_STOPPING_FROM_BPS = 20 * KIB;

/** Does the torrent take (nearly) all that its limit lets it? */
export function pressesOn(usage: Usage, limitBps: number): boolean {
  if (limitBps === UNLIMITED) return false;
  if (usage.spanMs >= LONG_WINDOW_MS) return usage.longBps >= PRESSES_AT_LONG * limitBps;
  return recentBps(usage) >= PRESSES_AT * limitBps;
}

/** More than pressing: a swell alone doesn't do it, even within a window that is not yet long. */
export function fills(usage: Usage, limitBps: number): boolean {
  return usage.rateBps >= FILLS_AT * limitBps;
}

/** What it uses. One that was just raised climbs: its window still holds the beginning. */
export function recentBps({ spanMs, rateBps, shortBps }: Usage): number {
  return spanMs < WINDOW_MS && shortBps > CLIMBS_FROM * rateBps ? shortBps : rateBps;
}

/** It used next to nothing until now. @param previousBps its demand as of the cycle before; null at first sight */
export function slept(previousBps: number | null, limitBps: number): boolean {
  return previousBps !== null && previousBps < WAKES_FROM_SLEEP_AT * limitBps;
}

/** A waking torrent fills its guard within one sample; the window still holds the time when it slept. */
export function wakesOn(guardBps: number, { latestBps }: Usage, fromSleep: boolean): boolean {
  const fullBps = WAKES_AT * guardBps;
  if (!fromSleep) return latestBps >= fullBps;
  return latestBps >= Math.max(WAKES_FROM_SLEEP_AT * guardBps, Math.min(fullBps, SEVERAL_BLOCKS_BPS));
}

/**
 * Its leechers are gone: seen sooner than the window shows. While some are connected, a sample or two without a
 * byte are an ebb, or what a deep cut costs.
 */
export function hasStopped(usage: Usage, limitBps: number, leechersConnected: number): boolean {
  if (leechersConnected > 0) return false;
  if (usage.shortBps < STOPPED_BELOW * usage.rateBps) return true;
  return usage.latestBps === 0 && limitBps >= SHOWS_STOPPING_FROM_BPS;
}
