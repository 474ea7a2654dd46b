import { hasMark } from '../../control/limit-mark.ts';
import type { Open } from '../../control/open.ts';
import type { RateMeter } from '../../control/rate-meter.ts';
import { infoHashOf, type TorrentKey } from '../../control/torrent.ts';
import type { ControlSettings, TorrentReading } from '../../control/types.ts';
import { limitFromWire, UNLIMITED } from '../../control/units.ts';
import { isUnknownLimit } from '../ownership/unknown-limits.ts';
import { type HeldLimit, limitInForce } from './held-limit.ts';
import type { OpenReading } from './reading-pool.ts';
import type { ReadingsParts } from './readings.ts';
import type { RowReader } from './row-reader.ts';

/** The limit in force, the torrent's own, and whether the one in force is Qguardarr's. */
export type RowLimits = Pick<TorrentReading, 'limitBps' | 'ownLimitBps' | 'held'>;

/** A torrent's reading, and parts of it, from its row and from what is held, pretended and released of it. */
export class ReadingMaker {
  readonly #parts: Omit<ReadingsParts, 'matcher'>;
  readonly #meter: RateMeter;
  readonly #reader: RowReader;
  readonly #limits: Open<RowLimits> = { limitBps: UNLIMITED, ownLimitBps: UNLIMITED, held: false };

  constructor(parts: Omit<ReadingsParts, 'matcher'>, meter: RateMeter, reader: RowReader) {
    this.#parts = parts;
    this.#meter = meter;
    this.#reader = reader;
  }

  fill(
    reading: OpenReading,
    row: number,
    trackerId: string,
    held: HeldLimit | undefined,
    settings: ControlSettings,
  ): OpenReading {
    const { key } = reading;
    const { columns } = this.#parts.picture.table.rows;
    const { limitBps, ownLimitBps, held: isHeld } = this.limitsOf(row, key, held);
    reading.trackerId = trackerId;
    reading.limitBps = limitBps;
    reading.ownLimitBps = ownLimitBps;
    reading.held = isHeld;
    reading.inRollout = this.isInRollout(key, trackerId, settings);
    this.#reader.readWakeSigns(row, reading);
    this.#meter.usage(key, held?.tookEffectAt ?? null, columns.number(row, 'upspeed'), reading.usage);
    return reading;
  }

  /** The same object each time. */
  limitsOf(row: number, key: TorrentKey, held: HeldLimit | undefined): RowLimits {
    const shownBps = limitFromWire(this.#parts.picture.table.rows.columns.number(row, 'up_limit'));
    const dryRun = this.#parts.dryRun();
    const pretended = dryRun?.get(key);
    const isReleased = dryRun?.isReleased(key) ?? false;
    const ownBps = held === undefined ? shownBps : limitFromWire(held.ownWire);
    const inForceBps = held === undefined || isReleased ? ownBps : limitInForce(held, shownBps);
    const limits = this.#limits;
    limits.limitBps = pretended === undefined ? inForceBps : limitFromWire(pretended);
    limits.ownLimitBps = ownBps;
    limits.held = pretended !== undefined || (held !== undefined && !isReleased);
    return limits;
  }

  /** False for what a rollback of a part has released, too. */
  isInRollout(key: TorrentKey, trackerId: string, { rolloutPercentage }: ControlSettings): boolean {
    const released = this.#parts.released();
    const isReleased = !released.isEmpty && released.covers(infoHashOf(key), trackerId);
    return !isReleased && this.#reader.inRollout(key, rolloutPercentage);
  }

  /** Of a torrent that is not managed: Qguardarr wrote its limit, and no original of it is known. */
  hasUnknownLimit(row: number): boolean {
    const { table } = this.#parts.picture;
    const wire = table.rows.columns.number(row, 'up_limit');
    return hasMark(wire) && isUnknownLimit({ key: table.keyOf(row), wire }, this.#parts.knownLimits());
  }
}
