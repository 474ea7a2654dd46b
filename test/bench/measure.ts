import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { sum } from '../../src/control/sum.ts';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import type { ProcessUsage } from '../support/real-swarm/process-usage.ts';
import { BusyMeter } from './machine.ts';
import { MeasuredService } from './measured-service.ts';
import { percentile } from './percentile.ts';
import { type CycleTraffic, Relay } from './relay.ts';
import type { ScaleRow } from './results.ts';
import { capBps, TRACKERS } from './scale-swarm.ts';
import type { Target } from './targets.ts';
import { floods, type LoadRow, saturation, steadyFlow } from './webhook-load.ts';

const MIB = 1024 * 1024;
const START_WITHIN_MS = 120_000;
/** Standby limits of 100,000 torrents are written within that. */
const STANDBY_WITHIN_MS = 1_200_000;
/** A full picture, which comes every five minutes, is in it. */
const MOST_WATCHED_S = 300;

export interface MeasureOptions {
  readonly target: Target;
  readonly bundle: string;
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Of the steady time, and as long again, but no more than MOST_WATCHED_S, of that in which the loop is watched. */
  readonly seconds: number;
  /** Of webhooks at 200 a second, and of as many as possible; 0: none. */
  readonly webhookSeconds: number;
  /** Floods of webhooks, too. */
  readonly withFloods: boolean;
}

export interface Measured {
  readonly row: ScaleRow;
  readonly floods: readonly LoadRow[];
}

interface Health {
  readonly last_cycle_time: string | null;
  /** Seconds. */
  readonly last_cycle_duration: number;
  readonly managed_torrents: number;
  readonly standby_torrents: number;
  readonly standby_waiting_torrents: number;
}

