import { LONG_WINDOW_MS } from './demand.ts';
import { sum } from './sum.ts';
import type { Target } from './targets.ts';

/*
 * A client's limits hold over minutes, not at every moment: what a torrent saves up below its limit, as after
 * a raise that it fills slowly, lets it stand above the limit for seconds later. Feedback on the tracker's sum
 * would chase that, and take for a bias what is only a demand that went. So the sum is steered a little under
 * the cap, and what is corrected is the ratio of use to limit alone, of torrents that have long pressed on
 * theirs, and so slowly that climbs and falls average out.
 */

/** The mean to steer for: under the cap by about half of what 10 s are off it. */
const AIM = 0.975;
/** How far from 1 the ratio of limit to use may be believed to be. */
const BIAS_RANGE = 0.05;
/** Part of the error taken up per cycle: the bias over about a minute, the aim over a quarter of one. */
const BIAS_GAIN = 0.03;
const TRIM_GAIN = 0.12;

export interface Trim {
  /** The factor on what is granted, 0.92..1.02. A new tracker begins with 1. */
  readonly factor: number;
  /** Limit over use, where torrents press, 0.95..1.05. */
  readonly bias: number;
}

export const UNTRIMMED: Trim = { factor: 1, bias: 1 };

/** For the cycle to come. What can't be measured is taken for unchanged. */
export function nextTrim(before: Trim, targets: readonly Target[]): Trim {
  const pressing = targets.filter(
    ({ presses, guarded, reading }) => presses && !guarded && reading.usage.spanMs >= LONG_WINDOW_MS,
  );
  const limitsBps = sum(pressing, ({ reading }) => reading.limitBps);
  const usedBps = sum(pressing, ({ reading }) => reading.usage.longBps);
  const ratio = usedBps === 0 ? before.bias : limitsBps / usedBps;
  const believed = Math.min(1 + BIAS_RANGE, Math.max(1 - BIAS_RANGE, ratio));
  const bias = before.bias + BIAS_GAIN * (believed - before.bias);
  return { bias, factor: before.factor + TRIM_GAIN * (AIM * bias - before.factor) };
}
