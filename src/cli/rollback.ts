import type { Config } from '../config/schema.ts';
import { infoHashOf, type TorrentKey } from '../control/torrent.ts';
import { describeScope, ScopeSet, type TorrentScope } from '../control/torrent-scope.ts';
import type { Journal, OriginalRecord } from '../journal/records.ts';
import { systemClock } from '../service/clock.ts';
import { recallFormer, restoreToFirst, revertToFirst, withOtherFirst } from '../service/first-originals.ts';
import { assertJournalOf } from '../service/foreign-journal.ts';
import { reopen, returnedLimits } from '../service/limits/reconciler.ts';
import { Restorer } from '../service/limits/restorer.ts';
import { contestText } from '../service/ownership/contest.ts';
import type { Arguments } from './arguments.ts';
import { type Connection, withConnection } from './connection.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { loadOrExplain } from './load.ts';
import { namedTorrents } from './named-torrents.ts';
import { journalUnlessServed } from './open-journal.ts';
import { contestOf, removeOwnMarker } from './other-controller.ts';
import { count, print, printError, printJson } from './output.ts';
import { withProgress } from './progress.ts';
import { rollbackThroughService } from './through-service.ts';

/** What is asked for. */
export type RollbackOrder = Pick<Arguments, 'confirm' | 'reason' | 'scope'> & {
  readonly firstOriginals?: boolean;
};

/** Gives torrents their own limits back, all or those of a part: by the service when it runs, or else from the journal. */
export async function rollback(flag: string | null, order: RollbackOrder): Promise<ExitCode> {
  const loaded = await loadOrExplain(flag);
  if (loaded === null) return EXIT.invalid;
  const { config } = loaded;
  if (config.global.dry_run) {
    printError('global.dry_run is on, and a dry run writes nothing: set it to false to roll back');
    return EXIT.usage;
  }
  const journal = await journalUnlessServed(config, () => rollbackThroughService(config, order));
  if (typeof journal === 'number') return journal;
  try {
    assertJournalOf(config.qbittorrent.name, journal);
    print(`under management: ${count(journal.originals.size, 'torrent')}`);
    if (order.scope !== null && !isKnown(order.scope, config, journal)) return EXIT.usage;
    const named = order.scope === null ? null : await namedTorrents(config, journal, order.scope);
    if (typeof named === 'number') return named;
    const scope = named?.scope ?? null;
    if (scope !== null) {
      print(`of them ${describeScope(scope)}: ${count(keysIn(scope, journal).length, 'torrent')}`);
    }
    const toFirst = order.firstOriginals === true || isToFirst(journal, scope);
    const restored = toFirst ? withOtherFirst(journal.restored.values(), scope) : [];
    if (restored.length > 0)
      print(`restored before, to a limit set later than their first: ${count(restored.length, 'torrent')}`);
    if (!order.confirm) {
      print('nothing was changed: add --confirm to give them their own limits back');
      printJson({ status: 'not_confirmed', under_management: journal.originals.size });
      return EXIT.usage;
    }
    if (scope === null && hasNothingToGiveBack(journal)) {
      print('nothing was managed, so nothing was changed, and the service goes on as before');
      printJson({ status: 'completed', changes_reversed: 0, missing: 0, unrestored: [] });
      return EXIT.ok;
    }
    const { reason } = order;
    return await restoreInScope(config, journal, { reason, scope, toFirst, unknown: named?.unknown ?? [] });
  } finally {
    await journal.close();
  }
}

/** One to the first originals that was begun and not resumed stays one when it is run again. */
function isToFirst({ openRollback, openPartRollbacks }: Journal, scope: TorrentScope | null): boolean {
  const open = scope === null ? [openRollback] : openPartRollbacks;
  const isSame = (other: TorrentScope | undefined) => JSON.stringify(other ?? null) === JSON.stringify(scope);
  return open.some((one) => one?.originals === 'first' && isSame(one.scope));
}

/** A tracker that is named must be one: a mistyped one would be taken for done. */
function isKnown(scope: TorrentScope, config: Config, journal: Journal): boolean {
  if (scope.kind !== 'tracker' || keysIn(scope, journal).length > 0) return true;
  const ids = config.trackers.map(({ id }) => id);
  if (ids.includes(scope.trackerId)) return true;
  printError(`no tracker has the id "${scope.trackerId}": expected one of ${ids.join(', ')}`);
  return false;
}

