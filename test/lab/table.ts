/** The measures of a run as text. Pure. */
import { MIB } from '../../src/control/units.ts';
import type { TrackerMeasure } from './measures.ts';
import type { Trace } from './trace.ts';

const HEADINGS = [
  'tracker',
  'use',
  'mean/cap',
  'worst 10 s',
  'p95 10 s',
  'worst 5 s',
  'start 10 s',
  'settle s',
  'late-comers s',
] as const;

/** One line a tracker, columns aligned. Times are `median/longest (how many)`. */
export function measureTable(measures: readonly TrackerMeasure[]): string {
  const lines = [HEADINGS, ...measures.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}

/** What the run cost: `31 calls/min, 4.0 writes/min; service: RSS 55 MiB (peak 61), CPU 1.2 %`. */
export function costLine(trace: Pick<Trace, 'calls' | 'writes' | 'seconds' | 'service'>): string {
  const perMinute = (count: number): string => ((count / trace.seconds) * 60).toFixed(1);
  const requests = `${perMinute(trace.calls)} calls/min, ${perMinute(trace.writes)} writes/min`;
  if (trace.service === null) return requests;
  const { peakRssBytes, endRssBytes, cpu } = trace.service;
  return (
    `${requests}; service: RSS ${(endRssBytes / MIB).toFixed(0)} MiB ` +
    `(peak ${(peakRssBytes / MIB).toFixed(0)}), CPU ${(cpu * 100).toFixed(1)} %`
  );
}

/** Of one core each: whether the machine had time for the run. */
export function busyLine(busy: Trace['busy']): string {
  const parts = Object.entries(busy).map(([name, part]) => `${name} ${(part * 100).toFixed(0)} %`);
  return `CPU of the whole: ${parts.join(', ')}`;
}

function cells(row: TrackerMeasure): readonly string[] {
  const ratios = [row.use, row.mean, row.worst10, row.p95, row.worst5, row.start10];
  return [
    row.id,
    ...ratios.map((ratio) => ratio?.toFixed(3) ?? '-'),
    medianAndLongest(row.settle),
    medianAndLongest(row.late),
  ];
}

/** @param times -1: never, which is longer than any */
function medianAndLongest(times: readonly number[]): string {
  if (times.length === 0) return '-';
  const sorted = times.map((time) => (time < 0 ? Number.POSITIVE_INFINITY : time)).sort((a, b) => a - b);
  const median = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
  const longest = sorted.at(-1) ?? 0;
  const text = (time: number): string => (Number.isFinite(time) ? time.toFixed(0) : 'never');
  return `${text(median)}/${text(longest)} (${times.length})`;
}
