import type { Victim } from './victim.ts';

/** What came of an attack. */
export interface Verdict {
  /** What the service answered or did, in a few words. */
  readonly answer: string;
  /** What the attack achieved; empty when it was held off. */
  readonly damage: readonly string[];
}

export type Need = 'browser' | 'caddy' | 'nginx' | 'an address that is not loopback';

export interface Attack {
  readonly name: string;
  /** What else it takes: left out where that is missing. */
  readonly needs?: Need;
  run(victim: Victim): Promise<Verdict>;
}

/** Gathers what an attack achieved, one line each. */
export class Damage {
  readonly lines: string[] = [];

  /** Notes the line unless `held`. */
  expect(held: boolean, line: string): void {
    if (!held) this.lines.push(line);
  }

  verdict(answer: string): Verdict {
    return { answer, damage: this.lines };
  }
}
