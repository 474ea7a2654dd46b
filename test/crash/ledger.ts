/**
 * What others than Qguardarr set as upload limits, and what is owed for it: the original limits that torrents must have
 * in the end. Pure.
 *
 * A limit that the user sets between Qguardarr's read and its write of the same torrent is overwritten before sync data
 * has shown it: no program can know of it. Then the one before is right as well; in every other case only the last one.
 */
import type { Limits } from './world.ts';

interface Value {
  readonly bps: number;
  /** Sync data has shown it. */
  isShown: boolean;
  /** Qguardarr or the user wrote before it was shown. */
  isLost: boolean;
}

export class Ledger {
  readonly #values = new Map<string, Value[]>();
  /** By torrent: what the client had since the user last set it, oldest first. */
  readonly #history = new Map<string, number[]>();
  readonly #alsoRight = new Map<string, Set<number>>();

  constructor(own: Limits) {
    for (const [name, bps] of Object.entries(own)) this.#begin(name, { bps, isShown: true, isLost: false });
  }

  userSet(name: string, bps: number): void {
    this.#overwritten(name, bps);
    this.#begin(name, { bps, isShown: false, isLost: false });
  }

  /** A call of Qguardarr's has set this limit. */
  written(name: string, bps: number): void {
    this.#history.get(name)?.push(bps);
    this.#overwritten(name, bps);
  }

  shown(name: string, bps: number): void {
    const last = this.#values.get(name)?.at(-1);
    if (last?.bps === bps && !last.isLost) last.isShown = true;
  }

  /** A torrent may have this limit in the end, too. */
  allow(name: string, bps: number): void {
    const also = this.#alsoRight.get(name) ?? new Set();
    this.#alsoRight.set(name, also.add(bps));
  }

  /** Limits that a client which is killed may bring back, oldest first. */
  history(name: string): readonly number[] {
    return this.#history.get(name) ?? [];
  }

  /** Of what others set, all that is right in the end. */
  right(name: string): ReadonlySet<number> {
    const right = new Set(this.#alsoRight.get(name));
    for (const { bps, isLost } of [...(this.#values.get(name) ?? [])].reverse()) {
      right.add(bps);
      if (!isLost) break;
    }
    return right;
  }

  #overwritten(name: string, bps: number): void {
    const last = this.#values.get(name)?.at(-1);
    if (last !== undefined && !last.isShown && last.bps !== bps) last.isLost = true;
  }

  #begin(name: string, value: Value): void {
    this.#values.set(name, [...(this.#values.get(name) ?? []), value]);
    this.#history.set(name, [value.bps]);
  }
}
