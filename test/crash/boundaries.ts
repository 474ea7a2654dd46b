/**
 * The boundaries between the steps of a run. Everything through which the service reaches the disk or qBittorrent
 * crosses one before and after each step. At the one that is the target the process dies; or something happens around
 * it, and the run goes on afterwards.
 */
import { truncateSync } from 'node:fs';
import type { Target } from './plan.ts';

export class Boundaries {
  /** All so far, in order, as `phase | step`. */
  readonly crossed: string[] = [];
  phase = 'start';
  /** Called at each crossing, with the number of crossings so far. */
  onCrossing: (crossings: number) => void = () => {};
  readonly #target: Target | null;
  readonly #happens: (() => Promise<void>) | null;
  readonly #counts = new Map<string, number>();
  /** How many bytes of each file are on the disk itself. */
  readonly #synced = new Map<string, number>();

  /** @param happens at the target, in place of the process's death */
  constructor(target: Target | null, happens: (() => Promise<void>) | null = null) {
    this.#target = target;
    this.#happens = happens;
  }

  /** @param last done only when the process dies here: the half of a step that it still gets to */
  async cross(step: string, last: () => Promise<void> = async () => {}): Promise<void> {
    const boundary = `${this.phase} | ${step}`;
    this.crossed.push(boundary);
    this.onCrossing(this.crossed.length);
    const count = (this.#counts.get(boundary) ?? 0) + 1;
    this.#counts.set(boundary, count);
    const target = this.#target;
    if (target === null) return;
    const isHere = target.boundary === null ? this.crossed.length : target.boundary === boundary ? count : 0;
    if (isHere !== target.occurrence) return;
    if (this.#happens !== null) return await this.#happens();
    await last();
    if (target.powerCut) for (const [file, bytes] of this.#synced) truncateSync(file, bytes);
    process.kill(process.pid, 'SIGKILL');
  }

  /** The file has this many bytes, all of them on the disk itself. */
  noteSynced(file: string, bytes: number): void {
    this.#synced.set(file, bytes);
  }
}
