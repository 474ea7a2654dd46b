/** How things stand: /health, /ping, /state, /events. */
import { ROLLOUT_CHANGES } from '../../../control/rollout-note.ts';
import {
  bps,
  capBps,
  count,
  flag,
  hash,
  listOf,
  mapOf,
  number,
  object,
  oneOf,
  openObject,
  orNull,
  percentage,
  ref,
  text,
  time,
  unixMs,
} from '../schemas.ts';

const health = object({
  status: oneOf('healthy', 'degraded', 'starting', 'unhealthy'),
  problems: listOf(text(), "One line for each thing wrong, in the user's words; empty when healthy."),
  notes: listOf(text(), 'What is worth knowing and no fault, as what a dry run lets happen.'),
  service: text("The service's state."),
  link: text('The state of the link to qBittorrent.'),
  enforcing: flag('Whether limits are being written and kept.'),
  uptime_seconds: count(),
  version: text(),
  qbittorrent_version: orNull(text()),
  last_cycle_time: orNull(time),
  last_cycle_duration: orNull(number('Seconds.')),
  rollout_percentage: percentage,
  update_interval: number('Seconds.'),
  control_interval: number('Seconds.'),
  dry_run: flag(),
  active_torrents: count(),
  managed_torrents: count('In qBittorrent, that hold a limit planned by what they use.'),
  standby_torrents: count('In qBittorrent, idle, that hold a standby limit.'),
  standby_waiting_torrents: count('Idle, and yet to get a standby limit.'),
  api_calls_last_cycle: count(),
});

const contest = object(
  {
    kind: oneOf('controller', 'rewriter', 'unknown-limits'),
    problem: text('What was seen.'),
    advice: text('What helps.'),
  },
  'Why nothing is written to the client although it answers.',
);

const rollout = object(
  {
    step: count('1-based.'),
    steps: count(),
    ends_at: time,
    held: flag('By hand.'),
    gate_problem: orNull(text('Why its gate is shut.')),
    on_gate_failure: oneOf('hold', 'rollback'),
    gates: object({ max_api_error_rate: number(), max_cap_overshoot: number(), max_latency_ms: number() }),
    plan: listOf(object({ percentage, hold: number('Seconds.') })),
    percentage_before: percentage,
  },
  'The plan of steps under way.',
);

const rolloutNote = object({
  at: time,
  what: oneOf(...ROLLOUT_CHANGES),
  percentage,
  step: orNull(count()),
  steps: orNull(count()),
  problem: orNull(text()),
});

const happening = openObject({ at: time, event: text() }, 'An event, with fields of its own.');

const trackerState = object({
  state: oneOf('unlimited', 'within', 'pressing', 'borrowing', 'lending'),
  since: orNull(time),
  usage_bps: bps,
  cap_bps: capBps,
  effective_cap_bps: capBps,
  borrowed_bps: bps,
  lent_bps: bps,
  want_bps: capBps,
  pressing_ratio: number(),
});

const state = object({
  service: object({
    state: text(),
    since: orNull(time),
    rollout_percentage: percentage,
    rollout: orNull(ref('Rollout')),
    rollout_last_change: orNull(ref('RolloutNote')),
    rollout_problem: orNull(text('Why a restart would forget where the rollout stands.')),
    rollback: orNull(object({ by: text(), reason: text() }, 'The one that holds.')),
    rolled_back_parts: listOf(
      object({
        'tracker_id?': text(),
        'hashes?': listOf(hash),
        by: text(),
        reason: text(),
        finished: flag(),
      }),
    ),
    dry_run: flag(),
    dropped_events: count('Events that no state wanted.'),
  }),
  link: object({
    state: text(),
    since: orNull(time),
    problem: orNull(text()),
    contest: orNull(ref('Contest')),
    failed_attempts: count(),
    qbittorrent_version: orNull(text()),
    calls_waiting: count(),
  }),
  cycle: object({
    state: text(),
    since: orNull(time),
    number: count(),
    next_is_waiting: flag(),
    problem: orNull(text()),
  }),
  trackers: mapOf('tracker id', trackerState),
  held_torrents: count("Torrents that hold a limit of Qguardarr's."),
  missing_torrents: listOf(hash, 'Of those, which are not in qBittorrent now.'),
  last_events: listOf(ref('Happening'), 'Newest first.'),
});

const liveState = object({
  version: text(),
  service: object({
    state: text(),
    since: orNull(time),
    rollout_percentage: percentage,
    rollout: orNull(ref('Rollout')),
    rolled_back_parts: listOf(text()),
    dry_run: flag(),
  }),
  health: object({ status: text(), problems: listOf(text()) }),
  strategy: oneOf('equal', 'weighted', 'soft'),
  control_interval_seconds: number(),
  held_torrents: count(),
  last_events: listOf(ref('Happening')),
});

const liveStats = object({
  at: orNull(unixMs),
  trackers: listOf(
    object({
      id: text(),
      name: text(),
      state: text(),
      since: orNull(time),
      cap_bps: capBps,
      effective_cap_bps: capBps,
      borrowed_bps: bps,
      lent_bps: bps,
      usage_bps: bps,
      mean_10s_bps: bps,
      torrents: count(),
      managed_torrents: count(),
      standby_torrents: count(),
      standby_waiting_torrents: count(),
      active_torrents: count(),
      cap_problem: orNull(text("Why its cap is exceeded or can't be held.")),
    }),
  ),
});

const liveLink = object({
  state: text(),
  since: orNull(time),
  problem: orNull(text()),
  contest: orNull(ref('Contest')),
  qbittorrent_version: orNull(text()),
});

const liveCycle = object({
  state: text(),
  number: count(),
  problem: orNull(text()),
  last: orNull(
    object({
      at: unixMs,
      duration_ms: number(),
      changed: count(),
      calls: count(),
      failed_calls: count(),
      deferred: count(),
    }),
  ),
});

export const standingSchemas = {
  Contest: contest,
  Health: health,
  Alive: object({ status: { const: 'ok' } }),
  State: state,
  Rollout: rollout,
  RolloutNote: rolloutNote,
  Happening: happening,
  LiveState: liveState,
  LiveStats: liveStats,
  LiveLink: liveLink,
  LiveCycle: liveCycle,
};
