import { grown } from '../../control/grown.ts';
import type { Matcher } from '../../control/matching.ts';
import type { ScopeSet } from '../../control/torrent-scope.ts';
import type { ControlSettings } from '../../control/types.ts';
import { UNLIMITED } from '../../control/units.ts';
import type { TorrentRows } from '../../qbittorrent/torrent-rows.ts';
import type { DryRunLimits } from './dry-run.ts';

/** What a row was found to be: not idle, or not known; idle and left alone; or idle and to be under a standby limit. */
export const NOT_IDLE = 0;
export const DORMANT = 1;
export const STANDBY = 2;
/** As STANDBY, in this look only: its limit is on its way. */
const STANDBY_FOR_NOW = 3;

export interface IdleBasis {
  readonly rows: TorrentRows;
  readonly matcher: Matcher;
  readonly settings: ControlSettings;
  readonly released: ScopeSet;
  readonly dryRun: DryRunLimits | null;
}

/**
 * Which rows were found idle, under which tracker and under which limit, so that the same need not be found in every
 * cycle: nearly all of 30,000 torrents are idle, and nothing changes about them for hours.
 *
 * Invariant: what is remembered of a row holds as long as nothing changes in the row, in what is held of it, and in the
 * basis. Time alone makes no torrent want a standby limit. That one no longer wants it is found with the next full
 * picture, which has other rows.
 */
export class IdleRows {
  #kind = new Uint8Array(0);
  #place = new Int16Array(0);
  #urgency = new Uint8Array(0);
  #limitBps = new Float64Array(0);
  #ownLimitBps = new Float64Array(0);
  /** By row: `rows.changes` as it was found. */
  #foundAt = new Uint32Array(0);
  #basis: IdleBasis | null = null;
  #text = '';

  /** What was remembered is kept when all that it depends on, apart from the rows themselves, is the same. */
  prepare(basis: IdleBasis): void {
    const before = this.#basis;
    const text = textOf(basis.settings);
    const isSame =
      basis.rows === before?.rows &&
      basis.matcher === before.matcher &&
      basis.released === before.released &&
      basis.dryRun === before.dryRun &&
      text === this.#text;
    this.#basis = basis;
    this.#text = text;
    if (!isSame) this.#kind.fill(NOT_IDLE);
    this.#reserve(basis.rows.columns.rowsEnd);
  }

  /** As it is remembered; NOT_IDLE where it has to be found again. */
  kindOf(row: number): number {
    const kind = this.#kind[row] ?? NOT_IDLE;
    if (kind === NOT_IDLE || kind === STANDBY_FOR_NOW) return NOT_IDLE;
    return this.#basis?.rows.isUnchangedSince(row, this.#foundAt[row] ?? 0) === true ? kind : NOT_IDLE;
  }

  /** In this look, in which every row was found or remembered. */
  isStandby(row: number): boolean {
    return (this.#kind[row] ?? NOT_IDLE) >= STANDBY;
  }

  /** The place of its tracker among those configured. */
  placeOf(row: number): number {
    return this.#place[row] ?? 0;
  }

  urgencyOf(row: number): number {
    return this.#urgency[row] ?? 0;
  }

  /** The limit in force, B/s. */
  limitOf(row: number): number {
    return this.#limitBps[row] ?? UNLIMITED;
  }

  ownLimitOf(row: number): number {
    return this.#ownLimitBps[row] ?? UNLIMITED;
  }

  foundDormant(row: number, place: number): void {
    this.#found(row, DORMANT, place);
  }

  /** @param lasts false: its limit is on its way, so it has to be found again in the next look */
  foundStandby(
    row: number,
    place: number,
    urgency: number,
    limits: { readonly limitBps: number; readonly ownLimitBps: number },
    lasts: boolean,
  ): void {
    this.#found(row, lasts ? STANDBY : STANDBY_FOR_NOW, place);
    this.#urgency[row] = urgency;
    this.#limitBps[row] = limits.limitBps;
    this.#ownLimitBps[row] = limits.ownLimitBps;
  }

  /** It is not idle, or something about it has changed that the rows don't show. */
  forget(row: number): void {
    this.#kind[row] = NOT_IDLE;
  }

  #found(row: number, kind: number, place: number): void {
    this.#kind[row] = kind;
    this.#place[row] = place;
    this.#foundAt[row] = this.#basis?.rows.changes ?? 0;
  }

  #reserve(rows: number): void {
    if (rows <= this.#kind.length) return;
    const capacity = Math.max(rows, this.#kind.length * 2);
    this.#kind = grown(new Uint8Array(capacity), this.#kind);
    this.#place = grown(new Int16Array(capacity), this.#place);
    this.#urgency = grown(new Uint8Array(capacity), this.#urgency);
    this.#limitBps = grown(new Float64Array(capacity), this.#limitBps);
    this.#ownLimitBps = grown(new Float64Array(capacity), this.#ownLimitBps);
    this.#foundAt = grown(new Uint32Array(capacity), this.#foundAt);
  }
}

function textOf({ trackers, idleGuard, autoUnlimitOnInactive, rolloutPercentage }: ControlSettings): string {
  const caps = trackers.map(({ id, capBps }) => `${id} ${capBps === UNLIMITED}`);
  return [idleGuard, autoUnlimitOnInactive, rolloutPercentage, ...caps].join('\n');
}
