import { assign, setup } from 'xstate';

/** What a tracker machine receives after each cycle. `null` stands for unlimited, as infinity doesn't serialize. */
export interface TrackerObservation {
  readonly usageBps: number;
  readonly capBps: number | null;
  readonly effectiveCapBps: number | null;
  readonly borrowedBps: number;
  readonly lentBps: number;
  /** What its torrents are thought to want together. */
  readonly wantBps: number | null;
  /** It presses from this part of its cap on, 0.5..1. */
  readonly pressingRatio: number;
}

export type TrackerEvent = { readonly type: 'OBSERVED' } & TrackerObservation;

export interface TrackerContext extends TrackerObservation {
  readonly id: string;
}

/**
 * One configured tracker: does it use its cap, press on it, borrow or lend? One actor each; never one for
 * a torrent. Its state is what the next cycle goes by: only one that presses or borrows may borrow.
 */
export const trackerMachine = setup({
  types: {
    context: {} as TrackerContext,
    events: {} as TrackerEvent,
    input: {} as { readonly id: string },
  },
  actions: {
    observe: assign(({ event }) => {
      const { type: _, ...observation } = event;
      return observation;
    }),
  },
  guards: {
    isUnlimited: ({ event }) => event.capBps === null,
    isBorrowing: ({ event }) => event.borrowedBps > 0,
    isLending: ({ event }) => event.lentBps > 0,
    isPressing: ({ event }) => event.capBps !== null && event.usageBps >= event.pressingRatio * event.capBps,
  },
}).createMachine({
  id: 'tracker',
  context: ({ input }) => ({
    id: input.id,
    usageBps: 0,
    capBps: null,
    effectiveCapBps: null,
    borrowedBps: 0,
    lentBps: 0,
    wantBps: 0,
    pressingRatio: 1,
  }),
  initial: 'within',
  on: {
    OBSERVED: [
      { guard: 'isUnlimited', target: '.unlimited', actions: 'observe' },
      { guard: 'isBorrowing', target: '.borrowing', actions: 'observe' },
      { guard: 'isLending', target: '.lending', actions: 'observe' },
      { guard: 'isPressing', target: '.pressing', actions: 'observe' },
      { target: '.within', actions: 'observe' },
    ],
  },
  states: { unlimited: {}, within: {}, pressing: {}, borrowing: {}, lending: {} },
});
