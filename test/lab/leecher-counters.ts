/**
 * Follows the leecher's download counters: the truth of a run.
 *
 * Two modes: stopped, and following. The leecher moves all counters together, about once a second; a reading is
 * kept for each such move and nothing in between. A torrent that is deleted and added anew counts on from what
 * it had.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebApi } from '../support/real-swarm/web-api.ts';
import type { CounterReading } from './second-buckets.ts';

/** Short beside a second: it is how late a move may be seen, and so how wrong its time. */
const POLL_MS = 100;

export class LeecherCounters {
  readonly #leecher: WebApi;
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #readings: CounterReading[] = [];
  /** Of the present incarnation of each torrent, and of those before it. */
  readonly #shown: number[];
  readonly #before: number[];
  #stopped = new AbortController();
  #loop: Promise<void> | null = null;

  constructor(leecher: WebApi, infoHashes: readonly string[]) {
    this.#leecher = leecher;
    this.#indexes = new Map(infoHashes.map((infoHash, index) => [infoHash, index]));
    this.#shown = infoHashes.map(() => 0);
    this.#before = infoHashes.map(() => 0);
  }

  start(): void {
    this.#stopped = new AbortController();
    this.#keep();
    this.#loop = this.#follow(this.#stopped.signal);
    // A failure is reported by stop(); until then it must not end the process, which has clients to end first.
    this.#loop.catch(() => undefined);
  }

  /** Rejects when following broke down. @returns all readings, on the clock of `performance.now()` */
  async stop(): Promise<readonly CounterReading[]> {
    this.#stopped.abort();
    await this.#loop;
    this.#loop = null;
    return this.#readings;
  }

  async #follow(stopped: AbortSignal): Promise<void> {
    let rid = 0;
    while (!stopped.aborted) {
      const answer = await this.#leecher.downloadCounters(rid);
      rid = answer.rid;
      let moved = false;
      for (const infoHash of answer.torrents_removed ?? []) this.#restart(this.#indexes.get(infoHash));
      for (const [infoHash, { downloaded }] of Object.entries(answer.torrents ?? {})) {
        const index = this.#indexes.get(infoHash);
        if (index === undefined || downloaded === undefined || downloaded === this.#shown[index]) continue;
        if (downloaded < (this.#shown[index] ?? 0)) this.#restart(index);
        this.#shown[index] = downloaded;
        moved = true;
      }
      if (moved) this.#keep();
      await sleep(POLL_MS, undefined, { signal: stopped }).catch(() => undefined);
    }
    this.#keep();
  }

  #restart(index: number | undefined): void {
    if (index === undefined) return;
    this.#before[index] = (this.#before[index] ?? 0) + (this.#shown[index] ?? 0);
    this.#shown[index] = 0;
  }

  #keep(): void {
    this.#readings.push({
      atMs: performance.now(),
      bytes: this.#shown.map((bytes, index) => bytes + (this.#before[index] ?? 0)),
    });
  }
}
