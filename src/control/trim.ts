import { LONG_WINDOW_MS } from './demand.ts';
import { sum } from './sum.ts';
import type { Target } from './targets.ts';

/*
 * A client's limits hold to some per cent only, and not at every moment: libtorrent lets a busy torrent climb
 * from 5 % below its limit to 10 % above, over half a minute, before it starts anew. Feedback on the tracker's
 * sum would chase that, and take for a bias what is only a demand that went; so what is corrected is the ratio
 * of use to limit, measured on torrents that have long pressed on theirs.
 */

/** How far from 1 feedback may move a cap. */
const TRIM_DOWN_TO = 0.9;
const TRIM_UP_TO = 1.05;
/** The mean to steer for: under the cap by about what any 10 s are off it. */
const AIM = 0.98;
/** Part of the error taken up per cycle: slower than a climb, so that it is averaged; down faster than up. */
const GAIN_UP = 0.05;
const GAIN_DOWN = 0.12;

/** The factor on the cap for the cycles to come, 0.9..1.05. What can't be measured is taken for exact. */
export function nextTrim(trim: number, targets: readonly Target[]): number {
  const pressing = targets.filter(
    ({ presses, guarded, reading }) => presses && !guarded && reading.usage.spanMs >= LONG_WINDOW_MS,
  );
  const limitsBps = sum(pressing, ({ reading }) => reading.limitBps);
  const usedBps = sum(pressing, ({ reading }) => reading.usage.longBps);
  const ratio = usedBps === 0 ? 1 : limitsBps / usedBps;
  const goal = Math.min(TRIM_UP_TO, Math.max(TRIM_DOWN_TO, AIM * ratio));
  return trim + (goal - trim) * (goal > trim ? GAIN_UP : GAIN_DOWN);
}
