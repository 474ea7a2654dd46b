import type { Events } from '../events.ts';

type RolloutNote = Events['rollout:changed'];

/** One line for what has happened to rollout. */
export function rolloutLine({ what, percentage, step, steps, problem }: RolloutNote): string {
  const place = step === null ? `${percentage} %` : `step ${step} of ${steps}, ${percentage} %`;
  switch (what) {
    case 'percentage-set':
      return `rollout is at ${percentage} %, after a restart too`;
    case 'started':
      return `rollout plan begins: ${place}`;
    case 'went-on':
      return `rollout plan goes on after the restart: ${place}`;
    case 'step-begun':
      return `rollout goes on: ${place}`;
    case 'held':
      return `rollout is held: ${place}`;
    case 'continued':
      return `rollout is not held any more: ${place}`;
    case 'gate-shut':
      return `rollout waits, its gate is shut: ${problem} (${place})`;
    case 'gate-opened':
      return `rollout's gate is open again: ${place}`;
    case 'finished':
      return `rollout plan is done: ${percentage} %`;
    case 'aborted':
      return `rollout plan aborted, back at ${percentage} %`;
    case 'rolled-back':
      return `rollout plan ended by a rollback: ${problem}`;
  }
}

export function isUnwelcome({ what }: Pick<RolloutNote, 'what'>): boolean {
  return what === 'gate-shut' || what === 'rolled-back';
}
