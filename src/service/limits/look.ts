import type { TorrentKey } from '../../control/torrent.ts';
import type { ControlSettings } from '../../control/types.ts';
import { Crowds } from './crowds.ts';
import { DORMANT, type IdleRows } from './idle-rows.ts';
import type { Observation } from './readings.ts';

/** What one look at all rows adds up to, besides the readings. */
export class Look {
  readonly settings: ControlSettings;
  /** Unix ms. */
  readonly now: number;
  /** By tracker id. */
  readonly places: ReadonlyMap<string, number>;
  readonly crowds: Crowds;
  readonly unknownLimits: TorrentKey[] = [];
  readonly #rows: IdleRows;
  readonly #dormant: number[];

  /** @param crowdLimits of the look before, by tracker */
  constructor(settings: ControlSettings, rows: IdleRows, crowdLimits: Map<string, number>, now: number) {
    this.settings = settings;
    this.now = now;
    this.places = new Map(settings.trackers.map(({ id }, place) => [id, place]));
    this.crowds = new Crowds(settings.trackers, rows, crowdLimits);
    this.#rows = rows;
    this.#dormant = settings.trackers.map(() => 0);
  }

  /** A row that is idle. */
  count(row: number, kind: number): void {
    if (kind !== DORMANT) {
      this.crowds.count(row);
      return;
    }
    const place = this.#rows.placeOf(row);
    this.#dormant[place] = (this.#dormant[place] ?? 0) + 1;
  }

  result(): Omit<Observation, 'readings'> {
    const counts = this.settings.trackers.map(({ id }, place): [string, number] => [
      id,
      this.#dormant[place] ?? 0,
    ]);
    return {
      dormant: new Map(counts.filter(([, count]) => count > 0)),
      crowds: this.crowds.result(),
      unknownLimits: this.unknownLimits,
    };
  }
}
