/**
 * `npm run bench:control [-- --program NAME] [--strategy S] [--seeds N]`: every lab program under every
 * strategy, on the simulator and a simulated clock. Each row is the worst of several swarms, which differ in
 * their seed, in when cycles begin, and in whether the sync data shows a limit at once. Deterministic, but for
 * the milliseconds.
 */
import { parseArgs } from 'node:util';
import type { Strategy } from '../../src/control/types.ts';
import { measure, type TrackerMeasure } from '../lab/measures.ts';
import { type Program, STRATEGIES } from '../lab/program.ts';
import { PROGRAMS } from '../lab/programs/index.ts';
import { runSimulated } from '../lab/simulated-run.ts';
import { costLine, measureTable } from '../lab/table.ts';

const { values } = parseArgs({
  options: {
    program: { type: 'string' },
    strategy: { type: 'string' },
    seeds: { type: 'string', default: '5' },
  },
});

function show(program: Program, strategy: Strategy): void {
  const runs = Array.from({ length: Number(values.seeds) }, (_, index) => {
    const began = performance.now();
    const { trace } = runSimulated(
      { ...program, strategy },
      {
        seed: index + 1,
        pollOffsetMs: (index * 300) % 1_500,
        limitsShown: index % 2 === 0 ? 'at-once' : 'refresh',
      },
    );
    return { trace, ms: performance.now() - began, rows: measure({ ...program, strategy }, trace) };
  });
  const [first] = runs;
  if (first === undefined) return;
  const worst = first.rows.map((row, index) => worstOf(runs.map(({ rows }) => rows[index] ?? row)));
  const writes = Math.max(...runs.map(({ trace }) => trace.writes));
  const ms = Math.round(runs.reduce((sum, run) => sum + run.ms, 0) / runs.length);
  console.log(`\n${program.name}, ${strategy}: ${program.seconds} s in ${ms} ms`);
  console.log(measureTable(worst));
  console.log(costLine({ ...first.trace, writes }));
}

/** The same tracker in several runs. */
function worstOf(rows: readonly TrackerMeasure[]): TrackerMeasure {
  const most = (value: (row: TrackerMeasure) => number | null): number | null =>
    rows.reduce<number | null>((worst, row) => {
      const next = value(row);
      return next === null || (worst !== null && worst >= next) ? worst : next;
    }, null);
  return {
    id: rows[0]?.id ?? '',
    use: Math.min(...rows.map(({ use }) => use)),
    mean: most(({ mean }) => mean),
    worst10: most(({ worst10 }) => worst10),
    p95: most(({ p95 }) => p95),
    worst5: most(({ worst5 }) => worst5),
    start10: most(({ start10 }) => start10),
    settle: rows.flatMap(({ settle }) => settle),
    late: rows.flatMap(({ late }) => late),
  };
}

for (const strategy of STRATEGIES.filter((name) => (values.strategy ?? name) === name))
  for (const program of PROGRAMS.filter(({ name }) => (values.program ?? name) === name))
    show(program, strategy);
