interface Entry<T> {
  readonly item: T;
  readonly dueMs: number;
}

/** Who is due at which step's beginning: adding and taking cost the same however many wait. */
export class WakeCalendar<T> {
  readonly #stepMs: number;
  readonly #entriesByStep = new Map<number, Entry<T>[]>();

  constructor(stepMs: number) {
    this.#stepMs = stepMs;
  }

  /** @param dueMs Infinity is never due */
  add(item: T, dueMs: number): void {
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const step = Math.ceil(dueMs / this.#stepMs);
    const entries = this.#entriesByStep.get(step);
    if (entries === undefined) this.#entriesByStep.set(step, [{ item, dueMs }]);
    else entries.push({ item, dueMs });
  }

  /** Takes out those due by `nowMs`, where a step begins. To be called once for each step, in order. */
  take(nowMs: number): readonly Entry<T>[] {
    const step = Math.floor(nowMs / this.#stepMs);
    const entries = this.#entriesByStep.get(step) ?? [];
    this.#entriesByStep.delete(step);
    return entries;
  }
}
