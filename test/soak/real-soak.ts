/** The built service in a swarm of real qBittorrents, in real time, with all that happens to it meanwhile. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { churn } from '../lab/programs/churn.ts';
import { RealDemand } from '../lab/real-demand.ts';
import { seed, serviceConfig } from '../lab/real-run.ts';
import type { Installation } from '../support/real-swarm/installation.ts';
import { usageOf } from '../support/real-swarm/process-usage.ts';
import type { Service } from '../support/real-swarm/service.ts';
import { type Swarm, type SwarmTorrent, withSwarm } from '../support/real-swarm/swarm.ts';
import type { Sample } from './figures.ts';

const STEP_MS = 5_000;
const WARM_UP_SECONDS = 60;
const VISITORS = 4;
/** For start, torrents and end. */
const AROUND_MS = 240_000;
/** So few that the journal is full within the first quarter. */
const MAX_CHANGES = 50;
const MIB = 1024 * 1024;

export interface RealSoakResult {
  readonly version: string;
  readonly samples: readonly Sample[];
  readonly cycles: number;
  readonly errors: number;
  /** Torrents that have a limit which was never their own after a rollback at the end. */
  readonly limitsLeft: number;
  /** Limits set by hand that the service replaced before qBittorrent's sync data showed them, up to 1.5 s later. */
  readonly handMadeLost: number;
}

/** A quarter of the caps, so that a long run stays small on disk. */
const program = {
  ...churn,
  trackers: churn.trackers.map((tracker) => ({ ...tracker, capBps: tracker.capBps / 4 })),
};

/** Rejects when the swarm can't be started, or the service ends. */
export async function realSoak(
  minutes: number,
  seeder: Installation,
  report: (line: string) => void,
): Promise<RealSoakResult> {
  const result: { soak?: RealSoakResult } = {};
  await withSwarm(
    program.trackers.map(({ id }) => id),
    async (swarm) => {
      result.soak = await soakIn(swarm, minutes * 60, report);
    },
    { seeder, deadlineMs: minutes * 60_000 + AROUND_MS },
  );
  if (result.soak === undefined) throw new Error('expected the soak to have a result');
  return result.soak;
}

async function soakIn(
  swarm: Swarm,
  seconds: number,
  report: (line: string) => void,
): Promise<RealSoakResult> {
  const long = { ...program, seconds };
  const version = await swarm.seeder.api.version();
  const staying = await seed(swarm, long);
  const demand = new RealDemand(swarm, staying, long);
  await demand.prepare();
  const service = swarm.service({ ...serviceConfig(long, 0), maxChanges: MAX_CHANGES });
  await service.start();
  report(`qBittorrent ${version}, ${seconds / 60} min`);
  const happenings = new RealHappenings(swarm, service, staying);
  const startMs = performance.now();
  const played = demand.play(startMs, seconds);
  const samples: Sample[] = [];
  for (let second = STEP_MS / 1000; second <= seconds; second += STEP_MS / 1000) {
    await sleep(Math.max(0, startMs + second * 1000 - performance.now()));
    if (second > WARM_UP_SECONDS) samples.push(await sampleOf(service, swarm.serviceFolder));
    await happenings.at(second);
    if (second % 60 === 0) report(`${second / 60} min`);
  }
  await played;
  const { allocation_cycles: cycles, errors } = await service.get('/stats');
  await service.post('/rollback', { confirm: true, reason: 'the soak is over' });
  const limits = await swarm.seeder.api.uploadLimits();
  const left = [...limits].filter(([hash, bps]) => !happenings.ownLimitsOf(hash).includes(bps));
  for (const [hash, bps] of left) report(`${hash} has ${bps} B/s, not ${happenings.ownLimitsOf(hash)}`);
  const handMadeLost = [...limits].filter(
    ([hash, bps]) => bps !== happenings.ownLimitsOf(hash).at(-1),
  ).length;
  const counts = { cycles: Number(cycles), errors: Number(errors), limitsLeft: left.length };
  return { version, samples, ...counts, handMadeLost: handMadeLost - left.length };
}

