import { MIN_LIMIT_BPS } from './units.ts';

/** One idle torrent may start with this part of its tracker's cap… */
const GUARD_EACH = 0.04;
/** …and all idle ones together with this part, so that a crowd waking at once costs no more. */
const GUARD_ALL = 0.15;

/** The guard limit of each of `idle` idle torrents under a cap, B/s, never under 1024. */
export function guardLimit(capBps: number, idle: number): number {
  return Math.max(MIN_LIMIT_BPS, Math.min(GUARD_EACH * capBps, (GUARD_ALL * capBps) / Math.max(1, idle)));
}
