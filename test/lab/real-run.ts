/**
 * Runs a program in a real swarm: the seeder that is given, the built service (or the seeder's own global limit
 * instead), and the installed qBittorrent as the leecher. The service stands, with its first limits set, when
 * the demand begins, so that the start shows what a guard is worth.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MIB, UNLIMITED } from '../../src/control/units.ts';
import type { Installation } from '../support/real-swarm/installation.ts';
import { usageOf } from '../support/real-swarm/process-usage.ts';
import type { Service } from '../support/real-swarm/service.ts';
import { type Swarm, type SwarmTorrent, withSwarm } from '../support/real-swarm/swarm.ts';
import { LeecherCounters } from './leecher-counters.ts';
import { inForceAt, type Program, startsOf, wishSteps } from './program.ts';
import { RealDemand } from './real-demand.ts';
import { bytesPerSecond } from './second-buckets.ts';
import type { ServiceUse, Trace, TracedBelief, TracedLimit } from './trace.ts';

export interface RealRunOptions {
  readonly seeder: Installation;
  /** In place of the service, the seeder's own global upload limit: what libtorrent itself can do. */
  readonly baseline: boolean;
  /** One line at each stage. */
  readonly report: (line: string) => void;
}

/** The program has more than the seeder's one global limit can do. */
export class NoBaselineError extends Error {
  override readonly name = 'NoBaselineError';

  constructor(program: Program) {
    super(
      `A baseline needs a program with one tracker, capped throughout; ${program.name} has ` +
        `${program.trackers.length} trackers${program.changes ? ' and changes them' : ''}.`,
    );
  }
}

/** Guards are set by then, if any will be. */
const QUIET_MS = 5_000;
const STEADY_WITHIN_MS = 30_000;
/** For start, torrents, and end; the demand takes its own time. */
const AROUND_MS = 180_000;
/** What a torrent that wants all could get, B/s: more than the line of the swarm. */
const MOST_BPS = 16 * MIB;
const LAST_MOVE_MS = 1_500;
const BELIEFS_EVERY_MS = 1_000;
/** A new state is in the seeder's sync data by then. */
const SHOWS_WITHIN_MS = 3_000;

/** Rejects when the swarm can't be started, or something in it fails. @throws NoBaselineError */
export async function realRun(program: Program, options: RealRunOptions): Promise<Trace> {
  if (options.baseline && (program.trackers.length !== 1 || program.changes !== undefined))
    throw new NoBaselineError(program);
  const result: { trace?: Trace } = {};
  await withSwarm(
    program.trackers.map(({ id }) => id),
    async (swarm) => {
      result.trace = await runIn(swarm, program, options);
    },
    { seeder: options.seeder, deadlineMs: program.seconds * 1000 + AROUND_MS },
  );
  if (result.trace === undefined) throw new Error(`expected a trace of ${program.name}`);
  return result.trace;
}

async function runIn(swarm: Swarm, program: Program, { baseline, report }: RealRunOptions): Promise<Trace> {
  const version = (await swarm.seeder.api.version()).replace(/^v/, '');
  report(`qBittorrent ${version}: ${program.torrents.length} torrents of ${program.name}`);
  const torrents = await seed(swarm, program);
  const demand = new RealDemand(swarm, torrents, program);
  await demand.prepare();
  const service = baseline ? null : swarm.service(serviceConfig(program, 0));
  await service?.start();
  if (baseline) await swarm.seeder.api.setGlobalUploadLimit(program.trackers[0]?.capBps ?? 0);
  else await untilQuiet(swarm);

  report(`demand for ${program.seconds} s`);
  const counters = new LeecherCounters(
    swarm.leecher.api,
    torrents.map(({ infoHash }) => infoHash),
  );
  const busy = await Stopwatch.start(swarm, service);
  counters.start();
  const startMs = performance.now();
  const watch = new AbortController();
  const beliefs = service === null ? Promise.resolve([]) : beliefsOf(service, startMs, watch.signal);
  const changes = service === null ? Promise.resolve() : change(service, program, startMs);
  const starts = startStopped(swarm, torrents, program, startMs);
  await Promise.all([demand.play(startMs, program.seconds), changes, starts]);
  const endMs = performance.now();
  watch.abort();
  const during = (atMs: number): boolean => atMs >= startMs && atMs <= endMs;
  const used = await busy.stop();
  await sleep(LAST_MOVE_MS);
  const readings = await counters.stop();
  return {
    program: program.name,
    strategy: baseline ? 'native' : program.strategy,
    version,
    seconds: program.seconds,
    bytes: bytesPerSecond(readings, startMs, program.seconds),
    beliefs: await beliefs,
    limits: tracedLimits(swarm, torrents, startMs),
    calls: swarm.proxy.callsAtMs.filter(during).length,
    writes: swarm.proxy.writes.filter(({ atMs }) => during(atMs)).length,
    ...used,
  };
}

/** Asks the service what it believes until told to stop. */
async function beliefsOf(service: Service, startMs: number, stopped: AbortSignal): Promise<TracedBelief[]> {
  const beliefs: TracedBelief[] = [];
  while (!stopped.aborted) {
    const trackers = await service.get('/stats/trackers');
    beliefs.push({ atMs: Math.round(performance.now() - startMs), trackers });
    await sleep(BELIEFS_EVERY_MS, undefined, { signal: stopped }).catch(() => undefined);
  }
  return beliefs;
}

