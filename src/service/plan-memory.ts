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

  forgetTracker(id: string): void {
    const trackers = new Map(this.#memory.trackers);
    trackers.delete(id);
    this.#memory = { ...this.#memory, trackers };
  }
}
