/** What can be looked up: statistics, torrents, the preview, the journal, the config, patterns. */
import { schemaOfShape } from '../../../config/json-schema.ts';
import { configCodec } from '../../../config/schema.ts';
import {
  bps,
  capBps,
  count,
  flag,
  hash,
  listOf,
  mapOf,
  mibps,
  number,
  object,
  oneOf,
  orNull,
  ref,
  text,
  time,
  unixMs,
  wireLimit,
} from '../schemas.ts';

const lastMinute = (description: string) => orNull(number(description));

const stats = object({
  allocation_cycles: count('Since the start.'),
  api_calls_last_cycle: count(),
  torrents_processed: count('In the last cycle.'),
  limits_applied: count('Since the start.'),
  errors: count('Since the start.'),
  last_cycle_duration: orNull(number('Seconds.')),
  last_cycle_time: orNull(time),
  active_torrents: count(),
  managed_torrents: count('Whose limit the last cycle planned by what they use.'),
  standby_torrents: count('Idle, under a standby limit.'),
  standby_waiting_torrents: count('Idle, and yet to get a standby limit.'),
  managed_torrent_count: count('That hold a limit now.'),
  score_distribution: object({ high: count(), medium: count(), low: count(), ignored: count() }),
  strategy: oneOf('equal', 'weighted', 'soft'),
  dry_run: flag(),
  dry_run_limits: count('Limits that a dry run would have set.'),
  foreign_writes: count('Changes by someone else to limits of managed torrents, since the start.'),
  restored_torrents: count(
    'That have their original limit again, until the client has saved it for certain.',
  ),
  unknown_limits: count("That have a limit of Qguardarr's whose original is not known; they are left alone."),
  control_interval: number('Seconds, as configured.'),
  cycle_interval: lastMinute('Seconds between the ends of cycles, mean of the last minute.'),
  cycle_reading: lastMinute("Of a cycle: seconds for qBittorrent's answer to the read."),
  cycle_writing: lastMinute("Of a cycle: seconds for qBittorrent's answers to calls that set limits."),
  cycle_waiting: lastMinute('Of a cycle: seconds for the turn of those calls, and the journal.'),
  cycle_planning: lastMinute("Of a cycle: seconds of Qguardarr's own work."),
  loop_slow_since: orNull(time),
  full_reads: flag('Every read is a full one, as the session cookie is lost on the way.'),
  full_reads_in_a_row: count('Full answers in a row to requests for changes.'),
  last_read_bytes: orNull(count('Of the latest read.')),
  caps_exceeded: listOf(text('A tracker id.'), 'Trackers that have exceeded their caps for a minute.'),
  memory_mb: number('Of the process.'),
  cpu_percent: number('Of one core, since the start.'),
});

const trackerStats = mapOf(
  'tracker id',
  object({
    configured_limit_mbps: mibps,
    effective_cap_mbps: mibps,
    borrowed_mbps: mibps,
    lent_mbps: mibps,
    wanted_mbps: mibps,
    current_usage_mbps: mibps,
    mean_10s_mbps: mibps,
    outside_usage_mbps: mibps,
    water_level_mbps: mibps,
    trim: number('Correction from the measured mean, as a factor.'),
    priority: count(),
    torrents: count(),
    managed_torrents: count('Whose limit is planned by what they use.'),
    standby_torrents: count('Idle, under a standby limit.'),
    standby_waiting_torrents: count('Idle, and yet to get a standby limit.'),
    standby_limits_mbps: mibps,
    active_torrents: count(),
    cap_cannot_hold: flag(),
    cap_problem: orNull(text("Why its cap is exceeded or can't be held.")),
    mean_10s_over_cap: orNull(number('Mean upload of the last 10 s over the effective cap, as a factor.')),
    over_cap: flag('That mean is over 1.05 now.'),
    mean_60s_mbps: mibps,
    mean_60s_over_cap: orNull(number('As mean_10s_over_cap, of the last minute.')),
    cap_exceeded_since: orNull(time),
  }),
);

const managed = object({
  generated_at: time,
  total: count(),
  counts_by_tracker: mapOf('tracker id', count()),
  trackers: mapOf(
    'tracker id',
    listOf(
      object({
        hash,
        current_limit: wireLimit,
        original_limit: wireLimit,
        added_at: time,
        last_seen: time,
        age_seconds: count(),
      }),
    ),
  ),
});

