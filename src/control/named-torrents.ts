import type { TorrentScope } from './torrent-scope.ts';

export interface NamedTorrents {
  /** By the ids that the WebUI has for them; an unknown one as it was named. */
  readonly scope: TorrentScope;
  /** Of the hashes that were named: mistyped, or not added yet. */
  readonly unknown: readonly string[];
  /** All hashes that were named are unknown. */
  readonly isEmpty: boolean;
}

/**
 * Which torrents are meant by info-hashes of any kind.
 * @param scope with v1 or truncated v2 hashes, in lower case
 * @param idOf of the torrent in qBittorrent that has the hash
 * @param isJournaled for an id whose torrent qBittorrent may not have
 */
export function findNamed(
  scope: TorrentScope,
  idOf: (infoHash: string) => string | undefined,
  isJournaled: (id: string) => boolean,
): NamedTorrents {
  if (scope.kind === 'tracker') return { scope, unknown: [], isEmpty: false };
  const { infoHashes } = scope;
  const ids = infoHashes.map((infoHash) => idOf(infoHash) ?? infoHash);
  const unknown = infoHashes.filter(
    (infoHash, at) => idOf(infoHash) === undefined && !isJournaled(ids[at] ?? ''),
  );
  return {
    scope: { kind: 'torrents', infoHashes: [...new Set(ids)] },
    unknown,
    isEmpty: unknown.length === infoHashes.length,
  };
}

/** As people are to read it. */
export function describeUnknown(unknown: readonly string[]): string {
  return `neither in qBittorrent nor in the journal: ${unknown.join(', ')}`;
}
