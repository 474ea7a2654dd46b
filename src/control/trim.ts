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
/** More of an error than this at once says no more of the next minute. */
const ERROR_MOST = 0.1;
/** What is granted has changed when it moved by more than this part; the mean is of it after these ms. */
const CHANGED_BY = 0.03;
const MEAN_OVER_MS = 10_000;
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
  /** What was granted when it last changed, B/s, and when, Unix ms: a mean of before says nothing of it. */
  readonly grantedBps: number;
  readonly grantedSince: number;
}

export const UNTRIMMED: Trim = {
  factor: 1,
  steady: 1,
  lift: 0,
  grantedBps: 0,
  grantedSince: Number.NEGATIVE_INFINITY,
};

export interface TrimInput {
  readonly now: number;
  /** The tracker's 10 s mean, B/s; null while unknown. */
  readonly meanBps: number | null;
  /** The cap, with what is borrowed and lent, B/s. */
  readonly grantedBps: number;
  /** Its torrents want more than that: otherwise what isn't used is no error. */
  readonly saturated: boolean;
}

/** For the cycle to come. */
export function nextTrim(before: Trim, { now, meanBps, grantedBps, saturated }: TrimInput): Trim {
  const hasChanged = Math.abs(grantedBps - before.grantedBps) > CHANGED_BY * before.grantedBps;
  const granted = hasChanged
    ? { grantedBps, grantedSince: before.grantedBps === 0 ? before.grantedSince : now }
    : { grantedBps: before.grantedBps, grantedSince: before.grantedSince };
  const isKnown = meanBps !== null && grantedBps > 0 && now - granted.grantedSince >= MEAN_OVER_MS;
  const part = isKnown ? meanBps / grantedBps : 0;
  const error = isKnown ? AIM - part : 0;
  // What isn't used is an error only while torrents want it, and no bias when it is much: they are filling it yet.
  const counts = error < 0 || (saturated && error <= ERROR_MOST);
  const lift = counts ? before.lift + LIFT_GAIN * Math.max(-ERROR_MOST, error) : before.lift;
  const steady = before.steady + STEADY_GAIN * (AIM + before.lift - before.steady);
  const over = Math.min(OVER_MOST, Math.max(0, part - 1));
  return { ...granted, lift: clamp(lift, LIFT_FROM, LIFT_TO), steady, factor: steady - over };
}

function clamp(value: number, from: number, to: number): number {
  return Math.min(to, Math.max(from, value));
}