const rates = listOf({ type: ['number', 'null'] }, 'B/s, as long as `at`; null where there is none.');
const history = object({
  span_seconds: count(),
  at: listOf(unixMs, 'Oldest first.'),
  trackers: mapOf('tracker id', object({ usage_bps: rates, effective_cap_bps: rates })),
});

const torrents = object({
  total: count('All that the filters let through.'),
  offset: count(),
  limit: count(),
  items: listOf(
    object({
      hash,
      name: text(),
      tracker: orNull(text()),
      usage_bps: bps,
      limit_bps: capBps,
      original_bps: capBps,
      managed: flag(),
      reason: text(),
      changed_at: orNull(time),
      leechers: count(),
      state: text("qBittorrent's word for it."),
    }),
  ),
});

const preview = object({
  strategy: oneOf('equal', 'weighted', 'soft'),
  torrents_considered: count(),
  proposed_count: count(),
  proposed_calls: count(),
  proposed_changes: mapOf('info-hash', wireLimit),
  changes: listOf(
    object({
      hash,
      name: orNull(text()),
      tracker: orNull(text()),
      kind: text(),
      reason: text(),
      from: wireLimit,
      to: wireLimit,
    }),
    'At most 500.',
  ),
  reasons: mapOf('info-hash', object({ kind: text(), reason: text() })),
  trackers: mapOf(
    'tracker id',
    object({ base_cap: wireLimit, effective_cap: wireLimit, borrowed: bps, lent: bps }),
  ),
  summary: object({
    trackers: listOf(
      object({
        id: text(),
        base_cap_mbps: mibps,
        base_cap_h: text(),
        effective_cap_mbps: mibps,
        effective_cap_h: text(),
        borrowed_mbps: mibps,
        borrowed_h: text(),
      }),
    ),
    top_changes: listOf(
      object({
        hash,
        new_limit_kib: { type: ['integer', 'null'] },
        new_limit_h: text(),
        delta_kib: { type: ['integer', 'null'] },
        delta_h: text(),
      }),
      'The ten largest.',
    ),
  }),
});

const original = object({
  hash,
  name: orNull(text()),
  original_limit: wireLimit,
  tracker: orNull(text()),
  first_seen: time,
  last_limit: orNull(wireLimit),
});
const change = object({
  id: text(),
  cycle: count(),
  at: time,
  tracker: orNull(text()),
  reason: text(),
  limit: wireLimit,
  state: oneOf('intended', 'done', 'failed'),
  torrents: listOf(object({ hash, name: orNull(text()), from: wireLimit })),
});
const rollback = object({
  id: text(),
  requested_at: time,
  by: text(),
  reason: text(),
  scope: text('"all", or the part of the torrents.'),
  originals: oneOf('current', 'first'),
  finished_at: orNull(time),
  restored: count(),
  failed: count(),
  resumed_at: orNull(time),
});

const page = (kind: string, item: Readonly<Record<string, unknown>>) =>
  object({
    kind: { const: kind },
    offset: count(),
    limit: count(),
    'tracker?': text(),
    'search?': text(),
    total: count(),
    items: listOf(item, 'Newest first.'),
  });

const journal = {
  oneOf: [
    page('original', original),
    page('change', change),
    page('rollback', rollback),
    page('rollout', ref('RolloutNote')),
  ],
};

const match = object({
  tracker_id: orNull(text()),
  tracker_name: orNull(text()),
  max_upload_speed: { type: ['integer', 'null'], description: 'B/s, -1 for unlimited.' },
  matched_on: orNull(text('What patterns are searched in: no passkey is in it.')),
  reason: text(),
  'patterns?': listOf(
    object({
      trackerId: text(),
      pattern: text(),
      matched: flag(),
      matchedText: orNull(text()),
      wins: flag(),
    }),
    'With detailed=true.',
  ),
});

const originals = object({
  originals: listOf(
    object({
      hash,
      original_limit: bps,
      first_original_limit: { ...bps, description: "B/s, 0 for none: seen before Qguardarr's first write." },
      tracker_id: orNull(text()),
      first_seen_at: time,
    }),
  ),
});

export const readingSchemas = {
  Stats: stats,
  TrackerStats: trackerStats,
  Managed: managed,
  History: history,
  Torrents: torrents,
  Preview: preview,
  Journal: journal,
  Originals: originals,
  Match: match,
  Config: schemaOfShape(configCodec.shape, true),
};
