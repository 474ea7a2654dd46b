import type { Bus } from '../../bus.ts';
import type { EventName, Events } from '../../events.ts';
import type { LiveCycle, LiveLink, LiveState, LiveStats, LiveUpdate } from '../live-types.ts';

type Part = LiveUpdate['event'];

/** How each part reads now. */
export interface LiveSources {
  readonly state: () => LiveState;
  readonly stats: () => LiveStats;
  readonly link: () => LiveLink;
  readonly cycle: () => LiveCycle;
}

/**
 * Tells watchers what has changed. Events only mark which parts may have; the parts are read once all listeners of
 * the bus have run, once for all watchers, and told only if they differ from what was told last.
 *
 * Invariant: with no watcher nothing is read.
 */
export class LiveFeed {
  readonly #sources: LiveSources;
  readonly #watchers = new Set<(update: LiveUpdate) => void>();
  readonly #due = new Set<Part>();
  readonly #told = new Map<Part, string>();

  constructor(bus: Bus, sources: LiveSources) {
    this.#sources = sources;
    bus.onAny((name, event) => this.#mark(partsTouchedBy(name, event)));
  }

  /** All of it, for one who has just begun to watch. */
  now(): LiveUpdate[] {
    return (['state', 'stats', 'link', 'cycle'] as const).map((part) => this.#read(part));
  }

  watch(watcher: (update: LiveUpdate) => void): () => void {
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#told.clear();
    };
  }

  #mark(parts: readonly Part[]): void {
    if (parts.length === 0 || this.#watchers.size === 0) return;
    const isPlanned = this.#due.size > 0;
    for (const part of parts) this.#due.add(part);
    if (!isPlanned) queueMicrotask(() => this.#tell());
  }

  #tell(): void {
    const parts = [...this.#due];
    this.#due.clear();
    for (const part of parts) {
      const update = this.#read(part);
      const text = JSON.stringify(update.data);
      if (this.#told.get(part) === text) continue;
      this.#told.set(part, text);
      for (const watcher of this.#watchers) watcher(update);
    }
  }

  #read(part: Part): LiveUpdate {
    switch (part) {
      case 'state':
        return { event: part, data: this.#sources.state() };
      case 'stats':
        return { event: part, data: this.#sources.stats() };
      case 'link':
        return { event: part, data: this.#sources.link() };
      case 'cycle':
        return { event: part, data: this.#sources.cycle() };
    }
  }
}

function partsTouchedBy(name: EventName, event: Events[EventName]): readonly Part[] {
  if (name.startsWith('timer:') || name.startsWith('limits:') || name === 'webhook:received') return [];
  if (name === 'cycle:finished') return ['stats', 'cycle', 'state'];
  if (name === 'cycle:failed') return ['cycle', 'state'];
  if (name !== 'state:changed' || !('machine' in event)) return ['state'];
  if (event.machine === 'cycle') return ['cycle'];
  if (event.machine === 'link') return ['link', 'state'];
  // The trackers' machines move with the cycle, which tells of them.
  return event.machine === 'service' ? ['state'] : ['stats'];
}
