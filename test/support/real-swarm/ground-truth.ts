/**
 * What the leecher really got, which no belief of the service or the seeder can colour.
 *
 * Samples all of the leecher's counters together. They move about once a second, all at once: samples are kept
 * of such moves only, for between them a window would hold one move too many or too few, 10 % of 10 s. A torrent
 * that isn't there yet counts as 0 bytes, so all series have the same moments and can be added up by tracker.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { addSamples, meanRate, type RateSummary, type Sample, summarize } from './rate-windows.ts';
import type { WebApi } from './web-api.ts';

/** Short beside a second: it is how late a move may be seen. */
const SAMPLE_EVERY_MS = 100;
/** While nothing moves, a sample says so. */
const KEEP_EVERY_MS = 2_000;
const WINDOW_MS = 10_000;

export class GroundTruth {
  readonly #leecher: WebApi;
  readonly #moments: { readonly atMs: number; readonly bytes: ReadonlyMap<string, number> }[] = [];
  #stopped = new AbortController();
  #loop: Promise<void> | null = null;

  constructor(leecher: WebApi) {
    this.#leecher = leecher;
  }

  start(): void {
    this.#stopped = new AbortController();
    this.#loop = this.#sample(this.#stopped.signal);
    // A failure is reported by stop(); until then it must not end the process, which has clients to end first.
    this.#loop.catch(() => undefined);
  }

  /** Rejects when sampling broke down: a summary would be of less than it seems. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    const loop = this.#loop;
    this.#loop = null;
    await loop;
  }

  /** This moment, on the clock of the samples. */
  now(): number {
    return performance.now();
  }

  /** Of these torrents together, between the two moments. */
  summary(infoHashes: readonly string[], fromMs: number, toMs = Number.POSITIVE_INFINITY): RateSummary {
    const series = infoHashes.map((infoHash) => this.#series(infoHash, fromMs, toMs));
    return summarize(addSamples(series), WINDOW_MS);
  }

  /** Mean rate of one torrent between the two moments, B/s. */
  meanOf(infoHash: string, fromMs: number, toMs = Number.POSITIVE_INFINITY): number {
    return meanRate(this.#series(infoHash, fromMs, toMs));
  }

  #series(infoHash: string, fromMs: number, toMs: number): Sample[] {
    return this.#moments
      .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
      .map(({ atMs, bytes }) => ({ atMs, bytes: bytes.get(infoHash) ?? 0 }));
  }

  async #sample(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      const torrents = await this.#leecher.torrents();
      this.#keep(new Map(torrents.map((torrent) => [torrent.hash, torrent.downloaded])));
      await sleep(SAMPLE_EVERY_MS, undefined, { signal: stopped }).catch(() => undefined);
    }
  }

  #keep(bytes: ReadonlyMap<string, number>): void {
    const atMs = performance.now();
    const last = this.#moments.at(-1);
    const moved = [...bytes].some(([infoHash, count]) => count !== (last?.bytes.get(infoHash) ?? 0));
    if (last === undefined || moved || atMs - last.atMs >= KEEP_EVERY_MS) this.#moments.push({ atMs, bytes });
  }
}
