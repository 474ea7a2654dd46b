import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BenchResults, ScaleRow } from './results.ts';

/** Pages that show figures of the bench, from the project's folder. */
export const BENCH_PAGES = ['README.md', 'docs/performance.md'] as const;

/** Names of the figures' files, and of the markers around their tables. */
const NAMES = ['simulator', 'long', 'real'] as const;
export type Figures = Readonly<Record<(typeof NAMES)[number], BenchResults>>;

const COLUMNS: readonly (readonly [head: string, cell: (row: ScaleRow) => string])[] = [
  [
    'torrents',
    ({ torrents, announceUrls }) =>
      torrents.toLocaleString('en') +
      (announceUrls === undefined ? '' : `, ${announceUrls} announce URLs on each`),
  ],
  [
    'managed + standby',
    ({ managed, standby }) =>
      managed.toLocaleString('en') + (standby === undefined ? '' : ` + ${standby.toLocaleString('en')}`),
  ],
  [
    'RSS (without files), peak',
    ({ rssSteadyMib, anonymousSteadyMib, rssPeakMib }) =>
      `${rssSteadyMib.toFixed(0)} (${anonymousSteadyMib.toFixed(0)}), ${rssPeakMib.toFixed(0)} MiB`,
  ],
  ['CPU of a core', ({ cpuPercent }) => `${cpuPercent.toFixed(1)} %`],
  ['own time a cycle, p50, p95', ({ ownP50Ms, ownP95Ms }) => `${shown(ownP50Ms)}, ${shown(ownP95Ms)} ms`],
  ['loop blocked at most', ({ blockedSteadyMs }) => `${blockedSteadyMs.toFixed(0)} ms`],
  ['writes a cycle, p95', ({ writesP95 }) => shown(writesP95)],
  ['read a cycle', ({ readKibP50 }) => `${shown(readKibP50)} KiB`],
  ['first limits after', ({ firstLimitsMs }) => `${(firstLimitsMs / 1000).toFixed(1)} s`],
  [
    'webhook p50, p99 at 200/s',
    ({ webhookP50Ms, webhookP99Ms }) =>
      webhookP50Ms === null ? 'not measured' : `${webhookP50Ms.toFixed(1)}, ${webhookP99Ms?.toFixed(1)} ms`,
  ],
];

/** '?' when no cycle ended while it was measured. */
function shown(value: number | null): string {
  return value === null ? '?' : value.toFixed(0);
}

/** In Markdown, a row a size, under the machine that it was measured on. */
export function scaleTable({ machine, seconds, bareWebhook, rows }: BenchResults): string {
  const against = [...new Set(rows.map((row) => row.against))].join(' and ');
  const busy = rows.map(({ machineBusyPercent }) => machineBusyPercent);
  const note = rows.some(({ ownP50Ms }) => ownP50Ms === null) ? '; ? where no cycle ended in that time' : '';
  const lines = [
    `Against ${against}, ${seconds} s each, on ${machine.cores} cores of ${machine.cpu}, Node ${machine.node}; ` +
      `the machine was ${Math.min(...busy)} to ${Math.max(...busy)} % busy${note}.${bareNote(bareWebhook)}`,
    '',
    `| ${COLUMNS.map(([head]) => head).join(' | ')} |`,
    `|${COLUMNS.map(() => '---').join('|')}|`,
    ...rows.map((row) => `| ${COLUMNS.map(([, cell]) => cell(row)).join(' | ')} |`),
  ];
  return lines.join('\n');
}

function bareNote(bare: BenchResults['bareWebhook']): string {
  if (bare === null) return '';
  const times = `${bare.p50Ms.toFixed(1)} ms (p50) and ${bare.p99Ms.toFixed(1)} ms (p99)`;
  return ` A bare HTTP server of Node answered the same webhooks within ${times}.`;
}

/** As `npm run bench -- --json` left them. */
export async function figuresFrom(folder: string): Promise<Figures> {
  const read = async (name: string): Promise<BenchResults> =>
    JSON.parse(await readFile(path.join(folder, `${name}.json`), 'utf8'));
  return { simulator: await read('simulator'), long: await read('long'), real: await read('real') };
}

/** The page with the table of the figures between each pair of markers, `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. */
export function withTables(page: string, figures: Figures): string {
  return NAMES.reduce((text, name) => {
    const between = new RegExp(`(<!-- bench:${name} -->\n)[^]*?(<!-- /bench:${name} -->)`, 'g');
    return text.replace(
      between,
      (_, begin: string, end: string) => `${begin}${scaleTable(figures[name])}\n${end}`,
    );
  }, page);
}
