/** The window that a cap is promised over. */
const WINDOW_S = 10;
/** A cut shows in the rates after about so long. */
const CUT_SHOWS_S = 3;
/** The mean that credit may lead to: a little over what is steered for, within the 5 % for measurement. */
const MEAN_UP_TO = 1.02;
const CREDIT_MAX = 0.12;

/**
 * How far raises may run ahead of the cuts that make room for them, B/s: as much as the 10 s mean can bear for
 * the seconds until a cut shows. A late-comer need not wait for the others then.
 * @param meanBps of the last 10 s; null while unknown
 */
export function creditBps(capBps: number, meanBps: number | null): number {
  if (meanBps === null || capBps <= 0) return 0;
  const left = (MEAN_UP_TO - meanBps / capBps) * (WINDOW_S / CUT_SHOWS_S);
  return capBps * Math.min(CREDIT_MAX, Math.max(0, left));
}
