import type { RolloutProgress } from '../../../machines/service.types.ts';
import type { RolloutNote } from '../../control/rollout-note.ts';
import type { LiveRollout } from '../live-types.ts';
import type { JournalQuery } from '../operations.ts';

export function rolloutReport(rollout: RolloutProgress | null): LiveRollout | null {
  if (rollout === null) return null;
  return {
    step: rollout.index + 1,
    steps: rollout.steps.length,
    ends_at: iso(rollout.endsAt),
    held: rollout.isHeld,
    gate_problem: rollout.gateProblem,
    on_gate_failure: rollout.onGateFailure,
    gates: {
      max_api_error_rate: rollout.gates.maxApiErrorRate,
      max_cap_overshoot: rollout.gates.maxCapOvershoot,
      max_latency_ms: rollout.gates.maxLatencyMs,
    },
    plan: rollout.steps.map(({ percentage, holdMs }) => ({ percentage, hold: holdMs / 1000 })),
    percentage_before: rollout.percentageBefore,
  };
}

export function rolloutNoteReport({ at, ...note }: RolloutNote): Record<string, unknown> {
  return { at: iso(at), ...note };
}

/** A page of `/journal?kind=rollout`, newest first. */
export function rolloutPageReport(
  notes: readonly RolloutNote[],
  { offset, limit, search }: Pick<JournalQuery, 'offset' | 'limit' | 'search'>,
): Record<string, unknown> {
  const words = search.trim().toLowerCase();
  const found = notes.filter(({ what, problem }) => `${what} ${problem ?? ''}`.toLowerCase().includes(words));
  const items = found.slice(offset, offset + limit).map(rolloutNoteReport);
  return { kind: 'rollout', offset, limit, ...(search === '' ? {} : { search }), total: found.length, items };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