async function sampleOf(service: Service, folder: string): Promise<Sample> {
  const { pid } = service;
  if (pid === null) throw new Error(`the service has ended; its output:\n${service.output}`);
  const [usage, files, status, journal, state] = await Promise.all([
    usageOf(pid),
    readdir(`/proc/${pid}/fd`),
    readFile(`/proc/${pid}/status`, 'utf8'),
    stat(path.join(folder, 'journal.db')),
    service.get('/state'),
  ]);
  const { dropped_events: dropped } = state.service as Record<string, unknown>;
  const { calls_waiting: waiting } = state.link as Record<string, unknown>;
  return {
    'memory (RSS), MiB': usage.rssBytes / MIB,
    'open files': files.length,
    threads: Number(/^Threads:\s+(\d+)$/m.exec(status)?.[1] ?? Number.NaN),
    // Those that are gone are kept for a week, should they come back.
    'torrents held and there': Number(state.held_torrents) - (state.missing_torrents as unknown[]).length,
    'calls waiting': Number(waiting),
    'events dropped': Number(dropped),
    'journal, KiB': journal.size / 1024,
  };
}

class RealHappenings {
  readonly #swarm: Swarm;
  readonly #service: Service;
  readonly #staying: readonly SwarmTorrent[];
  readonly #visitors: SwarmTorrent[] = [];
  readonly #ownLimits = new Map<string, readonly number[]>();
  #number = 0;

  constructor(swarm: Swarm, service: Service, staying: readonly SwarmTorrent[]) {
    this.#swarm = swarm;
    this.#service = service;
    this.#staying = staying;
  }

  async at(second: number): Promise<void> {
    if (second % 20 === 0) await this.#comeAndGo();
    if (second % 45 === 10) await this.#setByHand();
    if (second % 90 === 0) await this.#recap(second % 180 === 0 ? 1 : 0.5);
    if (second % 120 === 0) await this.#rollBack(second % 240 === 0 ? {} : { tracker_id: 'b' });
  }

  /** The last that was set by hand, and what it took the place of; B/s, 0 for none. */
  ownLimitsOf(infoHash: string): readonly number[] {
    return this.#ownLimits.get(infoHash) ?? [0];
  }

  async #comeAndGo(): Promise<void> {
    this.#number += 1;
    const visitor = await this.#swarm.make('abc'[this.#number % 3] ?? 'a', 256 * MIB);
    await this.#swarm.seedMade(visitor);
    await this.#service.postForm('/webhook', { event: 'add', hash: visitor.infoHash });
    await this.#swarm.leech(visitor);
    this.#visitors.push(visitor);
    const gone = this.#visitors.length > VISITORS ? this.#visitors.shift() : undefined;
    if (gone === undefined) return;
    await this.#swarm.seeder.api.delete([gone.infoHash]);
    await this.#swarm.leecher.api.delete([gone.infoHash]);
  }

  async #setByHand(): Promise<void> {
    const torrent = this.#staying[this.#number % this.#staying.length];
    if (torrent === undefined) return;
    const bps = this.#number % 2 === 0 ? 0 : 102_400;
    this.#ownLimits.set(torrent.infoHash, [this.ownLimitsOf(torrent.infoHash).at(-1) ?? 0, bps]);
    await this.#swarm.seeder.api.setUploadLimit([torrent.infoHash], bps);
  }

  async #recap(factor: number): Promise<void> {
    const caps = program.trackers.map(({ id, capBps }) => [id, Math.round(capBps * factor)]);
    await this.#service.rewrite({ caps: Object.fromEntries(caps) });
  }

  async #rollBack(scope: Record<string, unknown>): Promise<void> {
    await this.#service.post('/rollback', { confirm: true, reason: 'again', ...scope });
    await this.#service.post('/resume');
  }
}
