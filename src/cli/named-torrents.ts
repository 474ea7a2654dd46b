import type { Config } from '../config/schema.ts';
import { describeUnknown, findNamed, type NamedTorrents } from '../control/named-torrents.ts';
import { torrentKey } from '../control/torrent.ts';
import type { TorrentScope } from '../control/torrent-scope.ts';
import type { Journal } from '../journal/records.ts';
import { withConnection } from './connection.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { printError } from './output.ts';

/**
 * Which torrents are meant, without a service. qBittorrent is asked only for hashes that the journal doesn't have. Unknown
 * ones are reported; when all are, with the exit code that is returned.
 */
export async function namedTorrents(
  config: Config,
  journal: Journal,
  scope: TorrentScope,
): Promise<NamedTorrents | ExitCode> {
  const instance = config.qbittorrent.name;
  const isJournaled = (id: string) => {
    const key = torrentKey(instance, id);
    return journal.originals.has(key) || journal.restored.has(key);
  };
  let named = findNamed(scope, () => undefined, isJournaled);
  if (named.unknown.length === 0) return named;
  const code = await withConnection(config, null, false, async ({ picture }) => {
    await picture.refresh('read', true, new AbortController().signal);
    named = findNamed(scope, (infoHash) => picture.table.idOf(infoHash), isJournaled);
    return EXIT.ok;
  });
  if (code !== EXIT.ok && named.isEmpty) return code;
  if (named.unknown.length > 0) printError(describeUnknown(named.unknown));
  return named.isEmpty ? EXIT.usage : named;
}
