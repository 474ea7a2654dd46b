import { MAX_LIMIT_BPS, MIN_LIMIT_BPS, UNLIMITED } from './units.ts';

/*
 * Every limit that Qguardarr writes ends in the same bits, so that it is recognised in qBittorrent even where no journal
 * knows of it: after a client crash, beside a lost journal, or when another Qguardarr wrote it. People and other tools
 * set round limits (multiples of 1024 or of 10), and these are even; the bits are those of an odd number. Larger limits
 * have more of these bits, up to twelve. They cost at most 0.2 % of a limit, and at most 15 B/s of a small one.
 *
 * A value with the mark is a strong sign, not a proof: one arbitrary value in 128 has it at 100 kB/s, one in 1024 at
 * 1 MB/s. So a torrent's limit is never changed for its mark alone.
 */
const BITS = 0b101010101011;
const LEAST_MODULUS = 16;
const GREATEST_MODULUS = 4096;
/** The modulus is at most this part of a limit. */
const PARTS = 512;

/** A power of two, so that a limit with the mark has it for every smaller modulus, too. */
function modulusAt(limitBps: number): number {
  const octave = 2 ** Math.floor(Math.log2(limitBps));
  return Math.min(GREATEST_MODULUS, Math.max(LEAST_MODULUS, octave / PARTS));
}

/**
 * A limit of Qguardarr's as it is written: the highest one with the mark that is no higher than `limitBps`, but at
 * least the lowest one that can be written.
 * @param limitBps B/s, or UNLIMITED. Returns an integer in 1035..2147483646, or 0 for UNLIMITED.
 */
export function limitToWire(limitBps: number): number {
  if (limitBps === UNLIMITED) return 0;
  const bounded = Math.min(MAX_LIMIT_BPS, Math.max(MIN_LIMIT_BPS, limitBps));
  const modulus = modulusAt(bounded);
  const remainder = BITS % modulus;
  const marked = Math.floor((bounded - remainder) / modulus) * modulus + remainder;
  return marked < MIN_LIMIT_BPS ? marked + modulus : marked;
}

/** Whether Qguardarr may have written this limit. @param wire B/s as qBittorrent reports it, 0 for none */
export function hasMark(wire: number): boolean {
  if (wire < MIN_LIMIT_BPS) return false;
  const modulus = modulusAt(wire);
  return wire % modulus === BITS % modulus;
}
