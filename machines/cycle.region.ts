import { and, assign, raise } from 'xstate';
import { contestedBy, serviceSetup } from './service.setup.ts';
import type { CycleRequest, ServiceEvent } from './service.types.ts';

/**
 * idle → observing → planning → applying → idle. Two cycles never overlap: a request that comes while one
 * runs is merged into one that follows at once. ROLLBACK ends the one under way before its next write.
 */
export const cycleRegion = serviceSetup.createStateConfig({
  initial: 'idle',
  on: {
    ROLLBACK: { target: '.idle', actions: 'dropCycle' },
    // What is left of its plan was made for the qBittorrent before.
    RECONNECT: { target: '.idle', actions: 'dropCycle' },
    CONTESTED: { target: '.idle', actions: 'dropCycle' },
    UNCONTESTED: { target: '.idle', actions: 'dropCycle' },
    TAKE_OWNERSHIP: { guard: 'isContested', target: '.idle', actions: 'dropCycle' },
    LINK_LOST: { target: '.idle', actions: ['dropCycle', 'noteCycleProblem'] },
    CYCLE_FAILED: { target: '.idle', actions: 'noteCycleProblem' },
  },
  states: {
    idle: {
      entry: assign({ running: null, planInput: null, plan: null }),
      always: {
        guard: ({ context }) => context.pending !== null,
        target: 'observing',
        actions: assign({ running: ({ context }) => context.pending, pending: null }),
      },
      on: {
        CYCLE: [
          {
            guard: 'mayCycle',
            target: 'observing',
            actions: assign({ running: ({ event }) => ({ origins: event.origins, full: event.full }) }),
          },
          // Nothing to do while offline or rolling back: both ask for a cycle when they end.
          {},
        ],
      },
    },
    observing: {
      on: { CYCLE: { actions: 'keepPending' } },
      invoke: {
        src: 'observe',
        input: ({ context }) => ({ ...(context.running ?? NO_REQUEST), percentage: context.percentage }),
        onDone: [
          {
            guard: ({ event }) => event.output.ok && event.output.contest !== null,
            target: 'idle',
            actions: [
              raise({ type: 'PICTURE_COMPLETE' }),
              raise(({ event }) => contestedBy(event.output.ok ? event.output.contest : null)),
            ],
          },
          {
            guard: and([({ event }) => event.output.ok, 'isContested']),
            target: 'idle',
            actions: raise({ type: 'UNCONTESTED' }),
          },
          {
            guard: ({ event }) => event.output.ok,
            target: 'planning',
            actions: [
              assign({ planInput: ({ event }) => (event.output.ok ? event.output.planInput : null) }),
              raise({ type: 'PICTURE_COMPLETE' }),
            ],
          },
          { actions: raise(({ event }) => failureOf(event.output)) },
        ],
        onError: { actions: raise(({ event }) => ({ type: 'CYCLE_FAILED', problem: String(event.error) })) },
      },
    },
    planning: {
      on: { CYCLE: { actions: 'keepPending' } },
      invoke: {
        src: 'plan',
        input: ({ context }) => context.planInput,
        onDone: [
          // While rolled back the picture is kept fresh, and nothing is written.
          { guard: 'isRolledBack', target: 'idle' },
          {
            guard: ({ event }) => event.output.ok,
            target: 'applying',
            actions: assign({
              plan: ({ event }) => (event.output.ok ? event.output.plan : null),
              cycles: ({ context }) => context.cycles + 1,
            }),
          },
          { actions: raise(({ event }) => failureOf(event.output)) },
        ],
        onError: { actions: raise(({ event }) => ({ type: 'CYCLE_FAILED', problem: String(event.error) })) },
      },
    },
    applying: {
      on: { CYCLE: { actions: 'keepPending' } },
      invoke: {
        src: 'apply',
        input: ({ context }) => ({
          plan: context.plan,
          cycle: context.cycles,
          gates: context.rollout?.gates ?? null,
        }),
        onDone: [
          {
            guard: ({ event }) => event.output.ok,
            target: 'idle',
            actions: [
              assign({ cycleProblem: null }),
              raise(({ event }) => ({
                type: 'CYCLE_FINISHED',
                at: event.output.ok ? event.output.at : 0,
                gateProblem: event.output.ok ? event.output.gateProblem : null,
              })),
            ],
          },
          { actions: raise(({ event }) => failureOf(event.output)) },
        ],
        onError: { actions: raise(({ event }) => ({ type: 'CYCLE_FAILED', problem: String(event.error) })) },
      },
    },
  },
});

const NO_REQUEST: CycleRequest = { origins: [], full: false };

type Failure =
  | { readonly ok: false; readonly problem: string; readonly linkLost?: boolean }
  | { readonly ok: true };

function failureOf(output: Failure): ServiceEvent {
  const problem = output.ok ? 'unknown' : output.problem;
  return { type: !output.ok && output.linkLost === true ? 'LINK_LOST' : 'CYCLE_FAILED', problem };
}
