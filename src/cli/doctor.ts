import { compileMatcher } from '../control/matching.ts';
import { diagnosePreferences, diagnoseTorrents } from '../service/diagnosis.ts';
import { qbittorrentBaseUrl } from '../config/base-url.ts';
import { withConnection } from './connection.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { loadOrExplain } from './load.ts';
import { openJournal } from './open-journal.ts';
import { print } from './output.ts';

/** Connects and reports what would keep caps from holding. */
export async function doctor(flag: string | null): Promise<ExitCode> {
  const loaded = await loadOrExplain(flag);
  if (loaded === null) return EXIT.invalid;
  const { config } = loaded;
  for (const warning of loaded.warnings) print(`warning: ${warning}`);
  const journal = await openJournal(config);
  try {
    return await withConnection(config, journal, false, async ({ client, picture, held, appVersion }) => {
      await picture.refresh('read', true, new AbortController().signal);
      const torrents = [...picture.torrents()];
      print(`connected to qBittorrent ${appVersion} at ${qbittorrentBaseUrl(config)}: ${torrents.length} torrents`);
      const matcher = compileMatcher(config.trackers);
      const findings = [
        ...diagnosePreferences(await client.preferences(), config),
        ...diagnoseTorrents(
          torrents,
          (torrent) => matcher.match(torrent.announceUrls).trackerId,
          // A running service holds the journal: then nobody knows here whose the limits are.
          (torrent) => journal !== null && held.get(torrent.key) === undefined,
          config,
        ),
      ];
      for (const { problem, advice } of findings) print(`- ${problem}\n    ${advice}`);
      if (findings.length === 0) print('nothing keeps the caps from holding');
      return findings.length === 0 ? EXIT.ok : EXIT.invalid;
    });
  } finally {
    await journal?.close();
  }
}
