/** What commands answer. */
import {
  count,
  flag,
  hash,
  listOf,
  number,
  object,
  oneOf,
  orNull,
  percentage,
  ref,
  text,
  time,
} from '../schemas.ts';

const index = object({
  name: { const: 'qguardarr' },
  version: text(),
  endpoints: listOf(object({ method: oneOf('GET', 'POST'), path: text(), summary: text() })),
});

const cycle = object({
  status: { const: 'completed' },
  duration_seconds: number(),
  timestamp: time,
  limits_changed: count(),
  api_calls: count(),
  failed_calls: count(),
});

const rollback = object({
  status: {
    ...oneOf('completed', 'partial', 'pending', 'dry_run'),
    description: 'pending: remembered until qBittorrent answers.',
  },
  changes_reversed: count(),
  'missing?': count('Torrents that are not in qBittorrent now: restored when they come back.'),
  'left_in_force?': count('In a dry run: torrents that keep the limits set before.'),
  'unrestored_torrents?': listOf(hash),
  'unknown?': listOf(hash, 'Named torrents that neither qBittorrent nor the journal has.'),
  duration_seconds: number(),
  'message?': text('When it is not over yet, or there was nothing to give back.'),
  remembered: flag('Whether it outlives a restart.'),
  reason: text(),
  scope: text('"all", or the part of the torrents.'),
  timestamp: time,
});

const ownershipTaken = object({
  status: {
    ...oneOf('taken', 'already_owner', 'contested'),
    description: 'contested: nothing is written for another reason, which `contest` names.',
  },
  contest: orNull(ref('Contest')),
  timestamp: time,
});

const originalsAdopted = object({
  status: { const: 'adopted' },
  as: oneOf('as_is', 'unlimited'),
  count: count('Torrents whose original limit is known now.'),
  timestamp: time,
});

const resume = object({ status: oneOf('resumed', 'already_enforcing'), timestamp: time });

const rolloutAccepted = object({
  status: { const: 'accepted' },
  service: text("The service's state."),
  rollout_percentage: percentage,
  until_restart: flag('Whether a restart would forget it.'),
  timestamp: time,
});

const limitsReset = object({
  status: oneOf('completed', 'partial', 'dry_run'),
  count: count(),
  'missing?': count(),
  'unrestored?': count(),
  'unrestored_torrents?': listOf(hash),
  mode: oneOf('unrestored', 'all'),
});

const smoothingReset = object({
  status: { const: 'completed' },
  cleared_count: count(),
  tracker: text('Its id, or "all".'),
  strategy: oneOf('equal', 'weighted', 'soft'),
  timestamp: time,
});

const reloaded = object({
  status: { const: 'reloaded' },
  rollout_percentage: percentage,
  strategy: oneOf('equal', 'weighted', 'soft'),
  restart_needed: listOf(text(), 'Changed keys that take effect with a restart only.'),
  warnings: listOf(text()),
});

const queued = object({
  status: { const: 'queued' },
  queue_size: count('Webhooks that wait to be looked at.'),
  processing_time_ms: number(),
});

const target = object({
  target: text('Its place in the config.'),
  type: text(),
  delivered: flag(),
  problem: orNull(text()),
});

const problem = {
  description:
    'Why it was refused. `error` is stable for scripts, `message` is for people; some have more fields.',
  type: 'object',
  properties: {
    error: text('Such as key_missing, confirm_required, config_invalid.'),
    message: text(),
    problems: listOf(text(), 'One for each field that is wrong.'),
    issues: listOf(text(), 'One for each mistake in the config.'),
    unknown: listOf(hash, 'Named torrents, when none of those that were named is known.'),
    targets: listOf(target),
    retry_after_seconds: count(),
    allowed_methods: listOf(text()),
    host: text(),
    config_key: text(),
  },
  required: ['error', 'message'],
  additionalProperties: false,
};

export const doingSchemas = {
  Index: index,
  CycleDone: cycle,
  RollbackDone: rollback,
  OwnershipTaken: ownershipTaken,
  OriginalsAdopted: originalsAdopted,
  Resumed: resume,
  RolloutAccepted: rolloutAccepted,
  LimitsReset: limitsReset,
  SmoothingReset: smoothingReset,
  Reloaded: reloaded,
  Queued: queued,
  Delivered: object({ status: { const: 'delivered' }, targets: listOf(target) }),
  LoggedIn: object({ status: { const: 'logged_in' }, expires_in_seconds: count() }),
  LoggedOut: object({ status: { const: 'logged_out' } }),
  Session: object({ granted_by: oneOf('loopback', 'key', 'session'), scope: oneOf('read', 'admin') }),
  Problem: problem,
};
