import { MIN_LIMIT_BPS } from './units.ts';

/** One idle torrent may start with this part of its tracker's cap… */
const GUARD_EACH = 0.04;
/** …and all idle ones together with this part, so that a crowd waking at once costs no more. */
export const GUARD_ALL = 0.15;

/** The guard limit of each of `idle` idle torrents under a cap, B/s, never under 1024. */
export function guardLimit(capBps: number, idle: number): number {
  return Math.max(MIN_LIMIT_BPS, Math.min(GUARD_EACH * capBps, (GUARD_ALL * capBps) / Math.max(1, idle)));
}

/** So much of what is free idle ones take: each may bank 3 s of its limit, so 10 s of it bring 13 s' worth. */
const FREE_PART = 0.75;
/** Neighbouring guards of the grid stand apart by this factor: what is free need not be followed closely. */
const GRID = 2;

export interface IdleGuard {
  /** To set, B/s. */
  readonly limitBps: number;
  /** An idle torrent may stand no higher, B/s. */
  readonly mostBps: number;
}

/**
 * The guard of each of `idle` idle torrents while part of the cap is free: one that wakes there need not be noticed
 * first. Should all of them wake at once, they stay within what is free.
 * @param freeBps of the cap, by what is used, B/s
 */
export function idleGuardOf(capBps: number, guardBps: number, freeBps: number, idle: number): IdleGuard {
  const partBps = freeBps / Math.max(1, idle);
  const limitBps = GRID ** Math.floor(Math.log2(FREE_PART * Math.max(1, partBps)));
  return {
    limitBps: limitBps < GRID * guardBps ? guardBps : limitBps,
    mostBps: Math.max(guardLimit(capBps, 1), partBps),
  };
}
