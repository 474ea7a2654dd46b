import type { TorrentKey } from '../control/torrent.ts';
import { type ControlMemory, EMPTY_MEMORY } from '../control/types.ts';

/** What one cycle leaves for the next. A cycle that looked before something was forgotten does not bring it back. */
export class PlanMemory {
  #memory: ControlMemory = EMPTY_MEMORY;
  #seen: ControlMemory = EMPTY_MEMORY;

  get current(): ControlMemory {
    return this.#memory;
  }

  /** For the plan of a cycle, which `keep` ends. */
  look(): ControlMemory {
    this.#seen = this.#memory;
    return this.#memory;
  }

  /** Takes over what the plan made of what it saw, unless that is forgotten since. */
  keep(memory: ControlMemory): void {
    if (this.#memory === this.#seen) this.#memory = memory;
  }

  forgetAll(): void {
    // A copy: a cycle that looked at an empty memory is no exception.
    this.#memory = { ...EMPTY_MEMORY };
  }

  forgetTracker(id: string, torrents: Iterable<{ readonly key: TorrentKey }>): void {
    const trackers = new Map(this.#memory.trackers);
    const kept = new Map(this.#memory.torrents);
    trackers.delete(id);
    for (const { key } of torrents) kept.delete(key);
    this.#memory = { ...this.#memory, trackers, torrents: kept };
  }
}
