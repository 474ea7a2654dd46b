import { Lasting } from './lasting.ts';
import { sum } from './sum.ts';

/** Cycles that end up to so many times `control_interval` apart are on time. */
export const PACE_TOLERANCE = 1.5;
const MINUTE_MS = 60_000;
/** With a long `control_interval` a minute has too few cycles: so many are looked back on at least. */
const LEAST_CYCLES = 3;

/**
 * What the time of a cycle goes to: the client's answer to the read, the client's answers to calls that set limits, the
 * turn of those calls in the queue and the journal before them, and Qguardarr's own work.
 */
export type CyclePart = 'reading' | 'writing' | 'waiting' | 'planning';

/** How long each part of a cycle took, ms. */
export type CycleTimes = Readonly<Record<CyclePart, number>>;

export interface CycleEnd {
  /** Monotonic ms. */
  readonly at: number;
  /** Unix ms. */
  readonly now: number;
  /** Configured, ms. */
  readonly intervalMs: number;
  /** Null: of a cycle that failed. */
  readonly times: CycleTimes | null;
}

export interface PaceFigures {
  /** Mean time between the ends of cycles over the last minute, ms; null before the second. */
  readonly meanIntervalMs: number | null;
  /** Mean of each part over the cycles of the last minute, ms; null without any. */
  readonly meanTimes: CycleTimes | null;
  /** Since when cycles have been late, Unix ms; null unless they have been for a minute. */
  readonly slowSince: number | null;
}

interface Gap {
  readonly at: number;
  readonly lastedMs: number;
  readonly times: CycleTimes | null;
}

/** Do cycles end as often as `control_interval` asks for? One that takes long is no fault, a minute of them is. */
export class PaceWatch {
  #gaps: Gap[] = [];
  #lasting = new Lasting();
  #endedAt: number | null = null;
  #intervalMs = 0;

  note({ at, now, intervalMs, times }: CycleEnd): void {
    if (intervalMs !== this.#intervalMs) this.reset();
    this.#intervalMs = intervalMs;
    const lastedMs = this.#endedAt === null ? 0 : at - this.#endedAt;
    if (this.#endedAt !== null) this.#gaps.push({ at, lastedMs, times });
    this.#endedAt = at;
    const reachMs = Math.max(MINUTE_MS, LEAST_CYCLES * intervalMs);
    this.#gaps = this.#gaps.filter((gap) => gap.at > at - reachMs);
    const isLate = (ms: number) => ms > PACE_TOLERANCE * intervalMs;
    const sign = isLate(lastedMs) ? 'yes' : isLate(this.#meanIntervalMs() ?? 0) ? 'partly' : 'no';
    this.#lasting.note(sign, at, now);
  }

  get figures(): PaceFigures {
    const times = this.#gaps.flatMap((gap) => gap.times ?? []);
    const mean = (part: CyclePart) => sum(times, (each) => each[part]) / times.length;
    return {
      meanIntervalMs: this.#meanIntervalMs(),
      meanTimes:
        times.length === 0
          ? null
          : {
              reading: mean('reading'),
              writing: mean('writing'),
              waiting: mean('waiting'),
              planning: mean('planning'),
            },
      slowSince: this.#lasting.since,
    };
  }

  /** Begins again: cycles may not have run meanwhile. */
  reset(): void {
    this.#gaps = [];
    this.#lasting = new Lasting();
    this.#endedAt = null;
  }

  #meanIntervalMs(): number | null {
    return this.#gaps.length === 0 ? null : sum(this.#gaps, ({ lastedMs }) => lastedMs) / this.#gaps.length;
  }
}
