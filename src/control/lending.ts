/*
 * `soft`: what trackers leave under their caps is a pool, and those that press on theirs borrow from it by
 * priority and need. Who may borrow is said by the tracker machines; how much, here.
 *
 * Loans grow smoothly, as what is spare now may be wanted in a moment. Taking back is never smoothed: a
 * lender's own wish comes off the pool in the same cycle, and it is granted again what the borrowers visibly
 * no longer use.
 *
 * Invariant: what trackers are granted, and what borrowers still use of loans that were taken back, never add
 * up to more than the sum of the caps; and no tracker is granted less than its cap but for what it lent.
 */
import { sum, total } from './sum.ts';
import { shareAt, waterLevel } from './water-level.ts';

/** A lender keeps this much room above what it wants, so that it can show when it wants more. */
const KEPT_ROOM = 0.15;
/** An idle lender keeps this part of its cap: a torrent that wakes on its guard shows that it wants the cap back. */
const KEPT_PART = 0.05;
/** A lender that wants this part of what lending left it may want all of its cap: it lends no more. */
const WANTS_BACK_AT = 0.95;
/** A loan that can't be cut back for so long (a dry run, peers that no limit binds) isn't waited for any more. */
const RETURNS_WITHIN_MS = 15_000;
/** Loans nearer than this to their target are there, B/s. */
const LEAST_LOAN_BPS = 1024;

export interface SoftSettings {
  /** A tracker presses from this part of its cap on, 0.5..1. */
  readonly borrowThresholdRatio: number;
  /** How much a tracker may borrow at most, as a part of its cap, 0..1. */
  readonly maxBorrowFraction: number;
  /** Part of the way to its target that a loan goes in a cycle, above 0, up to 1. */
  readonly smoothingAlpha: number;
  /** A loan within this part of the cap of its target goes there at once, 0..1. */
  readonly minEffectiveDelta: number;
}

/** How one tracker stands with the others, B/s. What a cycle leaves for the next. */
export interface Loan {
  readonly borrowedBps: number;
  readonly lentBps: number;
  /** Of a loan that was taken back: what is still in use. */
  readonly returningBps: number;
  /** Since when, Unix ms; null while nothing is. */
  readonly returningSince: number | null;
  /** What it lent, wants back, and can't have yet: others still use it. */
  readonly owedBps: number;
  /** What it may plan with: the cap and what it borrowed, less what it lent and is owed. */
  readonly grantedBps: number;
}

export interface LendingTracker {
  readonly id: string;
  /** Finite; without what is uploaded outside Qguardarr's hands. */
  readonly capBps: number;
  readonly priority: number;
  /** Its machine says that it presses on its cap, or borrows already. */
  readonly mayBorrow: boolean;
  /** The most that it may borrow. */
  readonly maxLoanBps: number;
  /** What its managed torrents want together; UNLIMITED when nothing bounds the guess. */
  readonly wantBps: number;
  /** What they use, over 3 to 4 s: shows a cut soon. */
  readonly usageBps: number;
  /** Null at first sight. */
  readonly before: Loan | null;
}

/** The loans in force from this cycle on, by tracker id. @param now Unix ms */
export function lend(
  trackers: readonly LendingTracker[],
  settings: SoftSettings,
  now: number,
): ReadonlyMap<string, Loan> {
  const spares = trackers.map(spareOf);
  const poolBps = total(spares);
  const targets = loanTargets(trackers, poolBps);
  const isShort = sum(trackers, ({ before }) => before?.borrowedBps ?? 0) > poolBps;
  const steps = trackers.map((tracker, i) => nextLoan(tracker, targets[i] ?? 0, isShort, settings));
  const kept = steps.map(({ nowBps, nextBps }) => Math.min(nowBps, nextBps));
  const returning = trackers.map((tracker, i) => returningOf(tracker, kept[i] ?? 0, now));
  const returningBps = sum(returning, ({ bps }) => bps);

  // Loans grow only into what is neither lent nor still being given back.
  const risingBps = sum(steps, ({ nowBps, nextBps }) => Math.max(0, nextBps - nowBps));
  const roomBps = Math.max(0, poolBps - total(kept) - returningBps);
  const part = risingBps > 0 ? Math.min(1, roomBps / risingBps) : 0;
  const loans = steps.map(({ nowBps, nextBps }, i) => (kept[i] ?? 0) + part * Math.max(0, nextBps - nowBps));

  const lentPart = poolBps > 0 ? total(loans) / poolBps : 0;
  const lent = spares.map((spareBps) => lentPart * spareBps);
  const owed = owedTo(trackers, spares, lent, returningBps);
  return new Map(
    trackers.map(({ id, capBps }, i): [string, Loan] => {
      const borrowedBps = loans[i] ?? 0;
      const lentBps = lent[i] ?? 0;
      const owedBps = owed[i] ?? 0;
      const { bps = 0, since = null } = returning[i] ?? {};
      const grantedBps = Math.max(0, capBps + borrowedBps - lentBps - owedBps);
      return [id, { borrowedBps, lentBps, returningBps: bps, returningSince: since, owedBps, grantedBps }];
    }),
  );
}

