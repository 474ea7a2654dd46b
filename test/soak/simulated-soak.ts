/**
 * The service as composed, journal on disk and HTTP to a simulated qBittorrent included, through hours of churn on
 * virtual time; and all that happens to it meanwhile: torrents that come and go, users, rollbacks, outages.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { createBus } from '../../src/bus.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createJournal } from '../../src/create-journal.ts';
import { createClient } from '../../src/service/limits/create-client.ts';
import { Service } from '../../src/service/service.ts';
import { createOperations } from '../../src/service/service-operations.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import { churn } from '../lab/programs/churn.ts';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { VirtualTime } from '../support/virtual-time.ts';
import { countedBus } from './counted-bus.ts';
import type { Sample } from './figures.ts';
import { announceUrl, Happenings } from './happenings.ts';

const STEP_MS = 5_000;
const MAX_CHANGES = 300;
/** Of each half minute: nothing begins then, and what has begun before is over. */
const SAMPLED_AT = 15;
const MIB = 1024 * 1024;

export interface SoakResult {
  readonly samples: readonly Sample[];
  readonly cycles: number;
  readonly failedCycles: number;
  /** Torrents that have another limit than their own after a rollback at the end. */
  readonly limitsLeft: number;
}

/** @param minutes of virtual time; the figures are of every half minute after the first two */
export async function simulatedSoak(minutes: number, report: (line: string) => void): Promise<SoakResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-soak-'));
  const [port = 0] = await freePorts(1);
  const time = new VirtualTime();
  try {
    return await soakIn(folder, port, time, minutes, report);
  } finally {
    time.restore();
    await rm(folder, { recursive: true, force: true });
  }
}

async function soakIn(
  folder: string,
  port: number,
  time: VirtualTime,
  minutes: number,
  report: (line: string) => void,
): Promise<SoakResult> {
  const simulator = new Simulator({
    port,
    now: () => Date.now(),
    // Otherwise a limit set by hand could be replaced before it ever showed, which no one can see.
    swarm: { seed: 1, linkBps: 12 * MIB, limitsShown: 'at-once', torrents: churn.torrents.map(specOf) },
  });
  await simulator.start();
  const databasePath = path.join(folder, 'journal.db');
  let factor = 1;
  const load = () =>
    loadConfig({
      path: 'soak.yaml',
      env: {},
      dotenvPath: null,
      readFile: async () => configYaml(port, databasePath, factor),
    });
  const loaded = await load();
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  const { config } = loaded;
  const journal = createJournal(config);
  await journal.open();
  const { bus, listeners } = countedBus(
    createBus((name, error) => {
      throw new Error(`a listener of ${name} failed`, { cause: error });
    }),
  );
  const service = new Service({
    config,
    createClient: (wanted, hooks) => time.watched(createClient(wanted, hooks)),
    journal: time.watched(journal),
    bus,
    clock: time.clock,
  });
  const { clock } = time;
  const operations = createOperations({ service, journal, bus, clock, version: 'soak', loadConfig: load });
  service.start();

  const happenings = new Happenings({
    simulator,
    service,
    operations,
    recap: () => {
      factor = factor === 1 ? 0.5 : 1;
    },
  });
  const samples: Sample[] = [];
  for (let seconds = STEP_MS / 1000; seconds <= minutes * 60; seconds += STEP_MS / 1000) {
    await time.pass(STEP_MS);
    happenings.at(seconds);
    if (seconds % 600 === 0) report(`${seconds / 60} min, ${service.cycles} cycles`);
    if (seconds <= 120 || seconds % 30 !== SAMPLED_AT) continue;
    globalThis.gc?.();
    const { context, children } = service.actor.getSnapshot();
    const { items, total: changes } = await journal.page('change', 0, 500);
    samples.push({
      'heap, MiB': process.memoryUsage().heapUsed / MIB,
      handles: process.getActiveResourcesInfo().length,
      timers: time.pendingTimers,
      'listeners on the bus': listeners(),
      actors: 1 + Object.keys(children).length + service.fleet.states().size,
      'torrents held': service.held.size,
      'webhooks waiting': service.intake.queueSize,
      'calls waiting': service.queuedCalls,
      'events dropped': context.dropped,
      'journal, KiB': (await stat(databasePath)).size / 1024,
      'changes kept': items.length === 0 ? 0 : changes,
    });
  }
  void operations.rollback({ by: 'soak', reason: 'over' });
  await time.pass(60_000);
  const limitsLeft = [...simulator.swarm.torrents.values()].filter(
    ({ limit, spec }) => limit.wire !== happenings.ownLimitOf(spec.name),
  ).length;
  const { cycles } = service;
  const { errors: failedCycles } = service.status;
  const stopped = service.stop();
  await time.pass(10_000);
  await stopped;
  await journal.close();
  await simulator.stop();
  return { samples, cycles, failedCycles, limitsLeft };
}

function specOf({ tracker, demand }: (typeof churn.torrents)[number], index: number) {
  // Those that wake once in the program wake every four minutes here.
  const again =
    demand.kind === 'waking'
      ? ({ kind: 'periodic', bps: demand.bps, onMs: 60_000, offMs: 180_000, phaseMs: demand.atMs } as const)
      : demand;
  return { name: `torrent ${index}`, trackers: [announceUrl(tracker)], demand: again };
}

function configYaml(port: number, databasePath: string, factor: number): string {
  const trackers = churn.trackers.map(({ id, capBps }) => ({
    id,
    pattern: `.*${id}\\.example.*`,
    max_upload_speed: Math.round(capBps * factor),
  }));
  return stringify({
    qbittorrent: { host: '127.0.0.1', port, timeout: 10 },
    trackers: [...trackers, { id: 'default', pattern: '.*', max_upload_speed: -1 }],
    rollback: { database_path: databasePath, max_changes: MAX_CHANGES },
  });
}
