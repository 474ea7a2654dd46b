/**
 * `npm run bench:control`: every lab program under every strategy, on the simulator and a simulated clock.
 * The numbers are deterministic; the column of milliseconds is this machine's.
 */
import { parseArgs } from 'node:util';
import { MEASURED_FROM_SECOND, measure } from '../lab/measures.ts';
import type { Program, Strategy } from '../lab/program.ts';
import { PROGRAMS } from '../lab/programs/index.ts';
import { runSimulated } from '../lab/simulated-run.ts';

const STRATEGIES: readonly Strategy[] = ['equal', 'weighted', 'soft'];
const HEADINGS = [
  'program',
  'tracker',
  'use',
  'mean',
  'worst10',
  'p95',
  'worst5',
  'start10',
  'settle',
  'late',
  'writes/min',
  'ms',
];

const { values } = parseArgs({
  options: {
    program: { type: 'string' },
    strategy: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});

function rowsOf(program: Program, strategy: Strategy): string[][] {
  const began = performance.now();
  const { truth, writesAt } = runSimulated(program, { strategy, seed: Number(values.seed) });
  const ms = performance.now() - began;
  const from = MEASURED_FROM_SECOND;
  const perMinute = (writesAt.filter((at) => at >= from).length / (program.seconds - from)) * 60;
  return measure({ ...program, strategy }, truth).map((row, index) => [
    index === 0 ? program.name : '',
    row.id,
    ...[row.use, row.mean, row.worst10, row.p95, row.worst5, row.start10].map(ratio),
    seconds(row.settle),
    seconds(row.late),
    index === 0 ? perMinute.toFixed(0) : '',
    index === 0 ? ms.toFixed(0) : '',
  ]);
}

function ratio(value: number | null): string {
  return value === null ? '-' : value.toFixed(2);
}

/** Median and longest; "never" where one never came. */
function seconds(times: readonly number[]): string {
  if (times.length === 0) return '-';
  const sorted = times.map((time) => (time < 0 ? Number.POSITIVE_INFINITY : time)).sort((a, b) => a - b);
  const shown = (time = 0): string => (Number.isFinite(time) ? String(time) : 'never');
  return `${shown(sorted[Math.floor(sorted.length / 2)])}/${shown(sorted.at(-1))}`;
}

function print(lines: readonly (readonly string[])[]): void {
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const line of lines)
    console.log(
      line.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    );
}

for (const strategy of STRATEGIES.filter((name) => (values.strategy ?? name) === name)) {
  console.log(`\n${strategy}`);
  const programs = PROGRAMS.filter(({ name }) => (values.program ?? name) === name);
  print([HEADINGS, ...programs.flatMap((program) => rowsOf(program, strategy))]);
}