/** What a tracker leaves under its cap for others, B/s. */
function spareOf({ capBps, mayBorrow, wantBps, before }: LendingTracker): number {
  if (mayBorrow) return 0;
  const lends = before !== null && before.lentBps + before.owedBps > 0;
  if (lends && wantBps >= WANTS_BACK_AT * before.grantedBps) return 0;
  return Math.max(0, capBps - Math.max((1 + KEPT_ROOM) * wantBps, KEPT_PART * capBps));
}

/** The pool shared max-min fair by priority × need, no tracker more than its need. */
function loanTargets(trackers: readonly LendingTracker[], poolBps: number): number[] {
  const needsBps = trackers.map(({ capBps, maxLoanBps, mayBorrow, wantBps }) =>
    mayBorrow ? Math.min(Math.max(0, wantBps - capBps), maxLoanBps) : 0,
  );
  const weights = trackers.map(({ priority }, i) => priority * Math.max(1, needsBps[i] ?? 0));
  const claims = { demandsBps: needsBps, weights };
  const level = waterLevel(claims, poolBps);
  return trackers.map((_, i) => shareAt(claims, i, level));
}

/**
 * Exponential smoothing towards the target. Within the gate it goes there at once, so that it never stands
 * short of it; and down at once while more is lent than the lenders can spare, or when it may not borrow.
 */
function nextLoan(
  { capBps, maxLoanBps, mayBorrow, before }: LendingTracker,
  targetBps: number,
  isShort: boolean,
  { smoothingAlpha, minEffectiveDelta }: SoftSettings,
): { readonly nowBps: number; readonly nextBps: number } {
  const nowBps = Math.min(before?.borrowedBps ?? 0, maxLoanBps);
  const gateBps = Math.max(LEAST_LOAN_BPS, minEffectiveDelta * capBps);
  const isNear = Math.abs(targetBps - nowBps) <= gateBps;
  if (isNear || !mayBorrow || (isShort && targetBps < nowBps)) return { nowBps, nextBps: targetBps };
  return { nowBps, nextBps: nowBps + smoothingAlpha * (targetBps - nowBps) };
}

/** What it still uses of what was taken back: never more than it had borrowed, and only for some seconds. */
function returningOf(
  { capBps, usageBps, before }: LendingTracker,
  loanBps: number,
  now: number,
): { readonly bps: number; readonly since: number | null } {
  const had = before === null ? 0 : before.borrowedBps + before.returningBps;
  const bps = Math.max(0, Math.min(had, usageBps - capBps) - loanBps);
  const since = before?.returningSince ?? now;
  return bps === 0 || now - since > RETURNS_WITHIN_MS
    ? { bps: 0, since: bps === 0 ? null : since }
    : { bps, since };
}

/** Who waits for what is still being given back: those that take back, by how much; then who has spare unlent. */
function owedTo(
  trackers: readonly LendingTracker[],
  spares: readonly number[],
  lent: readonly number[],
  returningBps: number,
): number[] {
  if (returningBps === 0) return trackers.map(() => 0);
  const takesBack = trackers.map(({ capBps, before }, i) => {
    const had = Math.min(capBps, (before?.lentBps ?? 0) + (before?.owedBps ?? 0));
    return Math.max(0, had - (lent[i] ?? 0));
  });
  const unlent = spares.map((spareBps, i) => Math.max(0, spareBps - (lent[i] ?? 0) - (takesBack[i] ?? 0)));
  const byTaking = Math.min(returningBps, total(takesBack));
  const byIdling = Math.min(returningBps - byTaking, total(unlent));
  const partOf = (whole: readonly number[], bps: number): number => {
    const wholeBps = total(whole);
    return wholeBps > 0 ? bps / wholeBps : 0;
  };
  const takingPart = partOf(takesBack, byTaking);
  const idlingPart = partOf(unlent, byIdling);
  return takesBack.map((bps, i) => takingPart * bps + idlingPart * (unlent[i] ?? 0));
}
