import { qbittorrentBaseUrl } from '../config/base-url.ts';
import type { Config } from '../config/schema.ts';
import { compileMatcher } from '../control/matching.ts';
import { JournalError } from '../journal/errors.ts';
import type { Journal } from '../journal/records.ts';
import {
  diagnoseClientLimit,
  diagnosePreferences,
  diagnoseTorrents,
  type Finding,
} from '../service/reports/diagnosis.ts';
import { withConnection } from './connection.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { loadOrExplain } from './load.ts';
import { localUrl } from './local-url.ts';
import { openJournal } from './open-journal.ts';
import { count, print } from './output.ts';

/** Connects and reports what would keep caps from holding. */
export async function doctor(flag: string | null): Promise<ExitCode> {
  const loaded = await loadOrExplain(flag);
  if (loaded === null) return EXIT.invalid;
  const { config } = loaded;
  for (const warning of loaded.warnings) print(`warning: ${warning}`);
  const { journal, findings } = await examineJournal(config);
  try {
    return await withConnection(config, journal, false, async ({ client, picture, held, appVersion }) => {
      await picture.refresh('read', true, new AbortController().signal);
      const torrents = [...picture.torrents()];
      const address = qbittorrentBaseUrl(config);
      print(`connected to qBittorrent ${appVersion} at ${address}: ${count(torrents.length, 'torrent')}`);
      const matcher = compileMatcher(config.trackers);
      const all = [
        ...findings,
        ...diagnoseClientLimit(picture.table.serverState, config),
        ...diagnosePreferences(await client.preferences()),
        ...diagnoseTorrents(
          torrents,
          (torrent) => matcher.match(torrent.announceUrls).trackerId,
          // A running service holds the journal: then nobody knows here whose the limits are.
          (torrent) => journal !== null && held.get(torrent.key) === undefined,
          config,
        ),
      ];
      for (const { problem, advice } of all) print(`- ${problem}\n    ${advice}`);
      if (all.length === 0) print('nothing keeps the caps from holding');
      return all.length === 0 ? EXIT.ok : EXIT.invalid;
    });
  } finally {
    await journal?.close();
  }
}

/** A journal that can't be used is a finding like any other: the rest is looked at all the same. */
async function examineJournal(
  config: Config,
): Promise<{ readonly journal: Journal | null; readonly findings: readonly Finding[] }> {
  const advice = 'until it can be written, no limit is set';
  try {
    const opened = await openJournal(config);
    if ('heldBy' in opened) {
      print(`the service is running (${opened.heldBy}): ${localUrl(config)}/health says how it fares`);
      return { journal: null, findings: [] };
    }
    const { journal } = opened;
    const { failure } = journal;
    return { journal, findings: failure === null ? [] : [{ problem: failure.message, advice }] };
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return { journal: null, findings: [{ problem: error.message, advice }] };
  }
}
