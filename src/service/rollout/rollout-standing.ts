/** Pure: where rollout stands when a run begins, and what of it has changed since a moment ago. */
import type { RolloutProgress, ServiceContext } from '../../../machines/service.types.ts';
import type { RolloutChange, RolloutNote } from '../../control/rollout-note.ts';
import type { RememberedRollout } from './remembered-rollout.ts';

/** A step whose time ran out while nothing ran is watched for so long before its gate is asked. */
const WATCHED_FOR_MS = 30_000;

export interface RolloutStart {
  readonly percentage: number;
  readonly rollout: RolloutProgress | null;
}

/**
 * What a run begins with. The later word counts: what was asked of the running service, unless the config has
 * another percentage since. A rollback, under way or done, ends every plan.
 * @param now Unix ms
 */
export function startOf(
  remembered: RememberedRollout | null,
  configuredPercentage: number,
  isRolledBack: boolean,
  now: number,
): RolloutStart {
  if (remembered === null || remembered.configuredPercentage !== configuredPercentage) {
    return { percentage: configuredPercentage, rollout: null };
  }
  const { percentage, progress } = remembered;
  return { percentage, rollout: progress === null || isRolledBack ? null : goneOn(progress, now) };
}

function goneOn(progress: RolloutProgress, now: number): RolloutProgress {
  const holdMs = progress.steps[progress.index]?.holdMs ?? 0;
  return { ...progress, endsAt: Math.max(progress.endsAt, now + Math.min(holdMs, WATCHED_FOR_MS)) };
}

/** What a start by `startOf` has changed about what was remembered, or that a plan goes on; oldest first. */
export function notesOnStart(
  remembered: RememberedRollout | null,
  configuredPercentage: number,
  { percentage, rollout }: RolloutStart,
  at: number,
): RolloutNote[] {
  if (remembered === null) return [];
  const none = { percentage, step: null, steps: null, problem: null, at };
  if (rollout !== null) {
    return [{ ...none, what: 'went-on', step: rollout.index + 1, steps: rollout.steps.length }];
  }
  if (remembered.configuredPercentage !== configuredPercentage) return [{ ...none, what: 'percentage-set' }];
  if (remembered.progress === null) return [];
  return [{ ...none, what: 'rolled-back', problem: 'rolled back before this start' }];
}

type Standing = Pick<ServiceContext, 'percentage' | 'rollout' | 'rolloutEnd' | 'rollback'>;

/** What has happened between two moments, oldest first; empty: nothing worth noting. */
export function notesOn(before: Standing, after: Standing, at: number): RolloutNote[] {
  const note = (what: RolloutChange, problem: string | null = null): RolloutNote => {
    const { percentage, rollout: plan } = after;
    const step = plan === null ? null : plan.index + 1;
    return { what, percentage, step, steps: plan?.steps.length ?? null, problem, at };
  };
  const [was, is] = [before.rollout, after.rollout];
  if (was === is) return before.percentage === after.percentage ? [] : [note('percentage-set')];
  if (is === null) {
    const problem = after.rolloutEnd === 'rolled-back' ? (after.rollback?.reason ?? null) : null;
    return [note(after.rolloutEnd ?? 'percentage-set', problem)];
  }
  if (was === null) return [note('started')];
  const notes: RolloutNote[] = [];
  if (was.index !== is.index) notes.push(note('step-begun'));
  else if (was.gateProblem === null && is.gateProblem !== null) notes.push(note('gate-shut', is.gateProblem));
  else if (was.gateProblem !== null && is.gateProblem === null) notes.push(note('gate-opened'));
  if (was.isHeld !== is.isHeld) notes.push(note(is.isHeld ? 'held' : 'continued'));
  return notes;
}
