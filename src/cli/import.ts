import { readFailure } from '../config/environment.ts';
import type { Config } from '../config/schema.ts';
import { createJournal } from '../create-journal.ts';
import type { Histories } from '../import/histories.ts';
import { type ImportPlan, planImport } from '../import/import-plan.ts';
import { readDatabase } from '../import/read-database.ts';
import { DatabaseError } from '../import/sqlite/errors.ts';
import { isSameFile, isSqlite, replaceByJournal } from '../import/take-over.ts';
import type { NedbJournal } from '../journal/nedb-journal.ts';
import { assertJournalOf } from '../service/foreign-journal.ts';
import type { Arguments } from './arguments.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { importAnswer, importLines } from './import-report.ts';
import { loadOrExplain } from './load.ts';
import { journalUnlessServed, sayWatching } from './open-journal.ts';
import { count, print, printError, printJson } from './output.ts';
import { withProgress } from './progress.ts';
import { clientOf } from './service-client.ts';

/** Takes over the torrents' own limits from the Python Qguardarr's rollback database, or shows what it would take. */
export async function importDatabase({ config: flag, database, confirm }: Arguments): Promise<ExitCode> {
  const loaded = await loadOrExplain(flag);
  if (loaded === null) return EXIT.invalid;
  const { config } = loaded;
  const journalPath = config.rollback.database_path;
  const file = database ?? journalPath;
  const isInPlace = (await isSameFile(file, journalPath)) && (await isSqlite(file));
  if (database === null && !isInPlace) {
    printError(`no SQLite database is at ${journalPath}: name the Python Qguardarr's by --database FILE`);
    return EXIT.usage;
  }
  const histories = await readOrExplain(file);
  if (histories === null) return EXIT.invalid;
  if (isInPlace) return await importInPlace(config, file, histories, confirm);

  const journal = await journalUnlessServed(config, async (heldBy) => {
    await (await clientOf(config)).get('/ping');
    printError(`the journal ${journalPath} is in use by ${heldBy}: stop the service, import, start it again`);
    return EXIT.failed;
  });
  if (typeof journal === 'number') return journal;
  try {
    assertJournalOf(config.qbittorrent.name, journal);
    const plan = planOf(config, histories, journal.originals);
    return await carryOut({ file, histories, plan, confirm }, () => adopt(journal, plan));
  } finally {
    await journal.close();
  }
}

/** The database stands where the journal belongs, as with the Python Qguardarr's config taken as it is. */
async function importInPlace(
  config: Config,
  file: string,
  histories: Histories,
  confirm: boolean,
): Promise<ExitCode> {
  const plan = planOf(config, histories, new Map());
  const at = (database_path: string) =>
    createJournal({ ...config, rollback: { ...config.rollback, database_path } });
  return await carryOut({ file, histories, plan, confirm }, async () => {
    const kept = await replaceByJournal(file, plan.records, at, sayWatching);
    print(`the journal is at ${file} now; the database is kept at ${kept}`);
    return { kept };
  });
}

interface Import {
  readonly file: string;
  readonly histories: Histories;
  readonly plan: ImportPlan;
  readonly confirm: boolean;
}

/** @param write does it, and returns what is to be answered besides */
async function carryOut(
  { file, histories, plan, confirm }: Import,
  write: () => Promise<Record<string, unknown>>,
): Promise<ExitCode> {
  for (const line of importLines(file, histories, plan)) print(line);
  const wanted = plan.records.length;
  if (!confirm) {
    print(`nothing was changed: add --confirm to take over ${count(wanted, 'original')}`);
    printJson(importAnswer('not_confirmed', file, histories, plan));
    return EXIT.usage;
  }
  const more = await write();
  print(`taken over: ${count(wanted, 'original')}, on disk. qBittorrent was not touched.`);
  printJson({ ...importAnswer('imported', file, histories, plan), ...more });
  return EXIT.ok;
}

async function adopt(journal: NedbJournal, plan: ImportPlan): Promise<Record<string, unknown>> {
  await journal.adoptOriginals(plan.records);
  return {};
}

function planOf(config: Config, histories: Histories, originals: NedbJournal['originals']): ImportPlan {
  const trackerIds = new Set(config.trackers.map(({ id }) => id));
  return planImport(histories, originals, config.qbittorrent.name, trackerIds);
}

async function readOrExplain(file: string): Promise<Histories | null> {
  let done = 0;
  const read = () =>
    readDatabase(file, (fraction) => {
      done = fraction;
    });
  try {
    return await withProgress('reading the database', () => done, read);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof DatabaseError) printError(error.message);
    else if (code !== undefined) printError(`${file} can't be read (${code}): ${readFailure(error)}`);
    else throw error;
    return null;
  }
}
