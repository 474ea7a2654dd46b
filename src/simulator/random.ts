import { createHash } from 'node:crypto';

/** A source of numbers in 0..1 (1 excluded), the same for the same seed. */
export type Random = () => number;

/**
 * Mulberry32, seeded with text: each torrent draws from a stream of its own, so that adding one torrent
 * changes nothing about the others.
 */
export function randomFrom(...seeds: readonly (string | number)[]): Random {
  let state = createHash('sha1').update(seeds.join('\n')).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number in `low`..`high`, both included. */
export function integerBetween(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** 40 hex digits, the same for the same seed and name. */
export function infoHashFor(seed: number, name: string): string {
  return createHash('sha1').update(`${seed}\n${name}`).digest('hex');
}
