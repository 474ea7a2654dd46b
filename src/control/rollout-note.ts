export const ROLLOUT_CHANGES = [
  'percentage-set',
  'started',
  'went-on',
  'step-begun',
  'held',
  'continued',
  'gate-shut',
  'gate-opened',
  'finished',
  'aborted',
  'rolled-back',
] as const;
/** What can happen to rollout. 'went-on': after a restart. */
export type RolloutChange = (typeof ROLLOUT_CHANGES)[number];

export interface RolloutNote {
  readonly what: RolloutChange;
  /** In force from then on, 0..100. */
  readonly percentage: number;
  /** 1-based; null without a plan. */
  readonly step: number | null;
  readonly steps: number | null;
  /** Why a gate is shut, or why it was rolled back. */
  readonly problem: string | null;
  /** Unix ms. */
  readonly at: number;
}

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
