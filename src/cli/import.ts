/** `import [FILE]`: the torrents' own limits from the Python Qguardarr, as rows of its database. */
import { readFailure } from '../config/environment.ts';
import type { Histories } from '../import/histories.ts';
import { planImport } from '../import/import-plan.ts';
import { RowsError, readRows, readRowsFile } from '../import/read-rows.ts';
import { rowsCommand } from '../journal/sqlite-file.ts';
import { assertJournalOf } from '../service/foreign-journal.ts';
import type { Arguments } from './arguments.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { importAnswer, importLines } from './import-report.ts';
import { loadOrExplain } from './load.ts';
import { journalUnlessServed } from './open-journal.ts';
import { count, print, printError, printJson } from './output.ts';
import { clientOf } from './service-client.ts';

/**
 * Takes the torrents' own limits over into the journal, or shows what it would take over. The rows come from the file
 * that is the operand, or from standard input. Rejects with JournalError, also where the journal's place holds an SQLite
 * database.
 */
export async function importRows({ config: flag, operands, confirm }: Arguments): Promise<ExitCode> {
  const [file = '-'] = operands;
  if (file === '-' && process.stdin.isTTY) {
    printError(
      `import takes a FILE, or rows on standard input. Write them by: ${rowsCommand('rollback.db')}; ` +
        'then: qguardarr import rows.json',
    );
    return EXIT.usage;
  }
  const loaded = await loadOrExplain(flag);
  if (loaded === null) return EXIT.invalid;
  const { config } = loaded;
  const source = file === '-' ? 'standard input' : file;
  const histories = await readOrExplain(file, source);
  if (histories === null) return EXIT.invalid;

  const journal = await journalUnlessServed(config, async (heldBy) => {
    await (await clientOf(config)).get('/ping');
    printError(
      `the journal ${config.rollback.database_path} is in use by ${heldBy}: stop the service, import, start it again`,
    );
    return EXIT.failed;
  });
  if (typeof journal === 'number') return journal;
  try {
    assertJournalOf(config.qbittorrent.name, journal);
    const trackerIds = new Set(config.trackers.map(({ id }) => id));
    const plan = planImport(histories, journal.originals, config.qbittorrent.name, trackerIds);
    for (const line of importLines(source, histories, plan)) print(line);
    const originals = count(plan.records.length, 'original');
    if (!confirm) {
      print(`nothing was changed: add --confirm to take over ${originals}`);
      printJson(importAnswer('not_confirmed', source, histories, plan));
      return EXIT.usage;
    }
    await journal.adoptOriginals(plan.records);
    print(`taken over: ${originals}, on disk. qBittorrent was not touched.`);
    printJson(importAnswer('imported', source, histories, plan));
    return EXIT.ok;
  } finally {
    await journal.close();
  }
}

async function readOrExplain(file: string, source: string): Promise<Histories | null> {
  try {
    return await (file === '-' ? readRows(source, process.stdin) : readRowsFile(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof RowsError) printError(error.message);
    else if (code !== undefined) printError(`${source} can't be read (${code}): ${readFailure(error)}`);
    else throw error;
    return null;
  }
}
