import { infoHashOf } from '../control/torrent.ts';
import { systemClock } from '../service/clock.ts';
import { Restorer } from '../service/restorer.ts';
import { withConnection } from './connection.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { loadOrExplain } from './load.ts';
import { openJournal } from './open-journal.ts';
import { print, printError } from './output.ts';

/** Gives every torrent its own limit back from the journal, with the service stopped. */
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
    const { host, port } = config.global;
    printError(
      `the service is running: roll back with curl -X POST -H 'Content-Type: application/json' ` +
        `-d '{"confirm": true}' http://${host}:${port}/rollback`,
    );
    return EXIT.cannotStart;
  }
  try {
    print(`${journal.originals.size} torrents are under management`);
    if (!confirm) {
      print('nothing was changed: add --confirm to give them their own limits back');
      return EXIT.usage;
    }
    const id = await journal.beginRollback('command line', reason, systemClock.now());
    return await withConnection(config, journal, true, async ({ client, queue, picture, held }) => {
      const restorer = new Restorer({
        picture,
        client: () => client,
        queue,
        journal,
        held,
        clock: systemClock,
        onJournalProblem: (error) => printError(error instanceof Error ? error.message : String(error)),
      });
      const result = await restorer.restore(null, new AbortController().signal);
      print(`${result.restored} torrents have their own limits back`);
      if (result.missing.length > 0) {
        print(`${result.missing.length} are not in qBittorrent now; they get theirs when they come back and the service runs`);
      }
      if (result.unrestored.length > 0) {
        printError(`${result.unrestored.length} still have another limit: ${result.unrestored.map(infoHashOf).join(', ')}`);
        return EXIT.invalid;
      }
      await journal.finishRollback(id, result.restored, result.missing.length, systemClock.now());
      print('nothing is enforced until POST /resume, also after the next start');
      return EXIT.ok;
    });
  } finally {
    await journal.close();
  }
}
