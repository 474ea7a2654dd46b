import type { Random } from './random.ts';

/** How far above and below its rate a leecher that limits itself asks. */
const AMPLITUDE = 0.85;
const SHORTEST_MS = 2_800;
const LONGEST_MS = 5_200;

/**
 * A leecher that limits itself asks in swells: much for a second or two, then next to nothing. The torrents of
 * one leecher are in step. No two swells last alike, so that no window of a few seconds averages them out.
 */
export class Swell {
  readonly #random: Random;
  #beganMs: number;
  #endsMs: number;

  constructor(random: Random, nowMs: number) {
    this.#random = random;
    this.#beganMs = nowMs;
    this.#endsMs = nowMs + this.#nextLength();
  }

  /** What is asked for at this moment, as a factor on the rate: 1 on average. @param nowMs never falling */
  factorAt(nowMs: number): number {
    while (nowMs >= this.#endsMs) {
      this.#beganMs = this.#endsMs;
      this.#endsMs += this.#nextLength();
    }
    const part = (nowMs - this.#beganMs) / (this.#endsMs - this.#beganMs);
    return 1 + AMPLITUDE * Math.cos(2 * Math.PI * part);
  }

  #nextLength(): number {
    return SHORTEST_MS + (LONGEST_MS - SHORTEST_MS) * this.#random();
  }
}
