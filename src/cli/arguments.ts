import { parseArgs } from 'node:util';
import { toV1Length } from '../control/torrent.ts';
import type { TorrentScope } from '../control/torrent-scope.ts';

export const COMMANDS = ['run', 'check', 'doctor', 'preview', 'match', 'rollback'] as const;
export type CommandName = (typeof COMMANDS)[number];

export interface Arguments {
  readonly command: CommandName;
  readonly operands: readonly string[];
  readonly config: string | null;
  readonly demo: boolean;
  readonly confirm: boolean;
  readonly reason: string;
  /** What a rollback is limited to; null: nothing. */
  readonly scope: TorrentScope | null;
  readonly help: boolean;
  readonly version: boolean;
}

/** The command line is wrong; the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @param argv without node and the script's path */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(argv);
  const [first = 'run', ...operands] = positionals;
  const command = COMMANDS.find((name) => name === first);
  if (command === undefined) {
    throw new UsageError(`unknown command "${first}": expected one of ${COMMANDS.join(', ')}`);
  }
  const expected = command === 'match' ? 1 : 0;
  if (operands.length !== expected && values.help !== true) {
    throw new UsageError(
      command === 'match'
        ? 'match takes one announce URL'
        : `${command} takes no operands, got "${operands.join(' ')}"`,
    );
  }
  refuseForeignOptions(command, values);
  return {
    command,
    operands,
    config: values.config ?? null,
    demo: values.demo ?? false,
    confirm: values.confirm ?? false,
    reason: values.reason ?? 'command line',
    scope: values.help === true ? null : scopeOf(values.tracker, values.hash),
    help: values.help ?? false,
    version: values.version ?? false,
  };
}

/** Options that only one command has: elsewhere they would be taken in silence, and not do what was meant. */
const OWNERS = {
  demo: 'run',
  confirm: 'rollback',
  reason: 'rollback',
  tracker: 'rollback',
  hash: 'rollback',
} as const;

function refuseForeignOptions(command: CommandName, values: ReturnType<typeof parse>['values']): void {
  for (const [option, owner] of Object.entries(OWNERS)) {
    if (values[option as keyof typeof OWNERS] === undefined || command === owner) continue;
    throw new UsageError(`--${option} is an option of ${owner}, not of ${command}`);
  }
}

const INFO_HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;

function scopeOf(tracker: string | undefined, hashes: readonly string[] | undefined): TorrentScope | null {
  if (tracker !== undefined && hashes !== undefined) {
    throw new UsageError('--tracker and --hash exclude each other');
  }
  if (tracker !== undefined) return { kind: 'tracker', trackerId: tracker };
  if (hashes === undefined) return null;
  const wrong = hashes.find((hash) => !INFO_HASH.test(hash));
  if (wrong !== undefined) {
    throw new UsageError(`--hash takes an info-hash of 40 or 64 hex digits, got "${wrong}"`);
  }
  return { kind: 'torrents', infoHashes: hashes.map((hash) => toV1Length(hash.toLowerCase())) };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        config: { type: 'string', short: 'c' },
        demo: { type: 'boolean' },
        confirm: { type: 'boolean' },
        reason: { type: 'string' },
        tracker: { type: 'string' },
        hash: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'V' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

export const HELP = `Usage: qguardarr [command] [options]

Keeps each tracker's total upload in qBittorrent at or under its cap.

Commands
  run                  serve and enforce (the default); without a config, a demo on a simulated qBittorrent
  check                read the config, print what is wrong with it
  doctor               connect and report what would keep caps from holding
  preview              what the next cycle would write, and why; writes nothing
  match URL            which tracker an announce URL belongs to, and why
  rollback --confirm   give every torrent its own limit back, with the service stopped

Options
  -c, --config FILE    the config (then QGUARDARR_CONFIG, then config/qguardarr.yaml)
      --demo           run against the simulated qBittorrent, whatever config there is
      --reason TEXT    why, for the journal (rollback)
      --tracker ID     roll back this tracker's torrents only
      --hash HASH      roll back this torrent only; may be given several times
  -V, --version        print the version
  -h, --help           print this

Exit codes
  0 fine   1 config invalid, or doctor found a problem   2 wrong command line   3 cannot start, or an internal error
  4 qBittorrent does not answer or refuses the credentials
`;
