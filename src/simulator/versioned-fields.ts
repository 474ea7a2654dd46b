export type FieldValue = string | number | boolean;

/**
 * The fields of one object in the sync data, each with the revision at which it last changed. A delta for
 * any session is then "what changed after the revision it knows": no copy per session is kept.
 */
export class VersionedFields {
  readonly values: Readonly<Record<string, FieldValue>>;
  readonly #values: Record<string, FieldValue>;
  readonly #changedAt = new Map<string, number>();
  readonly #createdAt: number;
  #revision: number;

  constructor(values: Record<string, FieldValue>, revision: number) {
    this.#values = values;
    this.values = values;
    this.#createdAt = revision;
    this.#revision = revision;
  }

  /** Keeps the values that are new; the others keep their revision. */
  set(changes: Readonly<Record<string, FieldValue>>, revision: number): void {
    for (const field in changes) {
      const value = changes[field];
      if (value === undefined || this.#values[field] === value) continue;
      this.#values[field] = value;
      this.#changedAt.set(field, revision);
      this.#revision = revision;
    }
  }

  /** The fields changed after `revision`: all of them when it is new since, null when none did. */
  since(revision: number): Readonly<Record<string, FieldValue>> | null {
    if (this.#revision <= revision) return null;
    if (this.#createdAt > revision) return this.values;
    const changed: Record<string, FieldValue> = {};
    for (const [field, changedAt] of this.#changedAt) {
      const value = this.#values[field];
      if (changedAt > revision && value !== undefined) changed[field] = value;
    }
    return changed;
  }
}
