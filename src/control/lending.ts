/*
 * `soft`: what trackers leave under their caps is a pool, and those that press on theirs borrow from it by
 * priority and need. Who may borrow is said by the tracker machines; how much, here.
 *
 * Loans grow smoothly, as what is spare now may be wanted in a moment. Taking back is never smoothed: a
 * lender's own wish comes off the pool in the same cycle, and it is granted again what the borrowers visibly
 * no longer use.
 *
 * Invariant: what trackers are granted, and what borrowers still use of loans that were taken back, never add
 * up to more than the sum of the caps.
 */
import { sum } from './sum.ts';
import { shareAt, waterLevel } from './water-level.ts';

/** A lender keeps this much room above what it wants, so that it can show when it wants more. */
const KEPT_ROOM = 0.15;
/** An idle lender keeps this part of its cap: a torrent that wakes on its guard shows that it wants the cap back. */
const KEPT_PART = 0.05;
/** A lender that wants this part of what lending left it may want all of its cap: it lends no more. */
const WANTS_BACK_AT = 0.95;

export interface SoftSettings {
  /** A tracker presses from this part of its cap on, 0.5..1. */
  readonly borrowThresholdRatio: number;
  /** How much a tracker may borrow at most, as a part of its cap, 0..1. */
  readonly maxBorrowFraction: number;
  /** Part of the way to its target that a loan goes in a cycle, 0..1. */
  readonly smoothingAlpha: number;
  /** A loan within this part of the cap of its target goes there at once, 0..1. */
  readonly minEffectiveDelta: number;
}

/** How one tracker stands with the others, B/s. What a cycle leaves for the next. */
export interface Loan {
  readonly borrowedBps: number;
  readonly lentBps: number;
  /** What it may plan with: the cap and what it borrowed, less what it lent and isn't free of others' use yet. */
  readonly grantedBps: number;
  /** The most that it may still be using: what is granted, or more while a loan is being given back. */
  readonly committedBps: number;
}

export interface LendingTracker {
  readonly id: string;
  /** Finite. */
  readonly capBps: number;
  readonly priority: number;
  /** Its machine says that it presses on its cap, or borrows already. */
  readonly mayBorrow: boolean;
  /** What all its torrents want together; UNLIMITED when nothing bounds the guess. */
  readonly wantBps: number;
  /** What it uses, over 3 to 4 s: shows a cut soon. */
  readonly usageBps: number;
  /** Null at first sight. */
  readonly before: Loan | null;
}

/** The loans in force from this cycle on, by tracker id. */
export function lend(trackers: readonly LendingTracker[], settings: SoftSettings): ReadonlyMap<string, Loan> {
  const books = trackers.map((tracker) => ({ tracker, spareBps: spareOf(tracker) }));
  const poolBps = sum(books, ({ spareBps }) => spareBps);
  const targets = loanTargets(trackers, poolBps, settings);
  const isShort = sum(trackers, ({ before }) => before?.borrowedBps ?? 0) > poolBps;
  const steps = trackers.map((tracker, index) => nextLoan(tracker, targets[index] ?? 0, isShort, settings));

  const kept = steps.map(({ nowBps, nextBps }) => Math.min(nowBps, nextBps));
  const overhangs = trackers.map((tracker, index) => overhangOf(tracker, kept[index] ?? 0));
  const overhangBps = sum(overhangs, (bps) => bps);
  const risingBps = sum(steps, ({ nowBps, nextBps }) => Math.max(0, nextBps - nowBps));
  const roomBps = Math.max(0, poolBps - sum(kept, (bps) => bps) - overhangBps);
  const part = risingBps > 0 ? Math.min(1, roomBps / risingBps) : 0;
  const loans = steps.map(
    ({ nowBps, nextBps }, index) => (kept[index] ?? 0) + part * Math.max(0, nextBps - nowBps),
  );

  const lentBps = sum(loans, (bps) => bps);
  const idleBps = poolBps - lentBps;
  // What nobody lends or wants bears it first that others are slow to give back; then those that take back.
  const borneByIdleBps = Math.min(overhangBps, idleBps);
  const idlePart = poolBps > 0 ? borneByIdleBps / poolBps : 0;
  const lentPart = poolBps > 0 ? lentBps / poolBps : 0;
  const owed = owedTo(books, overhangs, lentPart + idlePart, overhangBps - borneByIdleBps);

  return new Map(
    books.map(({ tracker, spareBps }, index): [string, Loan] => {
      const borrowedBps = loans[index] ?? 0;
      const lent = lentPart * spareBps;
      const grantedBps = Math.max(
        0,
        tracker.capBps + borrowedBps - lent - idlePart * spareBps - (owed[index] ?? 0),
      );
      const committedBps = grantedBps + (overhangs[index] ?? 0);
      return [tracker.id, { borrowedBps, lentBps: lent, grantedBps, committedBps }];
    }),
  );
}

