/**
 * The service machine as a graph: every state that it can be in, and every event that can come there, with one
 * sample for each decision that a guard makes. Walked on the machine alone, without effects.
 */
import type { SnapshotFrom } from 'xstate';
import { getShortestPaths, type StatePath } from 'xstate/graph';
import { serviceMachine } from '../../machines/service.machine.ts';
import type {
  Contest,
  RolloutPlan,
  RolloutProgress,
  ServiceEvent,
  ServiceInput,
} from '../../machines/service.types.ts';
import { applied, type EffectName, OBSERVED, type Outcome, PLANNED } from '../support/machine-rig.ts';

type Snapshot = SnapshotFrom<typeof serviceMachine>;

/** An event that comes from outside or is raised; or an effect or a timer that ends. */
export type ModelEvent =
  | { readonly kind: 'event'; readonly event: ServiceEvent }
  | { readonly kind: 'done'; readonly effect: EffectName; readonly id: string; readonly outcome: Outcome }
  | { readonly kind: 'failed'; readonly effect: EffectName; readonly id: string }
  | { readonly kind: 'timer'; readonly id: string };

export interface ModelState {
  readonly start: ServiceInput;
  readonly snapshot: Snapshot;
  /** From the start to here. */
  readonly path: readonly ModelEvent[];
}

const LATE = 1_000_000;
const PLAN: RolloutPlan = {
  steps: [
    { percentage: 10, holdMs: 1_000 },
    { percentage: 20, holdMs: 1_000 },
  ],
  gates: { maxApiErrorRate: 0.1, maxCapOvershoot: 1.2, maxLatencyMs: 1_000 },
  onGateFailure: 'hold',
};
const CONTEST: Contest = { kind: 'controller', problem: 'another one', advice: 'stop it' };
/** As a former run may have left it. */
const LEFT: RolloutProgress = {
  ...PLAN,
  index: 0,
  endsAt: 1_000,
  percentageBefore: 100,
  gateProblem: null,
  isHeld: false,
};

/** What the machine may begin with. */
export const STARTS: readonly ServiceInput[] = [
  { percentage: 100, openRollback: null, rollout: null },
  { percentage: 100, openRollback: 'unfinished', rollout: null },
  { percentage: 100, openRollback: 'finished', rollout: null },
  { percentage: 10, openRollback: null, rollout: LEFT },
  { percentage: 10, openRollback: null, rollout: { ...LEFT, isHeld: true } },
];

/** By type: a new event that has no sample here doesn't compile. */
const SAMPLES: { readonly [Type in ServiceEvent['type']]: readonly Extract<ServiceEvent, { type: Type }>[] } =
  {
    CYCLE: [{ type: 'CYCLE', origins: ['timer'], full: false }],
    ROLLBACK: [{ type: 'ROLLBACK', by: 'a user', reason: 'to see' }],
    RESUME: [{ type: 'RESUME' }],
    SET_PERCENTAGE: [{ type: 'SET_PERCENTAGE', percentage: 50 }],
    START_ROLLOUT: [
      { type: 'START_ROLLOUT', plan: PLAN, at: 0 },
      { type: 'START_ROLLOUT', plan: { ...PLAN, onGateFailure: 'rollback' }, at: 0 },
      { type: 'START_ROLLOUT', plan: { ...PLAN, steps: [] }, at: 0 },
    ],
    ADVANCE: [{ type: 'ADVANCE', at: 0 }],
    HOLD: [{ type: 'HOLD' }],
    CONTINUE: [{ type: 'CONTINUE' }],
    ABORT: [{ type: 'ABORT' }],
    RECONNECT: [{ type: 'RECONNECT' }],
    TAKE_OWNERSHIP: [{ type: 'TAKE_OWNERSHIP' }],
    CONTESTED: [{ type: 'CONTESTED', contest: CONTEST }],
    UNCONTESTED: [{ type: 'UNCONTESTED' }],
    LINK_LOST: [{ type: 'LINK_LOST', problem: 'no answer' }],
    LINK_UP: [{ type: 'LINK_UP' }],
    PICTURE_COMPLETE: [{ type: 'PICTURE_COMPLETE' }],
    CYCLE_FAILED: [{ type: 'CYCLE_FAILED', problem: 'not JSON' }],
    CYCLE_FINISHED: [
      { type: 'CYCLE_FINISHED', at: 0, gateProblem: null },
      { type: 'CYCLE_FINISHED', at: LATE, gateProblem: null },
      { type: 'CYCLE_FINISHED', at: LATE, gateProblem: 'too slow' },
    ],
  };

