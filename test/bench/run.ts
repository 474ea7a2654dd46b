/**
 * The service as built, in a process of its own, beside a simulated qBittorrent in another: `npm run bench -- --help`.
 * Figures of one run on one machine: compare them with those of the same run only.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { thisMachine } from './machine.ts';
import { measure } from './measure.ts';
import { howItIsStarted } from './node-flags.ts';
import { realTarget } from './real-target.ts';
import type { BenchResults, ScaleRow } from './results.ts';
import { scaleTable } from './scale-table.ts';
import { simulatedTarget } from './targets.ts';
import { bareFlow, type LoadRow } from './webhook-load.ts';

const HELP = `Usage: npm run bench -- [--torrents LIST] [--seconds N] [--webhook-seconds N] [--floods] [--real]
                         [--announce-urls N] [--bundle FILE] [--flags="..."] [--json FILE]

A tenth of the torrents is active, on ten capped trackers, and a ten-thousandth of them is replaced every 2 s.

  --torrents         default: 1000,3000,10000,30000,100000; with --real: 30000
  --seconds          of the steady time of each size, and as long again, up to 300, with its loop watched; default: 60
  --webhook-seconds  of webhooks, 200 a second and then as many as possible; default: 15, 0 for none
  --announce-urls    so many are on every torrent, and ten of its own; default: 0, and one of its own. Torrents are then
                     replaced every 30 s: the client sends the lists of all of them again
  --floods           1000 webhooks at once, and malformed and huge ones, too
  --real             beside a real qbittorrent-nox with sparse torrents without leechers: the one on the PATH, or
                     that in QBITTORRENT_ROOT with QBITTORRENT_SHARED (see test/support/real-swarm)
  --bundle           default: dist/main.js
  --flags            of node; default: what the start script gives
  --json             where to write the figures
`;

const { values } = parseArgs({
  options: {
    torrents: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    'webhook-seconds': { type: 'string', default: '15' },
    'announce-urls': { type: 'string', default: '0' },
    floods: { type: 'boolean', default: false },
    real: { type: 'boolean', default: false },
    bundle: { type: 'string', default: 'dist/main.js' },
    flags: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function run(): Promise<void> {
  const sizes = (values.torrents ?? (values.real ? '30000' : '1000,3000,10000,30000,100000'))
    .split(',')
    .map(Number);
  const seconds = Number(values.seconds);
  const announceUrls = Number(values['announce-urls']);
  const started = await howItIsStarted();
  const flags = values.flags?.split(' ').filter((flag) => flag !== '') ?? started.flags;
  const rows: ScaleRow[] = [];
  const webhooks: LoadRow[] = [];
  const webhookSeconds = Number(values['webhook-seconds']);
  const bareWebhook = webhookSeconds === 0 ? null : await bareFlow(webhookSeconds);
  for (const torrents of sizes) {
    const target = await (values.real ? realTarget(torrents) : simulatedTarget(torrents, announceUrls));
    try {
      const { row, floods } = await measure({
        target,
        bundle: values.bundle,
        flags,
        environment: values.flags === undefined ? started.environment : {},
        seconds,
        webhookSeconds,
        withFloods: values.floods,
      });
      rows.push(row);
      webhooks.push(...floods);
      console.error(`${row.against}, ${torrents} torrents: ${JSON.stringify(row)}`);
    } finally {
      await target.stop();
    }
  }
  const results: BenchResults = {
    machine: thisMachine(),
    at: new Date().toISOString(),
    seconds,
    flags: flags.join(' '),
    bareWebhook,
    rows,
    webhooks,
  };
  console.log(scaleTable(results));
  if (webhooks.length > 0) console.table(webhooks);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
}

if (values.help) console.log(HELP);
else await run();