/** What a tracker leaves under its cap for others, B/s. */
function spareOf({ capBps, mayBorrow, wantBps, before }: LendingTracker): number {
  if (mayBorrow) return 0;
  const lends = before !== null && before.grantedBps < capBps;
  if (lends && wantBps >= WANTS_BACK_AT * before.grantedBps) return 0;
  return Math.max(0, capBps - Math.max((1 + KEPT_ROOM) * wantBps, KEPT_PART * capBps));
}

/** The pool shared max-min fair by priority × need, nobody more than his need. */
function loanTargets(trackers: readonly LendingTracker[], poolBps: number, settings: SoftSettings): number[] {
  const claims = trackers.map(({ capBps, mayBorrow, wantBps, priority }) => {
    const need = Math.min(Math.max(0, wantBps - capBps), settings.maxBorrowFraction * capBps);
    return { demandBps: mayBorrow ? need : 0, weight: priority * Math.max(1, need) };
  });
  const level = waterLevel(claims, poolBps);
  return claims.map((claim) => shareAt(claim, level));
}

/**
 * Exponential smoothing towards the target. Within the gate it goes there at once, so that it never stands
 * short of it; and down at once while more is lent than the lenders can spare, or when it may not borrow.
 */
function nextLoan(
  { capBps, mayBorrow, before }: LendingTracker,
  targetBps: number,
  isShort: boolean,
  { maxBorrowFraction, smoothingAlpha, minEffectiveDelta }: SoftSettings,
): { readonly nowBps: number; readonly nextBps: number } {
  const nowBps = Math.min(before?.borrowedBps ?? 0, maxBorrowFraction * capBps);
  const isNear = Math.abs(targetBps - nowBps) <= minEffectiveDelta * capBps;
  if (isNear || !mayBorrow || (isShort && targetBps < nowBps)) return { nowBps, nextBps: targetBps };
  return { nowBps, nextBps: nowBps + smoothingAlpha * (targetBps - nowBps) };
}

/** What it still uses of a loan that was taken back. It can only fall until it is gone. */
function overhangOf({ capBps, usageBps, before }: LendingTracker, loanBps: number): number {
  if (before === null || before.committedBps <= capBps) return 0;
  return Math.max(0, Math.min(before.committedBps, usageBps) - capBps - loanBps);
}

/** How much of `restBps` each must wait for: as much as it takes back, or by caps where nobody does. */
function owedTo(
  books: readonly { readonly tracker: LendingTracker; readonly spareBps: number }[],
  overhangs: readonly number[],
  sparePart: number,
  restBps: number,
): number[] {
  if (restBps <= 0) return books.map(() => 0);
  const takesBack = books.map(({ tracker: { capBps, before }, spareBps }) =>
    Math.max(0, Math.min(capBps, capBps - (before?.grantedBps ?? capBps)) - sparePart * spareBps),
  );
  const total = sum(takesBack, (bps) => bps);
  if (total >= restBps) return takesBack.map((bps) => (restBps * bps) / total);
  const others = books.map(({ tracker }, index) => (overhangs[index] === 0 ? tracker.capBps : 0));
  const caps = sum(others, (bps) => bps);
  return takesBack.map(
    (bps, index) => bps + (caps > 0 ? ((restBps - total) * (others[index] ?? 0)) / caps : 0),
  );
}
