/**
 * Every key of the config file: its type, range, unit and default. Keys stay as users write them, so that a
 * path in a message is the path in the file.
 */
import path from 'node:path';
import * as t from 'io-ts';
import { checkPattern } from '../control/matching.ts';
import { MIN_LIMIT_BPS } from '../control/units.ts';
import { authSection, basePath, headerKey } from './access.ts';
import {
  choice,
  closed,
  decimal,
  Field,
  flag,
  integer,
  integerWhere,
  list,
  optional,
  optionalSection,
  text,
  textMatching,
} from './codecs.ts';
import { notificationsSection } from './notifications.ts';
import { parseQbittorrentHost } from './qbittorrent-host.ts';

const fraction = { min: 0, max: 1 };
const filled = text('text, not empty', (input) => input.trim() !== '');
/** Of a file that is replaced whole, which would remove a device. */
const filePath = text('path of a file, not of a device or a folder', isFilePath);

function isFilePath(input: string): boolean {
  return input.trim() !== '' && !/[/\\]$/.test(input) && !isDevice(input);
}

function isDevice(file: string): boolean {
  return /^\/dev\/(?!shm\/)/.test(path.posix.normalize(file));
}

const port = integer({ min: 1, max: 65535 });
const globalSection = closed({
  /** Slow reconcile: full picture, drift check. */
  update_interval: optional(integer({ min: 10, max: 86_400, unit: 'seconds' }), 300),
  /** The pace of the control loop. */
  control_interval: optional(decimal({ min: 0.5, max: 60, unit: 'seconds' }), 2),
  active_torrent_threshold_kb: optional(decimal({ min: 0, max: 1_000_000, unit: 'KiB/s' }), 10),
  max_api_calls_per_cycle: optional(integer({ min: 1, max: 100_000 }), 500),
  calls_per_second: optional(integer({ min: 1, max: 200 }), 20),
  max_queued_calls: optional(integer({ min: 1, max: 100_000 }), 1000),
  differential_threshold: optional(decimal(fraction), 0.2),
  rollout_percentage: optional(integer({ min: 0, max: 100 }), 100),
  cache_ttl_seconds: optional(integer({ min: 0, max: 2_592_000, unit: 'seconds' }), 1800),
  auto_unlimit_on_inactive: optional(flag, false),
  idle_guard: optional(choice('recent', 'all', 'off'), 'all'),
  host: optional(filled, '127.0.0.1'),
  port: optional(port, 8089),
  base_path: optional(basePath, ''),
  /** PEM files; both or neither. With them the service speaks https only. */
  tls_cert_file: optional(text(), ''),
  tls_key_file: optional(text(), ''),
  allocation_strategy: optional(choice('equal', 'weighted', 'soft'), 'equal'),
  max_managed_torrents: optional(integer({ min: 1, max: 1_000_000 }), 1000),
  borrow_threshold_ratio: optional(decimal({ min: 0.5, max: 1 }), 0.9),
  max_borrow_fraction: optional(decimal(fraction), 0.5),
  smoothing_alpha: optional(decimal(fraction), 0.4),
  min_effective_delta: optional(decimal(fraction), 0.1),
  dry_run: optional(flag, false),
  dry_run_store_path: optional(filePath, './data/dry_run_limits.json'),
});

