import { GUARD_ALL, guardLimit } from './guard.ts';
import type { WakeSigns } from './selection.ts';
import type { TorrentKey } from './torrent.ts';
import { MIN_LIMIT_BPS, UNLIMITED } from './units.ts';

/*
 * Standby limits of a tracker with a crowd of idle torrents. The limits of a few idle torrents follow what is free of
 * the cap, as each of them may have much of it. A crowd has so little each that following gains nothing, and would
 * rewrite thousands whenever usage moves. So a crowd has one limit that depends on the cap and on how many there are,
 * in steps of two; and a torrent of it that is under such a limit costs nothing until something about it changes.
 */

/** More idle torrents than this are a crowd… */
const CROWD_FROM = 50;
/** …until they are fewer than this. */
const CROWD_TO = 36;
/** The limit is kept while what it should be is between these parts of it. */
const KEPT_FROM = 0.75;
const KEPT_TO = 2;
/**
 * Torrents that fall idle keep a limit above the crowd's, up to what one idle torrent may have, while all standby
 * limits together are no more than this part of the cap…
 */
const TOGETHER = 0.2;
/** …or than so many times the crowd's limit for each of them, where the cap has less. */
const OVER_LEAST = 1.3;
/** A limit above the crowd's by more than this factor is cut where all are too much together. */
const TOO_HIGH = 1.3;
/** One below it by more than this factor is raised: less changes little for a torrent that wakes. */
const TOO_LOW = 4;

/** Idle torrents of a tracker that are not among the readings, as nothing about them has changed. */
export interface StandbyCrowd {
  /** What each of them may start with, B/s; null where the tracker has no crowd. */
  readonly limitBps: number | null;
  /** Those under a limit low enough, their own or a standby limit. */
  readonly resting: number;
  /** What those limits add up to, B/s. */
  readonly restingBps: number;
  /** Those that are yet to get their standby limit, besides those that get it now. */
  readonly waiting: number;
  /** Those that get their standby limit in this cycle. */
  readonly due: readonly DueTorrent[];
}

export interface DueTorrent {
  readonly key: TorrentKey;
  /** The limit in force, B/s. */
  readonly limitBps: number;
  readonly ownLimitBps: number;
}

export const NO_CROWD: StandbyCrowd = { limitBps: null, resting: 0, restingBps: 0, waiting: 0, due: [] };

/** All torrents of it. */
export function crowdSize({ resting, waiting, due }: StandbyCrowd): number {
  return resting + waiting + due.length;
}

/**
 * The standby limit of each of `idle` idle torrents, B/s; null: they are no crowd.
 * @param beforeBps of the cycle before
 */
export function crowdLimit(beforeBps: number | null, capBps: number, idle: number): number | null {
  if (idle <= (beforeBps === null ? CROWD_FROM : CROWD_TO)) return null;
  const rightBps = (GUARD_ALL * capBps) / idle;
  if (beforeBps !== null && rightBps >= KEPT_FROM * beforeBps && rightBps <= KEPT_TO * beforeBps)
    return beforeBps;
  return Math.max(MIN_LIMIT_BPS, 2 ** Math.floor(Math.log2(rightBps)));
}

export interface CrowdRules {
  readonly limitBps: number;
  /** An idle torrent may have no more, B/s. */
  readonly mostBps: number;
}

/** @param limitsBps what all finite limits of the crowd add up to */
export function crowdRules(limitBps: number, capBps: number, idle: number, limitsBps: number): CrowdRules {
  const togetherBps = Math.max(TOGETHER * capBps, OVER_LEAST * limitBps * idle);
  const isTooMuch = limitsBps > togetherBps;
  return {
    limitBps,
    mostBps:
      TOO_HIGH * limitBps > guardLimit(capBps, 1) || isTooMuch ? TOO_HIGH * limitBps : guardLimit(capBps, 1),
  };
}

/** Whether the limit of an idle torrent of a crowd has to be written. */
export function isDue(
  limitBps: number,
  ownLimitBps: number,
  { limitBps: rightBps, mostBps }: CrowdRules,
): boolean {
  if (limitBps > mostBps) return true;
  return limitBps < Math.min(rightBps, ownLimitBps) / TOO_LOW;
}

/** Who gets a standby limit first: 0 comes before 1. Limits that are only to be corrected come last. */
export const URGENCIES = 7;
/** A torrent that was added within this time announces itself to all who wait for it. */
const JUST_ADDED_MS = 10 * 60_000;
const DAY_MS = 86_400_000;

/** @param now Unix ms */
export function urgencyOf(signs: WakeSigns, now: number): number {
  if (now - signs.addedAt < JUST_ADDED_MS) return 0;
  if (signs.leechersConnected > 0) return 1;
  if (signs.leechersKnown > 0 || !signs.announces) return 2;
  return now - signs.lastActivityAt < DAY_MS || now - signs.addedAt < DAY_MS ? 3 : 4;
}

/** @param firstUrgency what `urgencyOf` says, for a torrent without any limit */
export function dueUrgency(firstUrgency: number, limitBps: number, { mostBps }: CrowdRules): number {
  if (limitBps === UNLIMITED) return firstUrgency;
  return limitBps > mostBps ? URGENCIES - 2 : URGENCIES - 1;
}
