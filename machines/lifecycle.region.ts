import { raise } from 'xstate';
import { serviceSetup } from './service.setup.ts';

/**
 * starting → steady ⇄ rollingOut → rollingBack → rolledBack → steady.
 *
 * ROLLBACK is taken in every state; while one runs, a second one changes nothing. It is first remembered on disk, then
 * waits for qBittorrent, then restores; whatever interrupts it, it goes on until all is restored.
 */
export const lifecycleRegion = serviceSetup.createStateConfig({
  initial: 'starting',
  states: {
    starting: {
      always: [
        { guard: 'hasUnfinishedRollback', target: 'rollingBack.waiting' },
        { guard: 'hasFinishedRollback', target: 'rolledBack' },
      ],
      on: {
        PICTURE_COMPLETE: [
          { guard: 'isRolloutHeld', target: 'rollingOut.held' },
          { guard: 'hasRollout', target: 'rollingOut' },
          { target: 'steady' },
        ],
        SET_PERCENTAGE: { actions: 'setPercentage' },
        // A plan that a former run left can be steered before qBittorrent has answered.
        HOLD: { guard: 'hasRollout', actions: 'noteHeld' },
        CONTINUE: { guard: 'hasRollout', actions: 'noteGoingOn' },
        ABORT: { guard: 'hasRollout', actions: 'abortRollout' },
        ROLLBACK: { target: 'rollingBack', actions: 'keepRollback' },
        RESUME: {},
      },
    },
    steady: {
      on: {
        SET_PERCENTAGE: { actions: ['setPercentage', 'requestCycle'] },
        START_ROLLOUT: {
          guard: 'hasSteps',
          target: 'rollingOut',
          actions: ['startRollout', 'requestCycle'],
        },
        ROLLBACK: { target: 'rollingBack', actions: 'keepRollback' },
        RESUME: {},
        PICTURE_COMPLETE: {},
        CYCLE_FINISHED: {},
      },
    },
    rollingOut: {
      initial: 'advancing',
      on: {
        ADVANCE: [
          { guard: 'isLastStep', target: 'steady', actions: 'endRollout' },
          { target: '.advancing', actions: ['nextStep', 'requestCycle'] },
        ],
        HOLD: '.held',
        ABORT: { target: 'steady', actions: ['abortRollout', 'requestCycle'] },
        SET_PERCENTAGE: { target: 'steady', actions: ['setPercentage', 'requestCycle'] },
        ROLLBACK: { target: 'rollingBack', actions: 'keepRollback' },
        RESUME: {},
        PICTURE_COMPLETE: {},
      },
      states: {
        advancing: {
          on: {
            CONTINUE: {},
            CYCLE_FINISHED: [
              { guard: 'gateFailsForGood', actions: 'rollBackForGate' },
              { guard: 'gateIsShut', actions: 'noteGate' },
              { guard: 'stepIsOver', target: 'passing', actions: 'noteGate' },
              { actions: 'noteGate' },
            ],
          },
        },
        /** The step is over and its gate open: on to the next one, or done. */
        passing: {
          always: [
            { guard: 'isLastStep', target: '#service.lifecycle.steady', actions: 'endRollout' },
            { target: 'advancing', actions: ['nextStep', 'requestCycle'] },
          ],
        },
        held: {
          entry: 'noteHeld',
          exit: 'noteGoingOn',
          on: { CONTINUE: 'advancing', CYCLE_FINISHED: { actions: 'noteGate' } },
        },
      },
    },
    rollingBack: {
      initial: 'remembering',
      on: {
        ROLLBACK: {},
        SET_PERCENTAGE: { actions: 'setPercentage' },
        PICTURE_COMPLETE: {},
        CYCLE_FINISHED: {},
      },
      states: {
        remembering: {
          invoke: {
            src: 'remember',
            input: ({ context }) => context.rollback,
            onDone: 'waiting',
            // A rollback must be possible with a full disk, too.
            onError: 'waiting',
          },
        },
        waiting: {
          always: { guard: 'isOnline', target: 'restoring' },
          on: { LINK_UP: 'restoring' },
        },
        restoring: {
          on: { CONTESTED: 'waiting' },
          invoke: {
            src: 'restore',
            input: ({ context }) => context.rollback,
            onDone: [
              {
                guard: ({ event }) => event.output.complete,
                target: '#service.lifecycle.rolledBack',
                actions: 'finishRollback',
              },
              {
                guard: ({ event }) => !event.output.complete && event.output.linkLost,
                target: 'retrying',
                actions: raise(({ event }) => ({
                  type: 'LINK_LOST',
                  problem: event.output.complete ? '' : event.output.problem,
                })),
              },
              { target: 'retrying' },
            ],
            onError: 'retrying',
          },
        },
        retrying: { after: { restoreRetry: 'waiting' } },
      },
    },
    rolledBack: {
      on: {
        RESUME: { target: 'steady', actions: ['clearRollback', 'requestCycle'] },
        /** Again: for torrents that were missing the first time and have come back. */
        ROLLBACK: { target: 'rollingBack', actions: 'keepRollback' },
        SET_PERCENTAGE: { actions: 'setPercentage' },
        PICTURE_COMPLETE: {},
        CYCLE_FINISHED: {},
      },
    },
  },
});
