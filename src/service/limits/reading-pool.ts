import { grown } from '../../control/grown.ts';
import type { Open } from '../../control/open.ts';
import { noUsage } from '../../control/rate-meter.ts';
import { mergeInSteps, type Steps, sortInSteps } from '../../control/steps.ts';
import type { TorrentKey } from '../../control/torrent.ts';
import type { TorrentReading, Usage } from '../../control/types.ts';
import { UNLIMITED } from '../../control/units.ts';

/** A reading that is being taken. */
export type OpenReading = Open<Omit<TorrentReading, 'usage'>> & { readonly usage: Open<Usage> };

/**
 * The readings of one who looks again and again. A torrent's is the same object each time, brought up to date in
 * place: thousands that are new each time would live just long enough to be moved to where collecting them is dear.
 */
export class ReadingPool {
  readonly #byRow: (OpenReading | undefined)[] = [];
  /** By row: the look at which it was last taken. */
  #takenAt = new Uint32Array(0);
  #look = 0;
  #taken = 0;
  /** Of the look before, in the order of their keys. */
  #rows: number[] = [];
  /** Rows whose torrent has a new reading since then. */
  readonly #fresh = new Set<number>();

  /** Begins a look; one that was broken off before counts for nothing. */
  begin(): void {
    this.#look += 1;
    this.#taken = 0;
  }

  /** The torrent's reading, to be filled in. Each row once in a look. */
  take(row: number, key: TorrentKey): OpenReading {
    this.#reserve(row);
    this.#takenAt[row] = this.#look;
    this.#taken += 1;
    const known = this.#byRow[row];
    if (known !== undefined && known.key === key) return known;
    this.#fresh.add(row);
    const reading = openReading(key);
    this.#byRow[row] = reading;
    return reading;
  }

  /** All that were taken in this look, in the order of their keys. */
  *all(): Steps<TorrentReading[]> {
    if (this.#fresh.size > 0 || this.#taken !== this.#rows.length) yield* this.#sort();
    const readings: TorrentReading[] = [];
    for (const row of this.#rows) {
      const reading = this.#byRow[row];
      if (reading !== undefined) readings.push(reading);
    }
    return readings;
  }

  *#sort(): Steps<void> {
    const keyOf = (row: number): TorrentKey => this.#byRow[row]?.key ?? '';
    const byKey = (a: number, b: number): number => (keyOf(a) < keyOf(b) ? -1 : 1);
    const isTaken = (row: number): boolean => this.#takenAt[row] === this.#look;
    const kept = this.#rows.filter((row) => !this.#fresh.has(row));
    const fresh = [...this.#fresh];
    for (const row of [...kept, ...fresh]) if (!isTaken(row)) this.#byRow[row] = undefined;
    const added = yield* sortInSteps(fresh.filter(isTaken), byKey);
    this.#rows = yield* mergeInSteps(kept.filter(isTaken), added, byKey);
    this.#fresh.clear();
  }

  #reserve(row: number): void {
    if (row < this.#takenAt.length) return;
    this.#takenAt = grown(new Uint32Array(Math.max(row + 1, this.#takenAt.length * 2)), this.#takenAt);
  }
}

/** Of a torrent that nothing was read of yet. */
export function openReading(key: TorrentKey): OpenReading {
  return {
    key,
    trackerId: '',
    limitBps: UNLIMITED,
    ownLimitBps: UNLIMITED,
    held: false,
    inRollout: false,
    announces: false,
    leechersConnected: 0,
    leechersKnown: 0,
    lastActivityAt: 0,
    addedAt: 0,
    usage: noUsage(),
  };
}
