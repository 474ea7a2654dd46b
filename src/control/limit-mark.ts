import { MAX_LIMIT_BPS, MIN_LIMIT_BPS, UNLIMITED } from './units.ts';

/*
 * Every limit that Qguardarr writes leaves the same remainder, so that it is recognised in qBittorrent even where no
 * journal knows of it: after a client crash, beside a lost journal, or when another Qguardarr wrote it. People and
 * other tools set round limits (multiples of 1024 or of 10), and these are even; the remainder is odd. It costs at
 * most 15 B/s of a limit.
 *
 * A value with the mark is a strong sign, not a proof: one in sixteen arbitrary values has it. So one torrent is never
 * changed for its mark alone unless the journal knows it.
 */
const MODULUS = 16;
const REMAINDER = 11;

/**
 * A limit of Qguardarr's as it is written: the highest one with the mark that is no higher than `limitBps`, but at
 * least the lowest one that can be written.
 * @param limitBps B/s, or UNLIMITED. Returns an integer in 1035..2147483646, or 0 for UNLIMITED.
 */
export function limitToWire(limitBps: number): number {
  if (limitBps === UNLIMITED) return 0;
  const bounded = Math.min(MAX_LIMIT_BPS, Math.max(MIN_LIMIT_BPS, limitBps));
  const marked = Math.floor((bounded - REMAINDER) / MODULUS) * MODULUS + REMAINDER;
  return marked < MIN_LIMIT_BPS ? marked + MODULUS : marked;
}

/** Whether Qguardarr may have written this limit. @param wire B/s as qBittorrent reports it, 0 for none */
export function hasMark(wire: number): boolean {
  return wire >= MIN_LIMIT_BPS && wire % MODULUS === REMAINDER;
}
