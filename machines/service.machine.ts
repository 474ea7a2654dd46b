import { cycleRegion } from './cycle.region.ts';
import { lifecycleRegion } from './lifecycle.region.ts';
import { linkRegion } from './link.region.ts';
import { serviceSetup } from './service.setup.ts';

/**
 * The service as three regions side by side: what it is for (lifecycle), whether qBittorrent answers
 * (link), and the cycle under way. Its effects (connect, observe, plan, apply, remember, restore) are
 * provided by the composition root; the machine decides only when each may run.
 */
export const serviceMachine = serviceSetup.createMachine({
  id: 'service',
  type: 'parallel',
  context: ({ input }) => ({
    percentage: input.percentage,
    rollout: input.rollout,
    rolloutEnd: null,
    openRollback: input.openRollback,
    rollback: null,
    pending: null,
    running: null,
    planInput: null,
    plan: null,
    cycles: 0,
    contest: null,
    takesOwnership: false,
    linkAttempts: 0,
    linkProblem: null,
    retryInMs: 0,
    cycleProblem: null,
    dropped: 0,
    lastDropped: null,
  }),
  on: { '*': { actions: 'countDropped' } },
  states: { lifecycle: lifecycleRegion, link: linkRegion, cycle: cycleRegion },
});
