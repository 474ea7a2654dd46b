/** How far feedback may move a cap: protocol overhead and a client's bias are a few per cent, never more. */
export const TRIM_RANGE = 0.08;
/** Part of the error taken up per cycle; overshoot is corrected faster than waste. */
const GAIN_UP = 0.1;
const GAIN_DOWN = 0.15;
/** The mean to steer for, a little under the cap, as 10 s means scatter by some per cent around it. */
const AIM = 0.985;

/** An error beyond this isn't a bias of measure or client but limits that haven't taken effect yet. */
const TRANSIENT = 0.12;

/**
 * Slow integral feedback from the measured 10 s mean to the cap: returns the next factor, 0.92..1.08.
 * @param meanBps the tracker's 10 s mean, B/s; null while unknown
 * @param saturated its torrents want more than the cap; otherwise waste isn't the loop's, and trim relaxes to 1
 */
export function nextTrim(trim: number, meanBps: number | null, capBps: number, saturated: boolean): number {
  if (meanBps === null) return trim;
  const error = AIM - meanBps / capBps;
  if (Math.abs(error) > TRANSIENT) return trim;
  if (error > 0 && !saturated) return trim + (1 - trim) * GAIN_UP;
  const moved = trim + error * (error > 0 ? GAIN_UP : GAIN_DOWN);
  return Math.min(1 + TRIM_RANGE, Math.max(1 - TRIM_RANGE, moved));
}
