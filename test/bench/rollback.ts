/**
 * `npm run bench:rollback [-- --torrents 30000]`: all torrents under management, with two different limits of their
 * own. How long the service takes to start with such a journal, and what giving all of them back costs.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { torrentKey } from '../../src/control/torrent.ts';
import { NedbJournal } from '../../src/journal/nedb-journal.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { MeasuredService } from './measured-service.ts';
import { howItIsStarted } from './node-flags.ts';
import { Relay } from './relay.ts';

const MIB = 1024 * 1024;
const OURS = 50_000;
const OWN = [0, 3_000_000] as const;
const { values } = parseArgs({ options: { torrents: { type: 'string', default: '30000' } } });
const torrents = Number(values.torrents);

const folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-bench-'));
const database = path.join(folder, 'rollback.db');
const simulator = new Simulator({
  swarm: {
    seed: 1,
    linkBps: 200 * MIB,
    torrents: Array.from({ length: torrents }, (_, index) => ({
      name: `torrent ${index}`,
      trackers: ['https://t0.example/0123456789abcdef/announce'],
      demand: { kind: 'none' },
      uploadLimitWire: OURS,
    })),
  },
});
const hashes = [...simulator.swarm.torrents.keys()];
const { port } = await simulator.start();
const relay = new Relay(port, () => undefined);
const relayPort = await relay.start();
const [ownPort = 0] = await freePorts(1);
const config = path.join(folder, 'qguardarr.yaml');
await writeFile(
  config,
  stringify({
    global: { port: ownPort, idle_guard: 'all', max_managed_torrents: torrents },
    qbittorrent: { host: '127.0.0.1', port: relayPort },
    trackers: [{ id: 'all', pattern: '.*', max_upload_speed: 100 * MIB }],
    rollback: { database_path: database },
    auth: { api_key: 'of-the-bench-only-0123456789' },
    logging: { level: 'ERROR', file: path.join(folder, 'qguardarr.log') },
  }),
);

async function fillJournal(): Promise<void> {
  const journal = new NedbJournal({ path: database });
  await journal.open();
  const limited = hashes.map((hash, index) => ({
    key: torrentKey('default', hash),
    fromWire: OWN[index % OWN.length] ?? 0,
  }));
  const [id = ''] = await journal.recordIntent(
    [{ cycle: 1, trackerId: 'all', reason: 'level', toWire: OURS, torrents: limited }],
    Date.now(),
  );
  await journal.recordOutcome([id], 'done');
  await journal.prune(Date.now());
  await journal.close();
}

async function answersPing(): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${ownPort}/ping`).catch(() => null);
  return answer?.ok ?? false;
}

/** From the start of the process until it answers. */
async function measureStart(): Promise<{ readonly startMs: number; readonly rssMib: number }> {
  const { flags, environment } = await howItIsStarted();
  const from = performance.now();
  const service = new MeasuredService('dist/main.js', flags, config, environment);
  try {
    while (!(await answersPing())) await sleep(10);
    const startMs = performance.now() - from;
    await sleep(10_000);
    return { startMs, rssMib: (await service.usage()).rssBytes / MIB };
  } finally {
    await service.stop();
  }
}

async function measureRollback(): Promise<{ readonly seconds: number; readonly writes: number }> {
  const before = writesSoFar();
  const from = performance.now();
  const command = spawn(
    process.execPath,
    ['dist/main.js', 'rollback', '--confirm', '--reason', 'bench', '--config', config],
    {
      stdio: 'inherit',
    },
  );
  const code = await new Promise((resolve) => command.once('close', resolve));
  if (code !== 0) throw new Error(`rollback ended with ${code}`);
  return { seconds: (performance.now() - from) / 1000, writes: writesSoFar() - before };
}

function writesSoFar(): number {
  return relay.cycles.reduce((sum, { writes }) => sum + writes, 0);
}

try {
  await fillJournal();
  const journalKib = Math.round((await stat(database)).size / 1024);
  const { startMs, rssMib } = await measureStart();
  const { seconds, writes } = await measureRollback();
  const wrong = hashes.filter(
    (hash, index) => simulator.swarm.torrents.get(hash)?.limit.wire !== OWN[index % OWN.length],
  ).length;
  console.table({
    torrents,
    'journal, KiB': journalKib,
    'start to first answer, ms': Math.round(startMs),
    'RSS 10 s later, MiB': Math.round(rssMib),
    'rollback, s': Math.round(seconds * 10) / 10,
    'calls that set limits': writes,
    'torrents without their own limit': wrong,
  });
  if (wrong > 0) process.exitCode = 1;
} finally {
  await relay.stop();
  await simulator.stop();
  await rm(folder, { recursive: true, force: true });
}
