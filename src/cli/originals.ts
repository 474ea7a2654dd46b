/** `originals export | import FILE | adopt`: what a journal knows of original limits, and what it should know. */
import { writeFile } from 'node:fs/promises';
import { isLeft } from 'fp-ts/lib/Either.js';
import { readFailure } from '../config/environment.ts';
import type { Config } from '../config/schema.ts';
import { compileMatcher } from '../control/matching.ts';
import type { Torrent, TorrentKey } from '../control/torrent.ts';
import { MIB, readRegularText } from '../files/read-regular.ts';
import type { NedbJournal } from '../journal/nedb-journal.ts';
import { writeJson } from '../log/terminal.ts';
import { systemClock } from '../service/clock.ts';
import { assertJournalOf } from '../service/foreign-journal.ts';
import { RowReader } from '../service/limits/row-reader.ts';
import { type AdoptedAs, adoptUnknown } from '../service/ownership/adopt-originals.ts';
import { contestText } from '../service/ownership/contest.ts';
import { exportOriginals, importOriginals } from '../service/ownership/originals-file.ts';
import { findUnknownLimits } from '../service/ownership/unknown-limits.ts';
import type { Arguments } from './arguments.ts';
import { withConnection } from './connection.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { loadOrExplain } from './load.ts';
import { openJournal } from './open-journal.ts';
import { liveController } from './other-controller.ts';
import { count, print, printError, printJson } from './output.ts';
import { adoptedOf, originalsOf } from './service-answers.ts';
import { clientOf, reportingProblems } from './service-client.ts';

/** Some 300 bytes a torrent: enough for 400,000. */
const MAX_IMPORT_BYTES = 128 * MIB;

export async function originals(options: Arguments): Promise<ExitCode> {
  const loaded = await loadOrExplain(options.config);
  if (loaded === null) return EXIT.invalid;
  const { config } = loaded;
  const [action, file = null] = options.operands;
  if (action === 'export') return await exportTo(config, file, options.json);
  if (config.global.dry_run && action === 'adopt') {
    printError('global.dry_run is on, and a dry run writes nothing: set it to false first');
    return EXIT.usage;
  }
  if (action === 'import') return await importFrom(config, file ?? '', options.confirm);
  return await adopt(config, options.adoptAs ?? 'as-is', options.confirm);
}

async function exportTo(config: Config, file: string | null, json: boolean): Promise<ExitCode> {
  const opened = await openJournal(config);
  const write = async (content: object, total: number) => {
    const text = JSON.stringify(content, null, 2);
    if (file !== null) {
      await writeFile(file, `${text}\n`, { mode: 0o600 });
      print(`exported: ${count(total, 'original')} to ${file}`);
      printJson({ status: 'exported', count: total, file });
    } else if (json) printJson(content);
    else writeJson(process.stdout, text);
    return EXIT.ok;
  };
  if ('heldBy' in opened) {
    return await reportingProblems(async () => {
      const answer = await (await clientOf(config)).get('/originals');
      return await write(answer, originalsOf(answer).originals.length);
    });
  }
  const { journal } = opened;
  try {
    const content = exportOriginals(journal);
    return await write(content, content.originals.length);
  } finally {
    await journal.close();
  }
}

async function importFrom(config: Config, file: string, confirm: boolean): Promise<ExitCode> {
  let text: string;
  try {
    text = await readRegularText(file, MAX_IMPORT_BYTES);
  } catch (error) {
    printError(`${file} can't be read: ${readFailure(error)}`);
    return EXIT.invalid;
  }
  const decoded = importOriginals(text, config.qbittorrent.name, systemClock.now());
  if (isLeft(decoded)) {
    printError(`${file} has no originals: ${decoded.left}`);
    return EXIT.invalid;
  }
  const opened = await openJournal(config);
  if ('heldBy' in opened) {
    printError(
      `the journal ${config.rollback.database_path} is in use by ${opened.heldBy}: stop the service, import, start it again`,
    );
    return EXIT.failed;
  }
  const { journal } = opened;
  try {
    assertJournalOf(config.qbittorrent.name, journal);
    const records = decoded.right.filter(({ key }) => !journal.originals.has(key));
    print(
      `in ${file}: ${count(decoded.right.length, 'original')}, ${records.length} of them new to this journal`,
    );
    if (!confirm) return notConfirmed('import them', records.length);
    const imported = await journal.adoptOriginals(records);
    print(`imported: ${count(imported, 'original')}, on disk. qBittorrent was not touched.`);
    printJson({ status: 'imported', count: imported });
    return EXIT.ok;
  } finally {
    await journal.close();
  }
}

async function adopt(config: Config, as: AdoptedAs, confirm: boolean): Promise<ExitCode> {
  const opened = await openJournal(config);
  if ('heldBy' in opened) {
    if (!confirm) return notConfirmed('do it', null);
    return await reportingProblems(async () => {
      const body = { confirm: true, as: as.replace('-', '_') };
      const answer = await (await clientOf(config)).post('/originals/adopt', body);
      printJson(answer);
      return adopted(adoptedOf(answer).count, as);
    });
  }
  const { journal } = opened;
  try {
    assertJournalOf(config.qbittorrent.name, journal);
    return await adoptFromClient(config, journal, as, confirm);
  } finally {
    await journal.close();
  }
}

async function adoptFromClient(
  config: Config,
  journal: NedbJournal,
  as: AdoptedAs,
  confirm: boolean,
): Promise<ExitCode> {
  return await withConnection(config, journal, false, async ({ client, picture, held, keepsClientData }) => {
    const live = await liveController(journal, keepsClientData ? client : null);
    if (live !== null) {
      printError(contestText(live));
      return EXIT.failed;
    }
    await picture.refresh('read', true, new AbortController().signal);
    const matcher = compileMatcher(config.trackers);
    const capped = new Set(config.trackers.filter((one) => one.max_upload_speed !== -1).map(({ id }) => id));
    const reader = new RowReader(picture.table);
    const trackerOf = (key: TorrentKey) => reader.trackerIdOf(key, matcher);
    const isCapped = ({ key }: Torrent) => capped.has(trackerOf(key) ?? '');
    const unknown = findUnknownLimits(picture.torrents(), journal, journal.isEmpty ? isCapped : null);
    print(`with limits of Qguardarr and no known original: ${count(unknown.length, 'torrent')}`);
    if (!confirm) return notConfirmed('do it', unknown.length);
    const parts = {
      journal,
      held,
      trackerOf,
      now: systemClock.now(),
    };
    const total = await adoptUnknown(parts, unknown, as);
    printJson({ status: 'adopted', as: as.replace('-', '_'), count: total });
    return adopted(total, as);
  });
}

function adopted(total: number, as: AdoptedAs): ExitCode {
  const what =
    as === 'as-is'
      ? 'the limits that they have now are their original limits'
      : 'they have no original limits, and a release or a rollback lifts the present ones';
  print(`${count(total, 'torrent')}: ${what}`);
  return EXIT.ok;
}

function notConfirmed(what: string, total: number | null): ExitCode {
  print(`nothing was changed: add --confirm to ${what}`);
  printJson({ status: 'not_confirmed', ...(total === null ? {} : { count: total }) });
  return EXIT.usage;
}