function keysIn(scope: TorrentScope, journal: Journal): TorrentKey[] {
  const scopes = new ScopeSet([scope]);
  return [...journal.originals.values()]
    .filter(({ key, trackerId }) => scopes.covers(infoHashOf(key), trackerId))
    .map(({ key }) => key);
}

/** Nor was anything given back before: a rollback would do nothing but end enforcement. */
function hasNothingToGiveBack({ originals, restored, openRollback, openPartRollbacks }: Journal): boolean {
  return originals.size + restored.size === 0 && openRollback === null && openPartRollbacks.length === 0;
}

async function restoreInScope(
  config: Config,
  journal: Journal,
  { reason, ...what }: Omit<Begun, 'former'> & { readonly reason: string },
): Promise<ExitCode> {
  const { scope, toFirst } = what;
  const at = systemClock.monotonic();
  const former = toFirst ? await revertToFirst({ journal, held: null }, scope, at) : [];
  const originals = toFirst ? 'first' : undefined;
  const now = systemClock.now();
  const begin = () => journal.beginRollback('command line', reason, now, scope ?? undefined, originals);
  const id = await record(begin);
  const code = await withConnection(config, journal, true, (connection) =>
    restore(connection, journal, { ...what, former }, id),
  );
  if (code !== EXIT.ok && id !== null) {
    print('the rollback is remembered: the service goes on with it when it starts, or run this again');
  }
  return code;
}

/** A rollback under way. */
interface Begun {
  readonly scope: TorrentScope | null;
  /** The limits seen before Qguardarr's first write are restored. */
  readonly toFirst: boolean;
  /** As they were, of torrents that have their first originals again. */
  readonly former: readonly OriginalRecord[];
  /** Hashes that no torrent has. */
  readonly unknown: readonly string[];
}

/** @param id null: the journal did not take it */
async function restore(
  connection: Connection,
  journal: Journal,
  { scope, toFirst, unknown, former }: Begun,
  id: string | null,
): Promise<ExitCode> {
  const { client, queue, picture, held, keepsClientData } = connection;
  const contest = await contestOf(journal, keepsClientData ? client : null);
  if (contest !== null) {
    printError(contestText(contest));
    return EXIT.failed;
  }
  recallFormer(held, former);
  const { signal } = new AbortController();
  await picture.refresh('rollback', true, signal);
  await reopen(journal, held, returnedLimits(journal, picture), systemClock.monotonic());
  const restorer = new Restorer({
    picture,
    client: () => client,
    queue,
    journal,
    held,
    clock: systemClock,
    onJournalProblem: tell,
  });
  const asked = scope === null ? null : new Set(keysIn(scope, journal));
  const before = held.size;
  const wanted = asked?.size ?? before;
  const once = () => restorer.restore(asked, { reason: 'rollback', cycle: 0 }, signal);
  const revert = async () => {
    const later = await record(() => revertToFirst({ journal, held }, scope, systemClock.monotonic()));
    return later?.length ?? 0;
  };
  const { restored, missing, unrestored } = await withProgress(
    'giving limits back',
    () => (wanted === 0 ? 1 : (before - held.size) / wanted),
    () => (toFirst ? restoreToFirst(once, revert) : once()),
  );
  printJson({
    status: unrestored.length === 0 ? 'completed' : 'partial',
    changes_reversed: restored,
    missing: missing.length,
    unrestored: unrestored.map(infoHashOf),
    ...(unknown.length > 0 ? { unknown } : {}),
  });
  print(`restored: ${count(restored, 'torrent')} with the limit of its own`);
  if (missing.length > 0) {
    print(
      `not in qBittorrent now: ${count(missing.length, 'torrent')}; the service restores them when they come back`,
    );
  }
  if (unrestored.length > 0) {
    printError(
      `${count(unrestored.length, 'torrent')} still with another limit: ${unrestored.map(infoHashOf).join(', ')}`,
    );
    return EXIT.invalid;
  }
  if (keepsClientData) await removeOwnMarker(journal, client);
  if (id !== null) {
    await record(() => journal.finishRollback(id, restored, missing.length, systemClock.now()));
    const off = scope === null ? 'nothing is enforced' : `${describeScope(scope)}: not limited`;
    print(`${off} until POST /resume, also after the next start`);
  }
  return EXIT.ok;
}

/** A full disk must not prevent a rollback: its error is printed, and the result is null. */
async function record<T>(write: () => Promise<T>): Promise<T | null> {
  try {
    return await write();
  } catch (error) {
    tell(error);
    return null;
  }
}

function tell(error: unknown): void {
  printError(error instanceof Error ? error.message : String(error));
}
