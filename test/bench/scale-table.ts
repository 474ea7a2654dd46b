import type { BenchResults, ScaleRow } from './results.ts';

const COLUMNS: readonly (readonly [head: string, cell: (row: ScaleRow) => string])[] = [
  ['torrents', ({ torrents }) => torrents.toLocaleString('en')],
  ['managed', ({ managed }) => managed.toLocaleString('en')],
  ['RSS, peak', ({ rssSteadyMib, rssPeakMib }) => `${rssSteadyMib.toFixed(0)}, ${rssPeakMib.toFixed(0)} MiB`],
  ['CPU of a core', ({ cpuPercent }) => `${cpuPercent.toFixed(1)} %`],
  [
    'own time a cycle, p50, p95',
    ({ ownP50Ms, ownP95Ms }) => `${ownP50Ms.toFixed(0)}, ${ownP95Ms.toFixed(0)} ms`,
  ],
  ['loop blocked at most', ({ blockedSteadyMs }) => `${blockedSteadyMs.toFixed(0)} ms`],
  ['writes a cycle, p95', ({ writesP95 }) => String(writesP95)],
  ['read a cycle', ({ readKibP50 }) => `${readKibP50.toFixed(0)} KiB`],
  ['first limits after', ({ firstLimitsMs }) => `${(firstLimitsMs / 1000).toFixed(1)} s`],
  [
    'webhook p50, p99 at 200/s',
    ({ webhookP50Ms, webhookP99Ms }) =>
      webhookP50Ms === null ? 'not measured' : `${webhookP50Ms.toFixed(1)}, ${webhookP99Ms?.toFixed(1)} ms`,
  ],
];

/** In Markdown, a row a size, under the machine that it was measured on. */
export function scaleTable({ machine, seconds, rows }: BenchResults): string {
  const against = [...new Set(rows.map((row) => row.against))].join(' and ');
  const busy = rows.map(({ machineBusyPercent }) => machineBusyPercent);
  const lines = [
    `Against ${against}, ${seconds} s each, on ${machine.cores} cores of ${machine.cpu}, Node ${machine.node}; ` +
      `the machine was ${Math.min(...busy)} to ${Math.max(...busy)} % busy.`,
    '',
    `| ${COLUMNS.map(([head]) => head).join(' | ')} |`,
    `|${COLUMNS.map(() => '---').join('|')}|`,
    ...rows.map((row) => `| ${COLUMNS.map(([, cell]) => cell(row)).join(' | ')} |`),
  ];
  return lines.join('\n');
}
