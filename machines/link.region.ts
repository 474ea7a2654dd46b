import { assign, raise } from 'xstate';
import { backOffMs, contestedBy, serviceSetup } from './service.setup.ts';

/**
 * connecting → online → offline → connecting…, with growing back-off; refused credentials are not tried again.
 * Online and contested differ in one thing: to a contested client nothing is written. In both the marker is kept in
 * sight, whether or not there are cycles.
 */
export const linkRegion = serviceSetup.createStateConfig({
  initial: 'connecting',
  states: {
    connecting: {
      on: {
        RECONNECT: { target: 'connecting', reenter: true },
        TAKE_OWNERSHIP: { target: 'connecting', reenter: true, actions: 'takeOwnership' },
      },
      invoke: {
        src: 'connect',
        input: ({ context }) => ({ takesOwnership: context.takesOwnership }),
        onDone: [
          {
            guard: ({ event }) => event.output.ok && event.output.contest !== null,
            target: 'contested',
            actions: assign({
              contest: ({ event }) => (event.output.ok ? event.output.contest : null),
              takesOwnership: false,
            }),
          },
          {
            guard: ({ event }) => event.output.ok,
            target: 'online',
            actions: assign({ takesOwnership: false }),
          },
          {
            guard: ({ event }) => !event.output.ok && event.output.refused,
            target: 'offline.refused',
            actions: assign({
              linkProblem: ({ event }) => (event.output.ok ? null : event.output.problem),
            }),
          },
          {
            target: 'offline.waiting',
            actions: assign({
              linkProblem: ({ event }) => (event.output.ok ? null : event.output.problem),
              linkAttempts: ({ context }) => context.linkAttempts + 1,
              retryInMs: ({ context, event }) =>
                (event.output.ok ? null : event.output.retryAfterMs) ?? backOffMs(context.linkAttempts + 1),
            }),
          },
        ],
        onError: {
          target: 'offline.waiting',
          actions: assign({
            linkProblem: ({ event }) => String(event.error),
            linkAttempts: ({ context }) => context.linkAttempts + 1,
            retryInMs: ({ context }) => backOffMs(context.linkAttempts + 1),
          }),
        },
      },
    },
    online: {
      entry: [
        assign({ linkProblem: null }),
        raise({ type: 'LINK_UP' }),
        raise({ type: 'CYCLE', origins: ['online'], full: true }),
      ],
      invoke: {
        src: 'keepMarker',
        input: { isContested: false },
        onDone: { actions: raise(({ event }) => contestedBy(event.output)) },
        onError: { actions: raise({ type: 'RECONNECT' }) },
      },
      on: {
        LINK_UP: {},
        // Only now: a qBittorrent that takes the login and then answers no read, or no write, is not back.
        CYCLE_FINISHED: { actions: assign({ linkAttempts: 0 }) },
        PICTURE_COMPLETE: { guard: 'isRolledBack', actions: assign({ linkAttempts: 0 }) },
        RECONNECT: 'connecting',
        LINK_LOST: { target: 'offline.waiting', actions: 'noteLinkLost' },
        CONTESTED: { target: 'contested', actions: 'keepContest' },
        TAKE_OWNERSHIP: {},
      },
    },
    /** It answers, but another program is in charge of it: it is read, and nothing is written. */
    contested: {
      entry: [assign({ linkProblem: null }), raise({ type: 'CYCLE', origins: ['online'], full: true })],
      exit: 'clearContest',
      invoke: {
        src: 'keepMarker',
        input: { isContested: true },
        onDone: { actions: raise(({ event }) => contestedBy(event.output)) },
        onError: { actions: raise({ type: 'RECONNECT' }) },
      },
      on: {
        CONTESTED: { actions: 'keepContest' },
        UNCONTESTED: 'connecting',
        TAKE_OWNERSHIP: { target: 'connecting', actions: 'takeOwnership' },
        PICTURE_COMPLETE: { actions: assign({ linkAttempts: 0 }) },
        RECONNECT: 'connecting',
        LINK_LOST: { target: 'offline.waiting', actions: 'noteLinkLost' },
      },
    },
    offline: {
      initial: 'waiting',
      on: { RECONNECT: 'connecting', LINK_LOST: {}, TAKE_OWNERSHIP: { actions: 'takeOwnership' } },
      states: {
        waiting: { after: { linkRetry: '#service.link.connecting' } },
        /** Until new credentials come: a fifth refusal would get the address banned for an hour. */
        refused: {},
      },
    },
  },
});