/** Starts the service beside `target`, measures it, and stops it. */
export async function measure(options: MeasureOptions): Promise<Measured> {
  const { target, seconds, webhookSeconds } = options;
  const folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-bench-'));
  const own: number[] = [];
  let mainThreadMs = 0;
  let service: MeasuredService | null = null;
  const relay = new Relay(target.port, () => {
    void service?.mainThreadMs().then((now) => {
      own.push(now - mainThreadMs);
      mainThreadMs = now;
    });
  });
  try {
    const relayPort = await relay.start();
    const [port = 0] = await freePorts(1);
    const config = await writeConfig(folder, { port, relayPort, target, seconds });
    const startedAt = performance.now();
    service = new MeasuredService(options.bundle, options.flags, config, options.environment);
    service.watchLoop();
    await until('the first limits', START_WITHIN_MS, () => relay.cycles.some(({ writes }) => writes > 0));
    const firstLimitsMs = performance.now() - startedAt;
    await sleep(5_000);
    const start = await service.report();
    const afterStart = await service.usage();
    const hasAll = async () => {
      const { managed_torrents, standby_torrents, standby_waiting_torrents } = await healthOf(port);
      return managed_torrents + standby_torrents > 0 && standby_waiting_torrents === 0;
    };
    await until('all standby limits', STANDBY_WITHIN_MS, hasAll, 2_000);

    // A watched loop wakes 100 times a second, and each question costs an answer: what the service costs by itself is
    // measured while it is left alone, and how it answers after that.
    const from = relay.cycles.length;
    const ownFrom = own.length;
    const busy = new BusyMeter();
    const alone = await leaveAlone(service, seconds);
    const machineBusyPercent = busy.lap();
    const cycles = relay.cycles.slice(from, -1);
    const ownMs = own.slice(ownFrom, ownFrom + cycles.length);
    service.watchLoop();
    const asked = await askSteadily(port, Math.min(seconds, MOST_WATCHED_S));
    const { memory, blockedMaxMs: blockedSteadyMs } = await service.report();
    const { peakRssBytes } = await service.usage();

    const load = { port, pid: service.pid, cycles: async () => relay.cycles.length };
    service.watchLoop();
    const flow = webhookSeconds === 0 ? null : await steadyFlow(load, webhookSeconds);
    const { blockedMaxMs: blockedWebhooksMs } = await service.report();
    const most = webhookSeconds === 0 ? null : await saturation(load, webhookSeconds);
    const crowd = options.withFloods ? await floods(load) : [];
    const row: ScaleRow = {
      against: target.name,
      torrents: target.torrents,
      ...(target.announceUrls === undefined ? {} : { announceUrls: target.announceUrls }),
      managed: asked.managed,
      standby: asked.standby,
      firstLimitsMs: Math.round(firstLimitsMs),
      rssAfterStartMib: tenth(afterStart.rssBytes / MIB),
      rssSteadyMib: tenth(alone.rssMeanBytes / MIB),
      anonymousSteadyMib: tenth(alone.anonymousMeanBytes / MIB),
      rssPeakMib: tenth(peakRssBytes / MIB),
      heapUsedMib: tenth(memory.heapUsed / MIB),
      externalMib: tenth(memory.external / MIB),
      cpuPercent: tenth(alone.cpuPercent),
      ownP50Ms: percentileOrNull(ownMs, 0.5),
      ownP95Ms: percentileOrNull(ownMs, 0.95),
      cycleP50Ms: percentileOrNull(asked.cycleMs, 0.5),
      cycleP95Ms: percentileOrNull(asked.cycleMs, 0.95),
      ...trafficOf(cycles),
      fullReadMib: tenth((relay.cycles[0]?.readBytes ?? 0) / MIB),
      blockedStartMs: tenth(start.blockedMaxMs ?? 0),
      blockedSteadyMs: tenth(blockedSteadyMs ?? 0),
      blockedWebhooksMs: webhookSeconds === 0 ? null : tenth(blockedWebhooksMs ?? 0),
      webhookP50Ms: flow?.p50Ms ?? null,
      webhookP99Ms: flow?.p99Ms ?? null,
      saturationPerSecond: most === null ? null : Math.round(most.sent / webhookSeconds),
      saturationP99Ms: most?.p99Ms ?? null,
      machineBusyPercent,
    };
    return { row, floods: crowd };
  } finally {
    await service?.stop();
    await relay.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeConfig(
  folder: string,
  { port, relayPort, target, seconds }: { port: number; relayPort: number; target: Target; seconds: number },
): Promise<string> {
  const config = path.join(folder, 'qguardarr.yaml');
  const trackers = Array.from({ length: TRACKERS }, (_, index) => ({
    id: `t${index}`,
    pattern: `.*t${index}\\.example.*`,
    max_upload_speed: capBps(target.torrents),
  }));
  await writeFile(
    config,
    stringify({
      // At least one full picture has to come within the steady time.
      global: {
        port,
        max_managed_torrents: target.torrents,
        update_interval: Math.max(10, Math.min(300, seconds)),
      },
      qbittorrent: { host: '127.0.0.1', port: relayPort },
      trackers: [...trackers, { id: 'default', pattern: '.*', max_upload_speed: -1 }],
      // As in the image: the journal in a folder of its own, apart from the config, which is watched.
      rollback: { database_path: path.join(folder, 'data', 'rollback.db') },
      auth: { api_key: 'of-the-bench-only-0123456789' },
      logging: { level: 'ERROR', file: path.join(folder, 'logs', 'qguardarr.log') },
    }),
  );
  return config;
}

/** What the service costs while it gets no request. */
async function leaveAlone(service: MeasuredService, seconds: number) {
  const before = await service.usage();
  const from = performance.now();
  const seen: ProcessUsage[] = [];
  while (performance.now() - from < seconds * 1000) {
    seen.push(await service.usage());
    await sleep(1_000);
  }
  const after = await service.usage();
  const elapsedS = (performance.now() - from) / 1000;
  return {
    rssMeanBytes: sum(seen, ({ rssBytes }) => rssBytes) / seen.length,
    anonymousMeanBytes: sum(seen, ({ anonymousBytes }) => anonymousBytes) / seen.length,
    cpuPercent: ((after.cpuSeconds - before.cpuSeconds) / elapsedS) * 100,
  };
}

/** What it answers once a second. */
async function askSteadily(port: number, seconds: number) {
  const from = performance.now();
  const cycleMs: number[] = [];
  let last: string | null = null;
  let managed = 0;
  let standby = 0;
  while (performance.now() - from < seconds * 1000) {
    const health = await healthOf(port);
    if (health.last_cycle_time !== last) cycleMs.push(health.last_cycle_duration * 1000);
    last = health.last_cycle_time;
    managed = health.managed_torrents;
    standby = health.standby_torrents;
    await sleep(1_000);
  }
  return { cycleMs, managed, standby };
}

function healthOf(port: number): Promise<Health> {
  return new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, path: '/health', agent: false }, (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (chunk) => {
          body += chunk;
        });
        answer.on('end', () => resolve(JSON.parse(body) as Health));
      })
      .on('error', reject);
  });
}

async function until(
  what: string,
  withinMs: number,
  isSo: () => boolean | Promise<boolean>,
  everyMs = 5,
): Promise<void> {
  const from = performance.now();
  while (!(await isSo())) {
    if (performance.now() - from > withinMs) throw new Error(`waited ${withinMs} ms for ${what}`);
    await sleep(everyMs);
  }
}

function trafficOf(cycles: readonly CycleTraffic[]) {
  const at = (part: number, of: (cycle: CycleTraffic) => number) => percentileOrNull(cycles.map(of), part);
  return {
    cycles: cycles.length,
    callsP50: at(0.5, ({ calls }) => calls),
    writesP95: at(0.95, ({ writes }) => writes),
    readKibP50: at(0.5, ({ readBytes }) => readBytes / 1024),
    sentKibP50: at(0.5, ({ sentBytes }) => sentBytes / 1024),
  };
}

function percentileOrNull(values: readonly number[], part: number): number | null {
  return values.length === 0 ? null : tenth(percentile(values, part));
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
