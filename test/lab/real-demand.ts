/**
 * Plays a program's demand with the real leecher. A torrent that is wanted runs there under a download limit;
 * one that isn't waits there, stopped and new.
 *
 * Only a new torrent wakes at once: after a pause libtorrent doesn't connect to the same peer again for 60 s. So
 * a torrent that falls asleep is stopped, its last bytes are waited for, and it is deleted and added anew.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Swarm, SwarmTorrent } from '../support/real-swarm/swarm.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { type Program, wishSteps } from './program.ts';

/** The leecher's counters are complete this long after a stop. */
const LAST_BYTES_MS = 1_500;

/** At most so many requests to the leecher at once. */
const AT_ONCE = 8;

const NO_LIMIT = 0;

interface Moment {
  readonly atMs: number;
  /** By index of the torrent, B/s; Infinity: all it can get. */
  readonly wishes: ReadonlyMap<number, number>;
}

export class RealDemand {
  readonly #swarm: Swarm;
  readonly #torrents: readonly SwarmTorrent[];
  readonly #moments: readonly Moment[];
  readonly #wishes: number[];
  /** The download limits that the leecher has, B/s; Infinity: none. */
  readonly #limits: number[];
  /** Torrents on their way to be new again. */
  readonly #renewals = new Map<number, Promise<void>>();

  constructor(swarm: Swarm, torrents: readonly SwarmTorrent[], program: Program) {
    this.#swarm = swarm;
    this.#torrents = torrents;
    this.#moments = momentsOf(program);
    this.#wishes = torrents.map(() => 0);
    this.#limits = torrents.map(() => Number.POSITIVE_INFINITY);
  }

  /** Gives the leecher every torrent, stopped, with the limit that it begins with. */
  async prepare(): Promise<void> {
    await this.#add([...this.#torrents.keys()]);
    await this.#limit(this.#moments[0]?.wishes ?? new Map());
  }

  /** Resolves at the end of the demand. Rejects when the leecher fails. @param startMs of `performance.now()` */
  async play(startMs: number, seconds: number): Promise<void> {
    for (const { atMs, wishes } of this.#moments) {
      await sleep(Math.max(0, startMs + atMs - performance.now()));
      await this.#change(wishes);
    }
    await sleep(Math.max(0, startMs + seconds * 1000 - performance.now()));
    await Promise.all(this.#renewals.values());
  }

  async #change(wishes: ReadonlyMap<number, number>): Promise<void> {
    const before = [...this.#wishes];
    for (const [index, bps] of wishes) this.#wishes[index] = bps;
    const indexes = [...wishes.keys()];
    const asleep = indexes.filter((index) => before[index] !== 0 && this.#wishes[index] === 0);
    const awake = indexes.filter((index) => before[index] === 0 && this.#wishes[index] !== 0);
    if (asleep.length > 0) {
      await this.#swarm.leecher.api.pause(this.#hashes(asleep));
      const renewal = this.#renew(asleep);
      // play() awaits it in the end; until then a failure must not end the process.
      renewal.catch(() => undefined);
      for (const index of asleep) this.#renewals.set(index, renewal);
    }
    await Promise.all(awake.map((index) => this.#renewals.get(index)));
    await this.#limit(wishes);
    if (awake.length > 0) await this.#swarm.leecher.api.resume(this.#hashes(awake));
  }

  async #renew(indexes: readonly number[]): Promise<void> {
    await sleep(LAST_BYTES_MS);
    await this.#swarm.leecher.api.delete(this.#hashes(indexes));
    await this.#add(indexes);
  }

  async #add(indexes: readonly number[]): Promise<void> {
    const { api, contentFolder } = this.#swarm.leecher;
    await api.addTorrents(
      indexes.flatMap((index) => this.#torrents[index]?.file ?? []),
      { savePath: contentFolder, stopped: true },
    );
    const wanted = this.#hashes(indexes);
    await waitFor('the leecher to have new torrents', 30_000, async () => {
      const there = new Set((await api.torrents()).map(({ hash }) => hash));
      return wanted.every((infoHash) => there.has(infoHash)) ? true : undefined;
    });
    for (const index of indexes) this.#limits[index] = Number.POSITIVE_INFINITY;
  }

  /** One call for each distinct limit; none for what is so already, or not wanted. */
  async #limit(wishes: ReadonlyMap<number, number>): Promise<void> {
    const byLimit = new Map<number, number[]>();
    for (const [index, bps] of wishes) {
      if (bps === 0 || bps === this.#limits[index]) continue;
      byLimit.set(bps, [...(byLimit.get(bps) ?? []), index]);
      this.#limits[index] = bps;
    }
    const calls = [...byLimit].map(([bps, indexes]) => async () => {
      const limitBps = Number.isFinite(bps) ? Math.max(1, Math.round(bps)) : NO_LIMIT;
      await this.#swarm.leecher.api.setDownloadLimit(this.#hashes(indexes), limitBps);
    });
    await new PQueue({ concurrency: AT_ONCE }).addAll(calls);
  }

  #hashes(indexes: readonly number[]): string[] {
    return indexes.flatMap((index) => this.#torrents[index]?.infoHash ?? []);
  }
}

/** The program's wishes by the time at which they change. */
function momentsOf(program: Program): Moment[] {
  const steps = program.torrents.flatMap((torrent, index) =>
    wishSteps(torrent, program.seconds).map(({ atMs, bps }) => ({ atMs, index, bps })),
  );
  const times = [...new Set(steps.map(({ atMs }) => atMs))].sort((a, b) => a - b);
  return times.map((atMs) => ({
    atMs,
    wishes: new Map(
      steps.filter((step) => step.atMs === atMs).map(({ index, bps }): [number, number] => [index, bps]),
    ),
  }));
}
