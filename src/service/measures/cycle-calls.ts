import type { CycleTimes } from '../../control/pace-watch.ts';
import type { CycleSummary, Events } from '../../events.ts';

/** How long qBittorrent took for the calls since the last cycle, and so what the time of a cycle went to. */
export class CycleCalls {
  #readingMs = 0;
  #writingMs = 0;

  note({ endpoint, durationMs }: Events['call:finished']): void {
    if (endpoint === 'sync/maindata') this.#readingMs += durationMs;
    if (endpoint === 'torrents/setUploadLimit') this.#writingMs += durationMs;
  }

  /** Begins the next cycle. @param summary of the one that ended; null when it failed, or none ran */
  take(summary: Pick<CycleSummary, 'observingMs' | 'planningMs' | 'applyingMs'> | null): CycleTimes | null {
    const reading = this.#readingMs;
    const writing = this.#writingMs;
    this.#readingMs = 0;
    this.#writingMs = 0;
    if (summary === null) return null;
    const { observingMs, planningMs, applyingMs } = summary;
    return {
      reading,
      writing,
      waiting: Math.max(0, applyingMs - writing),
      planning: Math.max(0, observingMs - reading) + planningMs,
    };
  }
}
