import type { Config } from '../config/schema.ts';
import { infoHashOf } from '../control/torrent.ts';
import type { Journal } from '../journal/records.ts';
import { systemClock } from '../service/clock.ts';
import { assertJournalOf } from '../service/foreign-journal.ts';
import { Restorer } from '../service/limits/restorer.ts';
import { type Connection, withConnection } from './connection.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { loadOrExplain } from './load.ts';
import { openJournal } from './open-journal.ts';
import { count, print, printError, printJson } from './output.ts';
import { withProgress } from './progress.ts';
import { rollbackThroughService } from './through-service.ts';

/** Gives every torrent its own limit back: by the service when it runs, or else from the journal. */
export async function rollback(flag: string | null, confirm: boolean, reason: string): Promise<ExitCode> {
  const loaded = await loadOrExplain(flag);
  if (loaded === null) return EXIT.invalid;
  const { config } = loaded;
  if (config.global.dry_run) {
    printError('global.dry_run is on, and a dry run writes nothing: set it to false to roll back');
    return EXIT.usage;
  }
  const journal = await openJournal(config);
  if (journal === null) {
    return await rollbackThroughService(config, confirm, { reason });
  }
  try {
    assertJournalOf(config.qbittorrent.name, journal);
    print(`under management: ${count(journal.originals.size, 'torrent')}`);
    if (!confirm) {
      print('nothing was changed: add --confirm to give them their own limits back');
      printJson({ status: 'not_confirmed', under_management: journal.originals.size });
      return EXIT.usage;
    }
    return await restoreAll(config, journal, reason);
  } finally {
    await journal.close();
  }
}

async function restoreAll(config: Config, journal: Journal, reason: string): Promise<ExitCode> {
  const id = await record(() => journal.beginRollback('command line', reason, systemClock.now()));
  const code = await withConnection(config, journal, true, (connection) => restore(connection, journal, id));
  if (code !== EXIT.ok && id !== null) {
    print('the rollback is remembered: the service goes on with it when it starts, or run this again');
  }
  return code;
}

async function restore(connection: Connection, journal: Journal, id: string | null): Promise<ExitCode> {
  const { client, queue, picture, held } = connection;
  const restorer = new Restorer({
    picture,
    client: () => client,
    queue,
    journal,
    held,
    clock: systemClock,
    onJournalProblem: tell,
  });
  const before = held.size;
  const { restored, missing, unrestored } = await withProgress(
    'giving limits back',
    () => (before === 0 ? 1 : 1 - held.size / before),
    () => restorer.restore(null, new AbortController().signal),
  );
  printJson({
    status: unrestored.length === 0 ? 'completed' : 'partial',
    changes_reversed: restored,
    missing: missing.length,
    unrestored: unrestored.map(infoHashOf),
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
  if (id !== null) {
    await record(() => journal.finishRollback(id, restored, missing.length, systemClock.now()));
    print('nothing is enforced until POST /resume, also after the next start');
  }
  return EXIT.ok;
}

/** A full disk must not keep anyone from getting his limits back: it is told, and null returned. */
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
