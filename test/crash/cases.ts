/** Which cases there are: from what one undisturbed run crosses. Pure. */
import { randomFrom } from '../../src/simulator/random.ts';
import type { CrashCase } from './crash-case.ts';
import type { Target } from './plan.ts';

/** Steps at which something is not fsynced yet, or was sent trusting that it is. */
const POWER_MATTERS = /(append done|rewrite renamed|UploadLimit: answered|confirm ended)$/;

/** Places without which this would not be the matrix: should a tap come loose, they are missed. */
export const MUST_HAVE: readonly string[] = [
  ...['opening', 'compaction'].flatMap((place) =>
    ['rewrite begins', 'rewrite half done', 'rewrite done, not renamed', 'rewrite renamed', 'fsync done'].map(
      (moment) => `${place}, journal: ${moment}`,
    ),
  ),
  ...['enforcing', 'rollback'].flatMap((place) => [
    ...['append begins', 'append half done', 'append done', 'append done (power cut)', 'fsync done'].map(
      (moment) => `${place}, journal: ${moment}`,
    ),
    ...['call begins', 'call received, not passed on', 'call done, not answered', 'answered'].map(
      (moment) => `${place}, API write: ${moment}`,
    ),
  ]),
  'enforcing, confirm begins',
  'enforcing, confirm ended',
];

/** Every boundary, the first and the last time that it is crossed; and some of them with the power cut, too. */
export function allCases(crossed: readonly string[]): CrashCase[] {
  const counts = new Map<string, number>();
  for (const boundary of crossed) counts.set(boundary, (counts.get(boundary) ?? 0) + 1);
  const targets: Target[] = [];
  for (const [boundary, count] of counts) {
    for (const occurrence of new Set([1, count])) targets.push({ boundary, occurrence, powerCut: false });
    if (POWER_MATTERS.test(boundary)) targets.push({ boundary, occurrence: count, powerCut: true });
  }
  return targets.map((target, n) => ({
    target,
    recovery: n % 2 === 0 ? 'recover' : 'command line',
    again: null,
  }));
}

/** So many of the cases, in a random order that the seed decides. */
export function sampleOf(cases: readonly CrashCase[], count: number, seed: number): CrashCase[] {
  const random = randomFrom(seed, 'sample');
  const left = [...cases];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const [taken] = left.splice(Math.floor(random() * left.length), 1);
    if (taken === undefined) throw new Error('the sample is larger than the cases');
    return taken;
  });
}

/** The same, and then killed again at a random boundary while it recovers. */
export function killedAgain(cases: readonly CrashCase[], seed: number): CrashCase[] {
  const random = randomFrom(seed, 'again');
  return cases.map((one) => ({
    ...one,
    recovery: 'recover',
    again: { boundary: null, occurrence: 1 + Math.floor(random() * 45), powerCut: random() < 0.5 },
  }));
}

/** Where in the life of the service: what a row of the table is about. */
export function placeOf({ target, again }: CrashCase): string {
  if (again !== null) return 'any, and again while it recovers';
  const [phase = '', step = ''] = (target.boundary ?? '').split(' | ');
  const place =
    phase === 'rollback' || phase === 'compaction' ? phase : phase === 'start' ? 'opening' : 'enforcing';
  const moment = step
    .replace(/^(setUploadLimit|restoreUploadLimit): /, 'API write: ')
    .replace(/^mainData: /, 'API read: ')
    .replace(/^\w+: (?=append|fsync|rewrite)/, 'journal: ');
  return `${place}, ${moment}${target.powerCut ? ' (power cut)' : ''}`;
}