const OUTCOMES: { readonly [Effect in EffectName]: readonly Outcome[] } = {
  connect: [
    { ok: true, contest: null },
    { ok: true, contest: CONTEST },
    { ok: false, problem: 'wrong password', refused: true, retryAfterMs: null },
    { ok: false, problem: 'no answer', refused: false, retryAfterMs: null },
  ],
  observe: [
    OBSERVED,
    { ...OBSERVED, contest: CONTEST },
    { ok: false, problem: 'not JSON', linkLost: false },
    { ok: false, problem: 'no answer', linkLost: true },
  ],
  plan: [PLANNED, { ok: false, problem: 'a bug' }],
  apply: [
    applied(0),
    applied(LATE),
    applied(LATE, 'too slow'),
    { ok: false, problem: 'no space left', linkLost: false },
    { ok: false, problem: 'no answer', linkLost: true },
  ],
  remember: [undefined],
  restore: [
    { complete: true },
    { complete: false, problem: '3 left', linkLost: false },
    { complete: false, problem: 'no answer', linkLost: true },
  ],
  keepMarker: [CONTEST, null],
};

export const SENT_EVENTS: readonly ServiceEvent[] = Object.values(SAMPLES).flat();

/** Everything that can happen in that state. */
export function eventsIn(snapshot: Snapshot): ModelEvent[] {
  const effects = snapshot._nodes.flatMap(({ invoke }) =>
    invoke.map(({ id, src }) => ({ id, effect: src as EffectName })),
  );
  return [
    ...SENT_EVENTS.map((event): ModelEvent => ({ kind: 'event', event })),
    ...effects.flatMap(({ id, effect }): ModelEvent[] => [
      ...OUTCOMES[effect].map((outcome): ModelEvent => ({ kind: 'done', effect, id, outcome })),
      { kind: 'failed', effect, id },
    ]),
    ...snapshot._nodes.flatMap(({ after }) =>
      after.map(({ eventType }): ModelEvent => ({ kind: 'timer', id: String(eventType) })),
    ),
  ];
}

/** As the machine itself gets it. */
export function toMachineEvent(event: ModelEvent): ServiceEvent {
  switch (event.kind) {
    case 'event':
      return event.event;
    case 'done':
      return { type: `xstate.done.actor.${event.id}`, output: event.outcome } as unknown as ServiceEvent;
    case 'failed':
      return { type: `xstate.error.actor.${event.id}`, error: 'broke' } as unknown as ServiceEvent;
    case 'timer':
      return { type: event.id } as unknown as ServiceEvent;
  }
}

/** What tells states apart: counters and texts would make their number endless. */
export function fingerprint({ value, context }: Pick<Snapshot, 'value' | 'context'>): string {
  const { openRollback, rollback, pending, rollout } = context;
  const progress = rollout && [rollout.index, rollout.onGateFailure, rollout.endsAt > LATE, rollout.isHeld];
  return JSON.stringify([value, openRollback, rollback !== null, pending !== null, progress]);
}

/** Every state that can be reached, whatever a former run has left, once each and by the shortest way. */
export function reachableStates(): ModelState[] {
  const found = STARTS.flatMap(reachableFrom);
  const longestFirst = found.sort((a, b) => b.path.length - a.path.length);
  return [...new Map(longestFirst.map((state) => [fingerprint(state.snapshot), state])).values()];
}

function reachableFrom(start: ServiceInput): ModelState[] {
  const events = new Map<ServiceEvent, ModelEvent>();
  const paths = getShortestPaths(serviceMachine, {
    input: start,
    serializeState: fingerprint,
    events: (snapshot) =>
      eventsIn(snapshot).map((event) => {
        const sent = toMachineEvent(event);
        events.set(sent, event);
        return sent;
      }),
  });
  const modelEvent = (sent: ServiceEvent) => {
    const event = events.get(sent);
    if (event === undefined) throw new Error(`a path has an event that was not offered: ${sent.type}`);
    return event;
  };
  return paths.map(({ state, steps }: StatePath<Snapshot, ServiceEvent>) => ({
    start,
    snapshot: state,
    // The first step is the start itself.
    path: steps.slice(1).map(({ event }) => modelEvent(event)),
  }));
}
