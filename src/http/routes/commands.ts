import {
  decodeAdoptOriginals,
  decodeLimitsReset,
  decodeNothing,
  decodeRollback,
  decodeRollout,
  decodeSmoothingReset,
  decodeTakeOwnership,
} from '../codecs.ts';
import { ok, type Route } from './route.ts';

const DEFAULT_REASON = 'no reason given';

export const commandRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/cycle/force',
    summary: 'Run a cycle now',
    async handle({ body }, { operations }) {
      decodeNothing(body);
      return ok(await operations.forceCycle());
    },
  },
  {
    method: 'POST',
    path: '/rollout',
    summary:
      'Set the share of torrents managed {percentage: 1..100}, or drive a plan {action: start|advance|hold|continue|abort, plan}',
    async handle({ body }, { operations }) {
      return ok(await operations.rollout(decodeRollout(body)));
    },
  },
  {
    method: 'POST',
    path: '/rollback',
    summary:
      'Give every torrent its own limit back and stop enforcing {confirm: true, reason, originals: current|first}; or those of a part {tracker_id} or {hashes}',
    async handle({ body, origin }, { operations }) {
      const { reason, ...request } = decodeRollback(body);
      const by = `HTTP from ${origin.address}`;
      return ok(await operations.rollback({ reason: reason || DEFAULT_REASON, by, ...request }));
    },
  },
  {
    method: 'POST',
    path: '/ownership/take',
    summary: 'Take the client over from another controller {confirm: true}',
    async handle({ body }, { operations }) {
      decodeTakeOwnership(body);
      return ok(await operations.takeOwnership());
    },
  },
  {
    method: 'POST',
    path: '/originals/adopt',
    summary: 'Declare the originals of torrents with unknown limits {confirm: true, as: as_is|unlimited}',
    async handle({ body }, { operations }) {
      return ok(await operations.adoptOriginals(decodeAdoptOriginals(body)));
    },
  },
  {
    method: 'POST',
    path: '/resume',
    summary: 'Enforce again after a rollback, of all torrents and of parts',
    async handle({ body }, { operations }) {
      decodeNothing(body);
      return ok(await operations.resume());
    },
  },
  {
    method: 'POST',
    path: '/limits/reset',
    summary: 'Lift limits left behind {confirm: true, scope: unrestored|all, mark_restored}',
    async handle({ body }, { operations }) {
      return ok(await operations.resetLimits(decodeLimitsReset(body)));
    },
  },
  {
    method: 'POST',
    path: '/smoothing/reset',
    summary: 'Forget what soft borrowing has smoothed {tracker_id} or {all: true}',
    handle({ body }, { operations }) {
      return ok(operations.resetSmoothing(decodeSmoothingReset(body)));
    },
  },
  {
    method: 'POST',
    path: '/config/reload',
    summary: 'Read the config file again; a bad one changes nothing',
    async handle({ body }, { operations }) {
      decodeNothing(body);
      return ok(await operations.reloadConfig());
    },
  },
];