/** All torrents, complete in the seeder, in the program's order. */
export async function seed(swarm: Swarm, program: Program): Promise<SwarmTorrent[]> {
  const torrents: SwarmTorrent[] = [];
  const byOwnLimit = new Map<number, SwarmTorrent[]>();
  for (const torrent of program.torrents) {
    const made = await swarm.make(torrent.tracker, sizeFor(torrent, program.seconds));
    const ownLimitBps = torrent.ownLimitBps ?? 0;
    torrents.push(made);
    byOwnLimit.set(ownLimitBps, [...(byOwnLimit.get(ownLimitBps) ?? []), made]);
  }
  for (const [ownLimitBps, some] of byOwnLimit) await swarm.seedAllMade(some, ownLimitBps);
  const stopped = [...startsOf(program).values()].flat();
  if (stopped.length > 0) {
    await swarm.seeder.api.stop(stopped.flatMap((index) => torrents[index]?.infoHash ?? []));
    await sleep(SHOWS_WITHIN_MS);
  }
  return torrents;
}

/**
 * The user's hand on the seeder: torrents that were stopped are started at their times. Their leechers are met at once,
 * as those are whose addresses a torrent has kept.
 */
async function startStopped(
  swarm: Swarm,
  torrents: readonly SwarmTorrent[],
  program: Program,
  startMs: number,
): Promise<void> {
  for (const [second, indexes] of [...startsOf(program)].sort(([a], [b]) => a - b)) {
    await sleep(Math.max(0, startMs + second * 1000 - performance.now()));
    const hashes = indexes.flatMap((index) => torrents[index]?.infoHash ?? []);
    await swarm.seeder.api.start(hashes);
    await swarm.seeder.api.addPeer(hashes, swarm.leecher.peerPort);
  }
}

/** More than its leecher can get in the time: whole MiB. */
function sizeFor(torrent: Program['torrents'][number], seconds: number): number {
  const steps = wishSteps(torrent, seconds);
  const most = Math.min(MOST_BPS, torrent.ownLimitBps ?? MOST_BPS, Math.max(...steps.map(({ bps }) => bps)));
  return Math.ceil((most * seconds * 1.25) / MIB + 16) * MIB;
}

/** The config in force at that second; the rollout in it, as reading the file again must not undo what was posted. */
export function serviceConfig(program: Program, second: number): Parameters<Swarm['service']>[0] {
  const { caps, ...others } = inForceAt(program, second);
  const inFile = Object.entries(caps).map(([id, bps]) => [id, bps === UNLIMITED ? -1 : bps]);
  return { caps: Object.fromEntries(inFile), ...others };
}

/** What the user changes, at its times: the rollout by HTTP, all else in the config file. */
async function change(service: Service, program: Program, startMs: number): Promise<void> {
  for (const { atSecond, caps, priorities, strategy, rolloutPercentage } of program.changes ?? []) {
    await sleep(Math.max(0, startMs + atSecond * 1000 - performance.now()));
    if (rolloutPercentage !== undefined) await service.post('/rollout', { percentage: rolloutPercentage });
    if (caps || priorities || strategy) await service.rewrite(serviceConfig(program, atSecond));
  }
}

/** Until the service has written nothing for a while. */
async function untilQuiet(swarm: Swarm): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    await sleep(500);
    const now = performance.now();
    const lastWriteAt = swarm.proxy.writes.at(-1)?.atMs ?? startedAt;
    if (now - Math.max(startedAt, lastWriteAt) >= QUIET_MS || now - startedAt >= STEADY_WITHIN_MS) return;
  }
}

function tracedLimits(swarm: Swarm, torrents: readonly SwarmTorrent[], startMs: number): TracedLimit[] {
  const indexes = new Map(torrents.map(({ infoHash }, index) => [infoHash, index]));
  return swarm.proxy.limitWrites.map(({ atMs, infoHashes, limitBps }) => ({
    atMs: Math.round(atMs - startMs),
    torrents: infoHashes.flatMap((infoHash) => indexes.get(infoHash) ?? []),
    limitBps,
  }));
}

/** What each process uses of the machine while the demand runs. */
class Stopwatch {
  readonly #pids: ReadonlyMap<string, number>;
  readonly #startedAt = performance.now();
  #cpuBefore: ReadonlyMap<string, number> = new Map();

  private constructor(pids: ReadonlyMap<string, number>) {
    this.#pids = pids;
  }

  static async start(swarm: Swarm, service: Service | null): Promise<Stopwatch> {
    const pids = {
      service: service?.pid,
      seeder: swarm.seeder.pid,
      leecher: swarm.leecher.pid,
      harness: process.pid,
    };
    const watch = new Stopwatch(
      new Map(Object.entries(pids).flatMap(([name, pid]): [string, number][] => (pid ? [[name, pid]] : []))),
    );
    watch.#cpuBefore = new Map(
      await Promise.all(
        [...watch.#pids].map(
          async ([name, pid]): Promise<[string, number]> => [name, (await usageOf(pid)).cpuSeconds],
        ),
      ),
    );
    return watch;
  }

  async stop(): Promise<{ readonly busy: Record<string, number>; readonly service: ServiceUse | null }> {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const busy: Record<string, number> = {};
    let service: ServiceUse | null = null;
    for (const [name, pid] of this.#pids) {
      const usage = await usageOf(pid);
      const cpu = (usage.cpuSeconds - (this.#cpuBefore.get(name) ?? 0)) / seconds;
      busy[name] = cpu;
      if (name === 'service')
        service = { peakRssBytes: usage.peakRssBytes, endRssBytes: usage.rssBytes, cpu };
    }
    return { busy, service };
  }
}
