import type { Open } from './open.ts';
import type { Usage } from './types.ts';
import { UNLIMITED } from './units.ts';

/*
 * A torrent is judged by what it used under one limit, in a window of seconds. Where the limit moves all the time
 * no such window comes to an end; but what it was let and what it used can be held against each other all the same.
 */

/** A torrent that fills less than this part of its limits… */
const SLACK_BELOW = 0.7;
/** …for longer than a swell ebbs isn't bound by them. */
const SLACK_SHOWS_MS = 4_000;
/** Weight of the latest sample: the two averages reach back some 5 s. */
const LATEST_WEIGHT = 0.35;

export interface Fill {
  /** The limit in force, B/s: it counts from the next sample on, as a raise takes as long to show. */
  readonly limitBps: number;
  /** What it was let, and what it used of that, over the same seconds, B/s. */
  readonly allowedBps: number;
  readonly usedBps: number;
  /** Since when it uses clearly less than it was let, Unix ms; null: it does not. */
  readonly slackSince: number | null;
}

/** Of a torrent that is believed to take all that it may, from now on. */
export function fillUp(into: Open<Fill>, limitBps: number): void {
  into.limitBps = limitBps;
  into.allowedBps = limitBps;
  into.usedBps = limitBps;
  into.slackSince = null;
}

/** @param before null at first sight @param now Unix ms */
export function nextFill(
  into: Open<Fill>,
  before: Fill | null,
  { latestBps }: Usage,
  limitBps: number,
  now: number,
): void {
  if (before === null || before.limitBps === UNLIMITED) {
    fillUp(into, limitBps);
    into.usedBps = latestBps;
    return;
  }
  const allowedBps = before.allowedBps + LATEST_WEIGHT * (before.limitBps - before.allowedBps);
  const usedBps = before.usedBps + LATEST_WEIGHT * (latestBps - before.usedBps);
  into.limitBps = limitBps;
  into.allowedBps = allowedBps;
  into.usedBps = usedBps;
  into.slackSince = usedBps < SLACK_BELOW * allowedBps ? (before.slackSince ?? now) : null;
}

/** It has long used clearly less than it was let: its limits don't bind it. */
export function showsSlack({ slackSince }: Fill, now: number): boolean {
  return slackSince !== null && now - slackSince >= SLACK_SHOWS_MS;
}
