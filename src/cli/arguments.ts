import { parseArgs } from 'node:util';
import { INFO_HASH, toV1Length } from '../control/torrent.ts';
import type { TorrentScope } from '../control/torrent-scope.ts';
import type { AdoptedAs } from '../service/ownership/adopt-originals.ts';
import {
  COMMANDS,
  type CommandName,
  type CommandSpec,
  GLOBAL_OPTIONS,
  type OptionSpec,
} from './command-table.ts';

export interface Arguments {
  readonly command: CommandName;
  /** Of the command that was named; null: none was, so it is `run`. */
  readonly named: CommandSpec | null;
  readonly operands: readonly string[];
  readonly config: string | null;
  readonly json: boolean;
  readonly demo: boolean;
  readonly waitForConfig: boolean;
  readonly confirm: boolean;
  readonly reason: string;
  /** What a rollback is limited to; null: nothing. */
  readonly scope: TorrentScope | null;
  readonly installWebhook: boolean;
  readonly removeWebhook: boolean;
  readonly webhookUrl: string | null;
  readonly webhookOptions: string | null;
  readonly yes: boolean;
  /** Of `originals adopt`; null elsewhere. */
  readonly adoptAs: AdoptedAs | null;
  /** A rollback restores the limits seen before Qguardarr's first write. */
  readonly firstOriginals: boolean;
  readonly url: string | null;
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
  const spec = COMMANDS.find(({ name }) => name === first);
  if (spec === undefined) {
    const names = COMMANDS.map(({ name }) => name);
    throw new UsageError(`unknown command "${first}": expected one of ${names.join(', ')}`);
  }
  const flag = (name: string) => values[name] === true;
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : null);
  const list = (name: string) => (Array.isArray(values[name]) ? values[name].map(String) : null);
  const problem = flag('help') ? null : spec.refuse(operands);
  if (problem !== null) throw new UsageError(problem);
  refuseForeignOptions(spec, Object.keys(values));
  if (flag('install-webhook') && flag('remove-webhook')) {
    throw new UsageError('--install-webhook and --remove-webhook exclude each other');
  }
  const isAdoption = spec.name === 'originals' && operands[0] === 'adopt' && !flag('help');
  if (isAdoption && flag('as-is') === flag('unlimited')) {
    throw new UsageError('originals adopt takes either --as-is or --unlimited');
  }
  if (spec.name === 'originals' && !isAdoption && !flag('help') && (flag('as-is') || flag('unlimited'))) {
    throw new UsageError('--as-is and --unlimited are options of originals adopt');
  }
  return {
    command: spec.name,
    named: positionals.length > 0 ? spec : null,
    operands,
    config: text('config'),
    json: flag('json'),
    demo: flag('demo'),
    waitForConfig: flag('wait-for-config'),
    confirm: flag('confirm'),
    reason: text('reason') ?? 'command line',
    scope: flag('help') ? null : scopeOf(text('tracker'), list('hash')),
    installWebhook: flag('install-webhook'),
    removeWebhook: flag('remove-webhook'),
    webhookUrl: text('webhook-url'),
    webhookOptions: text('webhook-options'),
    yes: flag('yes'),
    adoptAs: flag('as-is') ? 'as-is' : flag('unlimited') ? 'unlimited' : null,
    firstOriginals: flag('first-originals'),
    url: text('url'),
    help: flag('help'),
    version: flag('version'),
  };
}

/** An option that only other commands have would be taken in silence, and not do what was meant. */
function refuseForeignOptions(spec: CommandSpec, given: readonly string[]): void {
  const known = [...GLOBAL_OPTIONS, ...spec.options].map(({ name }) => name);
  const foreign = given.find((name) => !known.includes(name));
  if (foreign === undefined) return;
  const owners = COMMANDS.filter(({ options }) => options.some(({ name }) => name === foreign));
  const names = owners.map(({ name }) => name).join(', ');
  throw new UsageError(`--${foreign} is an option of ${names}, not of ${spec.name}`);
}

function scopeOf(tracker: string | null, hashes: readonly string[] | null): TorrentScope | null {
  if (tracker !== null && hashes !== null) {
    throw new UsageError('--tracker and --hash exclude each other');
  }
  if (tracker !== null) return { kind: 'tracker', trackerId: tracker };
  if (hashes === null) return null;
  const wrong = hashes.find((hash) => !INFO_HASH.test(hash));
  if (wrong !== undefined) {
    throw new UsageError(`--hash takes an info-hash of 40 or 64 hex digits, got "${wrong}"`);
  }
  return { kind: 'torrents', infoHashes: hashes.map((hash) => toV1Length(hash.toLowerCase())) };
}

function parse(argv: readonly string[]) {
  const all: readonly OptionSpec[] = [...GLOBAL_OPTIONS, ...COMMANDS.flatMap(({ options }) => options)];
  const options = Object.fromEntries(
    all.map(({ name, short, value, isRepeatable = false }) => [
      name,
      {
        type: value === undefined ? 'boolean' : 'string',
        multiple: isRepeatable,
        ...(short === undefined ? {} : { short }),
      } as const,
    ]),
  );
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