const qbittorrentSection = closed({
  /** Names this qBittorrent in the journal: another name is another instance. */
  name: optional(textMatching('name of a-z, 0-9, "_" and "-"', /^[a-z0-9_-]+$/), 'default'),
  host: text(
    'host name, IP address or http(s):// URL, without user name and query',
    (input) => parseQbittorrentHost(input) !== null,
  ),
  port,
  username: optional(text(), ''),
  password: optional(text(), ''),
  /** Sent as Bearer; qBittorrent 5.2 and later. */
  api_key: optional(headerKey, ''),
  timeout: optional(decimal({ min: 1, max: 600, unit: 'seconds' }), 30),
  tls: optional(flag, false),
  tls_ca_file: optional(text(), ''),
  tls_verify: optional(flag, true),
  /** Where a reverse proxy puts the WebUI: "/qbittorrent". */
  base_path: optional(textMatching('URL path such as "/qbittorrent", or ""', /^(\/?[^\s?#@]*)$/), ''),
});

const pattern = new Field<string>('pattern', (input, context) => {
  if (typeof input !== 'string') {
    return t.failure(
      input,
      context,
      'expected regular expression (in quotes, such as ".*example\\\\.org.*")',
    );
  }
  const problem = checkPattern(input);
  return problem === null ? t.success(input) : t.failure(input, context, problem);
});

// A cap is a sum over torrents, so it may pass the int32 that one torrent's limit is kept in.
const MAX_CAP_BPS = 2_147_483_647 * 64;

const maxUploadSpeed = integerWhere(
  `-1 (unlimited; 0 is not: use -1) or integer from ${MIN_LIMIT_BPS} to ${MAX_CAP_BPS} (B/s)`,
  (number) => number === -1 || (number >= MIN_LIMIT_BPS && number <= MAX_CAP_BPS),
);

const trackerFields = closed({
  id: textMatching('id of A-Z, a-z, 0-9, "_", "." and "-"', /^[A-Za-z0-9_.-]+$/),
  /** Empty: the id. */
  name: optional(text(), ''),
  pattern,
  max_upload_speed: maxUploadSpeed,
  priority: optional(integer({ min: 1, max: 10 }), 1),
});

const tracker = new Field<t.TypeOf<typeof trackerFields>>(
  'tracker',
  (input, context) => {
    const result = trackerFields.validate(input, context);
    if (result._tag === 'Left' || result.right.name !== '') return result;
    return t.success({ ...result.right, name: result.right.id });
  },
  trackerFields.shape,
);

/** The `rollout` section, and a plan of its own: the same keys. */
export const rolloutSection = closed({
  steps: optional(
    list(
      closed({
        percentage: integer({ min: 1, max: 100 }),
        /** How long the step lasts before the gate decides on the next. */
        hold: decimal({ min: 1, max: 2_592_000, unit: 'seconds' }),
      }),
    ),
    [],
  ),
  max_api_error_rate: optional(decimal(fraction), 0.1),
  /** Measured upload over effective cap. */
  max_cap_overshoot: optional(decimal({ min: 1, max: 100 }), 1.1),
  max_latency_ms: optional(integer({ min: 1, max: 600_000, unit: 'milliseconds' }), 2000),
  on_gate_failure: optional(choice('hold', 'rollback'), 'hold'),
});

export const configCodec = closed({
  global: optionalSection(globalSection),
  qbittorrent: qbittorrentSection,
  cross_seed: optionalSection(
    closed({
      enabled: optional(flag, false),
      url: optional(text(), ''),
      api_key: optional(headerKey, ''),
      timeout: optional(decimal({ min: 1, max: 600, unit: 'seconds' }), 15),
    }),
  ),
  trackers: list(tracker, 1),
  auth: optionalSection(authSection),
  rollback: optionalSection(
    closed({
      database_path: optional(filePath, './data/rollback.db'),
      track_all_changes: optional(flag, true),
      keep_changes: optional(integer({ min: 1, max: 3650, unit: 'days' }), 30),
      max_changes: optional(integer({ min: 1, max: 1_000_000 }), 5000),
      /** Whether the limits in force stay when the service is stopped. */
      on_shutdown: optional(choice('keep', 'restore'), 'keep'),
    }),
  ),
  rollout: optionalSection(rolloutSection),
  notifications: optionalSection(notificationsSection),
  logging: optionalSection(
    closed({
      level: optional(choice('DEBUG', 'INFO', 'WARNING', 'ERROR'), 'INFO'),
      /** Empty: no file. */
      file: optional(
        text(
          'path of a file, not of a device or a folder, or ""',
          (input) => input === '' || isFilePath(input),
        ),
        '',
      ),
      max_size_mb: optional(integer({ min: 1, max: 10_240, unit: 'MiB' }), 50),
      backup_count: optional(integer({ min: 0, max: 1000 }), 5),
    }),
  ),
});

/** The config as decoded: every default filled in. */
export type Config = t.TypeOf<typeof configCodec>;
