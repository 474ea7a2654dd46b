/** The table that a run prints: what each tracker's leechers got, against its cap. */
import type { RateSummary } from './rate-windows.ts';

export interface TableRow extends RateSummary {
  readonly tracker: string;
  /** B/s; -1: unlimited. */
  readonly capBps: number;
}

const HEADINGS = ['tracker', 'cap KiB/s', 'got KiB/s', 'use', 'worst 10 s / cap', 'p95 10 s / cap'];

/** One line a tracker, columns aligned. */
export function capsTable(rows: readonly TableRow[]): string {
  const lines = [HEADINGS, ...rows.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) => line.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '))
    .join('\n');
}

function cells(row: TableRow): string[] {
  const ofCap = (bps: number): string => (row.capBps < 0 ? '-' : (bps / row.capBps).toFixed(2));
  return [
    row.tracker,
    row.capBps < 0 ? 'unlimited' : (row.capBps / 1024).toFixed(0),
    (row.meanBps / 1024).toFixed(0),
    ofCap(row.meanBps),
    ofCap(row.worstWindowBps),
    ofCap(row.p95WindowBps),
  ];
}
