import type { LiveCycle, LiveLink, LiveState, LiveStats, LiveUpdate } from '../service/live-types.ts';
import type { StreamStatus } from './live/live-stream.ts';
import { SeriesSet } from './live/series.ts';

/** All that the page knows of the service, and who wants to know. */
export class Store {
  state: LiveState | null = null;
  stats: LiveStats | null = null;
  link: LiveLink | null = null;
  cycle: LiveCycle | null = null;
  stream: StreamStatus = { kind: 'connecting' };
  readonly series = new SeriesSet();
  readonly #listeners = new Set<() => void>();
  #isTelling = false;

  /** Called soon after one or more changes. Returns the function that ends it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  take(update: LiveUpdate): void {
    switch (update.event) {
      case 'state':
        this.state = update.data;
        break;
      case 'stats':
        this.stats = update.data;
        this.series.add(update.data);
        break;
      case 'link':
        this.link = update.data;
        break;
      case 'cycle':
        this.cycle = update.data;
        break;
    }
    this.changed();
  }

  setStream(status: StreamStatus): void {
    this.stream = status;
    this.changed();
  }

  changed(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      this.#isTelling = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
