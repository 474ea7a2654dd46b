/**
 * The service as built, in a process of its own, beside a simulated qBittorrent in this one.
 * Usage: npm run bench -- [--torrents 1000,10000] [--seconds 30] [--webhook-seconds 60] [--json FILE]
 *
 * A tenth of the torrents is active, on ten capped trackers. Figures of one run on one machine: compare them
 * with those of the same run only.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import type { DemandProgram } from '../../src/simulator/demand.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import { usageOf } from '../support/real-swarm/process-usage.ts';
import { percentile } from './percentile.ts';
import { type LoadRow, webhookLoad } from './webhook-load.ts';

const MIB = 1024 * 1024;
const TRACKERS = 10;

interface Row {
  readonly torrents: number;
  readonly firstLimitsMs: number;
  readonly rssMib: number;
  readonly cpuPercent: number;
  readonly cycleP50Ms: number;
  readonly cycleP95Ms: number;
  readonly writesPerCycleP95: number;
}

interface Measured {
  readonly row: Row;
  /** Empty unless asked for. */
  readonly load: readonly LoadRow[];
}

const { values } = parseArgs({
  options: {
    torrents: { type: 'string', default: '1000,10000' },
    seconds: { type: 'string', default: '30' },
    'webhook-seconds': { type: 'string', default: '60' },
    json: { type: 'string' },
  },
});

function demandOf(index: number): DemandProgram {
  if (index % 10 !== 0) return { kind: 'none' };
  if (index % 40 === 0)
    return { kind: 'periodic', bps: MIB, onMs: 20_000, offMs: 20_000, phaseMs: (index * 97) % 40_000 };
  return { kind: 'wandering', fromBps: 10_000, toBps: 200_000, everyMs: 5_000 };
}

class Caller {
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  ask(method: string, target: string, form = ''): Promise<{ status: number; body: string; ms: number }> {
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const request = http.request(
        {
          host: '127.0.0.1',
          port: this.#port,
          path: target,
          method,
          agent: this.#agent,
          headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': form.length },
        },
        (answer) => {
          let body = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk) => {
            body += chunk;
          });
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, body, ms: performance.now() - startedAt }),
          );
        },
      );
      request.on('error', reject);
      request.end(form);
    });
  }

  async json(target: string): Promise<Record<string, unknown>> {
    return JSON.parse((await this.ask('GET', target)).body);
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function untilLimited(caller: Caller): Promise<void> {
  for (;;) {
    try {
      if (Number((await caller.json('/stats')).limits_applied) > 0) return;
    } catch {
      // Not listening yet.
    }
    await sleep(20);
  }
}

/** @param webhookSeconds of a steady flow of webhooks, and floods after it; 0: none */
async function measure(torrents: number, seconds: number, webhookSeconds: number): Promise<Measured> {
  const folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-bench-'));
  const simulator = new Simulator({
    swarm: {
      seed: 1,
      linkBps: 200 * MIB,
      torrents: Array.from({ length: torrents }, (_, index) => ({
        name: `torrent ${index}`,
        trackers: [`https://t${index % TRACKERS}.example/announce`],
        demand: demandOf(index),
      })),
    },
  });
  const { port: qbittorrentPort } = await simulator.start();
  const port = qbittorrentPort === 65_535 ? 1_024 + 7_000 : qbittorrentPort + 1;
  const config = path.join(folder, 'qguardarr.yaml');
  await writeFile(
    config,
    stringify({
      global: { port, max_managed_torrents: torrents },
      qbittorrent: { host: '127.0.0.1', port: qbittorrentPort },
      trackers: [
        ...Array.from({ length: TRACKERS }, (_, index) => ({
          id: `t${index}`,
          pattern: `.*t${index}\\.example.*`,
          max_upload_speed: Math.round((torrents / 1000) * MIB),
        })),
        { id: 'default', pattern: '.*', max_upload_speed: -1 },
      ],
      rollback: { database_path: path.join(folder, 'rollback.db') },
      logging: { level: 'ERROR' },
    }),
  );
  const startedAt = performance.now();
  const service = spawn(process.execPath, ['dist/main.js', 'run', '--config', config], { stdio: 'ignore' });
  const caller = new Caller(port);
  try {
    const pid = service.pid ?? 0;
    await untilLimited(caller);
    const firstLimitsMs = performance.now() - startedAt;
    await sleep(5_000);
    const cpuBefore = (await usageOf(pid)).cpuSeconds;
    const measuredFrom = performance.now();
    const cycles: number[] = [];
    const writes: number[] = [];
    let last: unknown = null;
    while (performance.now() - measuredFrom < seconds * 1000) {
      const health = await caller.json('/health');
      if (health.last_cycle_time !== last) {
        last = health.last_cycle_time;
        cycles.push(Number(health.last_cycle_duration) * 1000);
        writes.push(Number(health.api_calls_last_cycle) - 1);
      }
      await sleep(250);
    }
    const usage = await usageOf(pid);
    const elapsedSeconds = (performance.now() - measuredFrom) / 1000;
    const cpuPercent = ((usage.cpuSeconds - cpuBefore) / elapsedSeconds) * 100;
    const row = {
      torrents,
      firstLimitsMs: Math.round(firstLimitsMs),
      rssMib: Math.round(usage.rssBytes / MIB),
      cpuPercent: Math.round(cpuPercent * 10) / 10,
      cycleP50Ms: Math.round(percentile(cycles, 0.5)),
      cycleP95Ms: Math.round(percentile(cycles, 0.95)),
      writesPerCycleP95: percentile(writes, 0.95),
    };
    const cyclesSoFar = async () => Number((await caller.json('/stats')).allocation_cycles);
    const load =
      webhookSeconds === 0 ? [] : await webhookLoad({ port, pid, cycles: cyclesSoFar }, webhookSeconds);
    return { row, load };
  } finally {
    caller.close();
    service.kill('SIGTERM');
    await new Promise((resolve) => service.once('close', resolve));
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const rows: Row[] = [];
const loads: LoadRow[] = [];
for (const [index, torrents] of values.torrents.split(',').map(Number).entries()) {
  // What a webhook costs doesn't go by the number of torrents: once is enough.
  const webhookSeconds = index === 0 ? Number(values['webhook-seconds']) : 0;
  const { row, load } = await measure(torrents, Number(values.seconds), webhookSeconds);
  rows.push(row);
  loads.push(...load);
}
console.table(rows);
if (loads.length > 0) console.table(loads);
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify({ rows, webhooks: loads }, null, 2)}\n`);
