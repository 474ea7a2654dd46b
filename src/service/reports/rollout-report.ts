import type { RolloutProgress } from '../../../machines/service.types.ts';
import type { RolloutNote } from '../rollout/remembered-rollout.ts';

/** The plan of steps under way, as `/state` shows it; null without one. */
export function rolloutReport(rollout: RolloutProgress | null): Record<string, unknown> | null {
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
  offset: number,
  limit: number,
): Record<string, unknown> {
  const items = notes.slice(offset, offset + limit).map(rolloutNoteReport);
  return { kind: 'rollout', offset, limit, total: notes.length, items };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
