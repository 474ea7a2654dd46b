import { and, assign, fromPromise, not, or, raise, setup, stateIn } from 'xstate';
import type {
  ApplyInput,
  ApplyOutcome,
  ConnectInput,
  ConnectOutcome,
  Contest,
  CycleRequest,
  KeepMarkerInput,
  ObserveOutcome,
  PlanOutcome,
  RestoreOutcome,
  RollbackRequest,
  ServiceContext,
  ServiceEvent,
  ServiceInput,
} from './service.types.ts';

const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;
const RESTORE_RETRY_MS = 5_000;

/** Stands in for an effect until the composition root provides the real one. */
function unprovided<Output, Input>(name: string) {
  return fromPromise<Output, Input>(() => {
    throw new Error(`no ${name} was provided to the service machine`);
  });
}

/** 1 s, 2 s, 4 s… up to a minute. */
export function backOffMs(attempts: number): number {
  return Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.max(0, attempts - 1));
}

export function mergeRequests(a: CycleRequest | null, b: CycleRequest): CycleRequest {
  if (a === null) return b;
  return { origins: [...new Set([...a.origins, ...b.origins])], full: a.full || b.full };
}

export function contestedBy(contest: Contest | null): ServiceEvent {
  return contest === null ? { type: 'UNCONTESTED' } : { type: 'CONTESTED', contest };
}

/** Events, effects, guards and actions of the service machine; its three regions are built from these. */
export const serviceSetup = setup({
  types: {
    context: {} as ServiceContext,
    events: {} as ServiceEvent,
    input: {} as ServiceInput,
  },
  actors: {
    connect: unprovided<ConnectOutcome, ConnectInput>('connect'),
    observe: unprovided<ObserveOutcome, CycleRequest & { readonly percentage: number }>('observe'),
    plan: unprovided<PlanOutcome, ServiceContext['planInput']>('plan'),
    apply: unprovided<ApplyOutcome, ApplyInput>('apply'),
    remember: unprovided<void, RollbackRequest | null>('remember'),
    restore: unprovided<RestoreOutcome, RollbackRequest | null>('restore'),
    keepMarker: unprovided<Contest | null, KeepMarkerInput>('keepMarker'),
  },
  delays: {
    linkRetry: ({ context }) => context.retryInMs,
    restoreRetry: RESTORE_RETRY_MS,
  },
  guards: {
    isOnline: stateIn({ link: 'online' }),
    isContested: stateIn({ link: 'contested' }),
    // A contested client is read even while a rollback waits for it: only a read shows that the contest is over.
    mayCycle: or(['isContested', and(['isOnline', not('hasUnfinishedRollback')])]),
    isRolledBack: ({ context }) => context.openRollback !== null,
    hasUnfinishedRollback: ({ context }) => context.openRollback === 'unfinished',
    hasFinishedRollback: ({ context }) => context.openRollback === 'finished',
    hasRollout: ({ context }) => context.rollout !== null,
    isRolloutHeld: ({ context }) => context.rollout?.isHeld === true,
    isLastStep: ({ context }) =>
      context.rollout !== null && context.rollout.index >= context.rollout.steps.length - 1,
    hasSteps: ({ event }) => event.type === 'START_ROLLOUT' && event.plan.steps.length > 0,
    gateFailsForGood: ({ context, event }) =>
      event.type === 'CYCLE_FINISHED' &&
      event.gateProblem !== null &&
      context.rollout?.onGateFailure === 'rollback',
    gateIsShut: ({ event }) => event.type === 'CYCLE_FINISHED' && event.gateProblem !== null,
    stepIsOver: ({ context, event }) =>
      event.type === 'CYCLE_FINISHED' && context.rollout !== null && event.at >= context.rollout.endsAt,
  },
  actions: {
    keepContest: assign({
      contest: ({ context, event }) => (event.type === 'CONTESTED' ? event.contest : context.contest),
    }),
    noteLinkLost: assign(({ context, event }) => {
      if (event.type !== 'LINK_LOST') return {};
      const linkAttempts = context.linkAttempts + 1;
      return { linkProblem: event.problem, linkAttempts, retryInMs: backOffMs(linkAttempts) };
    }),
    clearContest: assign({ contest: null }),
    takeOwnership: assign({ takesOwnership: true, contest: null }),
    countDropped: assign({
      dropped: ({ context }) => context.dropped + 1,
      lastDropped: ({ event }) => event.type,
    }),
    keepPending: assign({
      pending: ({ context, event }) =>
        event.type === 'CYCLE' ? mergeRequests(context.pending, event) : context.pending,
    }),
    dropCycle: assign({ pending: null }),
    noteCycleProblem: assign({
      cycleProblem: ({ context, event }) => ('problem' in event ? event.problem : context.cycleProblem),
    }),
    keepRollback: assign({
      rollback: ({ context, event }) =>
        event.type === 'ROLLBACK' ? { by: event.by, reason: event.reason } : context.rollback,
      openRollback: 'unfinished',
      rollout: null,
      rolloutEnd: ({ context }) => (context.rollout === null ? context.rolloutEnd : 'rolled-back'),
    }),
    finishRollback: assign({ openRollback: 'finished', rollback: null }),
    clearRollback: assign({ openRollback: null, rollback: null }),
    setPercentage: assign({
      percentage: ({ context, event }) =>
        event.type === 'SET_PERCENTAGE' ? event.percentage : context.percentage,
      rollout: null,
      rolloutEnd: ({ context }) => (context.rollout === null ? context.rolloutEnd : 'percentage-set'),
    }),
    startRollout: assign(({ context, event }) => {
      if (event.type !== 'START_ROLLOUT') return {};
      const first = event.plan.steps[0];
      if (first === undefined) return {};
      return {
        percentage: first.percentage,
        rolloutEnd: null,
        rollout: {
          ...event.plan,
          index: 0,
          endsAt: event.at + first.holdMs,
          percentageBefore: context.percentage,
          gateProblem: null,
          isHeld: false,
        },
      };
    }),
    nextStep: assign(({ context, event }) => {
      const rollout = context.rollout;
      const next = rollout?.steps[rollout.index + 1];
      if (rollout === null || next === undefined || !('at' in event)) return {};
      return {
        percentage: next.percentage,
        rollout: { ...rollout, index: rollout.index + 1, endsAt: event.at + next.holdMs, gateProblem: null },
      };
    }),
    endRollout: assign({ rollout: null, rolloutEnd: 'finished' }),
    noteHeld: assign({
      rollout: ({ context }) => (context.rollout === null ? null : { ...context.rollout, isHeld: true }),
    }),
    noteGoingOn: assign({
      rollout: ({ context }) => (context.rollout === null ? null : { ...context.rollout, isHeld: false }),
    }),
    abortRollout: assign({
      percentage: ({ context }) => context.rollout?.percentageBefore ?? context.percentage,
      rollout: null,
      rolloutEnd: 'aborted',
    }),
    noteGate: assign({
      rollout: ({ context, event }) =>
        context.rollout !== null && event.type === 'CYCLE_FINISHED'
          ? { ...context.rollout, gateProblem: event.gateProblem }
          : context.rollout,
    }),
    rollBackForGate: raise(({ event }) => ({
      type: 'ROLLBACK',
      by: 'rollout gate',
      reason: event.type === 'CYCLE_FINISHED' ? (event.gateProblem ?? 'gate') : 'gate',
    })),
    requestCycle: raise({ type: 'CYCLE', origins: ['resume'], full: false }),
  },
});
