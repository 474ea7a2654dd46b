/*
 * A client's limits hold over minutes, not at every moment: what a torrent saves up below its limit, as after
 * a raise that it fills slowly, lets it stand above the limit for seconds later. Quick feedback would chase
 * that. So the sum is steered a little under the cap, and what is left of the error, the client's own bias
 * and what the comings and goings of torrents cost, is corrected over about a minute: an integral term. Only
 * what 10 s are over the cap is taken off at once: a proportional one.
 */

/** The mean to steer for: under the cap by about half of what any 10 s are off it. */
const AIM = 0.97;
/** How far the aim may be moved, and which part of an error is taken up per cycle. */
const LIFT_FROM = -0.06;
const LIFT_TO = 0.03;
const LIFT_GAIN = 0.05;
/** A larger error is a change that hasn't taken effect yet. */
const TRANSIENT = 0.15;
/** Part of the way to the moved aim that the factor goes in a cycle. */
const STEADY_GAIN = 0.12;
/** What the last 10 s were over the cap comes off the next, up to this part of it. */
const OVER_MOST = 0.1;

export interface Trim {
  /** The factor on what is granted, 0.81..1. A new tracker begins with 1. */
  readonly factor: number;
  /** The factor without what the last seconds were over. */
  readonly steady: number;
  /** What feedback adds to the aim. */
  readonly lift: number;
}

export const UNTRIMMED: Trim = { factor: 1, steady: 1, lift: 0 };

/**
 * For the cycle to come.
 * @param meanBps the tracker's 10 s mean; null while unknown
 * @param grantedBps the cap, with what is borrowed and lent
 * @param saturated its torrents want more than that: otherwise what isn't used is no error
 */
export function nextTrim(before: Trim, meanBps: number | null, grantedBps: number, saturated: boolean): Trim {
  const lift = nextLift(before.lift, meanBps, grantedBps, saturated);
  const steady = before.steady + STEADY_GAIN * (AIM + lift - before.steady);
  const over = meanBps === null || grantedBps <= 0 ? 0 : Math.max(0, meanBps / grantedBps - 1);
  return { lift, steady, factor: steady - Math.min(OVER_MOST, over) };
}

function nextLift(lift: number, meanBps: number | null, grantedBps: number, saturated: boolean): number {
  if (meanBps === null || grantedBps <= 0) return lift;
  const error = AIM - meanBps / grantedBps;
  if (Math.abs(error) > TRANSIENT || (error > 0 && !saturated)) return lift;
  return Math.min(LIFT_TO, Math.max(LIFT_FROM, lift + LIFT_GAIN * error));
}
