/** Which cases there are: from what one undisturbed run crosses. Pure. */
import { randomFrom } from '../../src/simulator/random.ts';
import type { CrashCase } from './crash-case.ts';
import type { Disturbance } from './disturbances/disturbance.ts';
import type { DisturbedCase } from './disturbed-case.ts';
import { JOURNALS, type JournalCase } from './journal-case.ts';
import type { Target } from './plan.ts';
import type { Version } from './simulated-world.ts';

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

/** Steps within the process alone: a kill there is one at the boundary of the disk or the client before it. */
const WITHIN_THE_PROCESS = / \| cycle: /;

/** Every boundary, the first and the last time that it is crossed; and some of them with the power cut, too. */
export function allCases(crossed: readonly string[]): CrashCase[] {
  const outside = crossed.filter((boundary) => !WITHIN_THE_PROCESS.test(boundary));
  const targets = firstAndLast(outside).flatMap(({ boundary, occurrence }, index, all): Target[] => {
    const isLast = all[index + 1]?.boundary !== boundary;
    const killed = { boundary, occurrence, powerCut: false };
    return isLast && POWER_MATTERS.test(boundary) ? [killed, { ...killed, powerCut: true }] : [killed];
  });
  return targets.map((target, n) => ({
    target,
    recovery: n % 2 === 0 ? 'recover' : 'command line',
    again: null,
  }));
}

/** Boundaries in the midst of a write exist only for a process that dies there. */
const WITHIN_A_WRITE = /half done$|not renamed$/;

/** The boundaries that one undisturbed run crosses: with a version of the client, in a dry run or not. */
export interface Census {
  readonly version: Version;
  readonly isDry: boolean;
  readonly crossed: readonly string[];
}

/** A disturbance at every boundary, the first and the last time that it is crossed. */
export function disturbedCases(
  disturbance: Disturbance,
  censuses: readonly Census[],
  seed: number,
): DisturbedCase[] {
  const { startsDry = false, notIn = [], version } = disturbance;
  return censuses
    .filter((census) => census.isDry === startsDry && (version ?? census.version) === census.version)
    .flatMap((census) => firstAndLast(census.crossed).map((target) => ({ target, version: census.version })))
    .filter(
      ({ target: { boundary } }) => !WITHIN_A_WRITE.test(boundary) && !notIn.includes(phaseOf(boundary)),
    )
    .map(({ target, version }, n) => ({
      disturbance,
      version,
      target: { ...target, powerCut: false },
      recovery: n % 4 === 3 && disturbance.bySelf === true ? 'command line' : 'recover',
      seed: seed + n,
    }));
}

/** Each at every boundary at which the service can be killed. */
export function journalCases(crossed: readonly string[], seed: number): JournalCase[] {
  const random = randomFrom(seed, 'journals');
  const targets = firstAndLast(crossed.filter((boundary) => !WITHIN_THE_PROCESS.test(boundary)));
  return JOURNALS.flatMap((beside) =>
    targets.map(({ boundary, occurrence }, n) => ({
      beside,
      version: n % 2 === 0 ? '5.1.0' : '5.3.0',
      target: { boundary, occurrence, powerCut: false },
      copyAt: 1 + Math.floor(random() * crossed.indexOf(boundary)),
      seed: seed + n,
    })),
  );
}

function firstAndLast(crossed: readonly string[]): { boundary: string; occurrence: number }[] {
  const counts = new Map<string, number>();
  for (const boundary of crossed) counts.set(boundary, (counts.get(boundary) ?? 0) + 1);
  return [...counts].flatMap(([boundary, count]) =>
    [...new Set([1, count])].map((occurrence) => ({ boundary, occurrence })),
  );
}

function phaseOf(boundary: string): string {
  return boundary.split(' | ')[0] ?? '';
}

/** So many of the cases, in a random order that the seed decides. */
export function sampleOf<T>(cases: readonly T[], count: number, seed: number): T[] {
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
