/** A part of the torrents: all of one tracker, those to come too, or those that are named. */
export type TorrentScope =
  | { readonly kind: 'tracker'; readonly trackerId: string }
  | { readonly kind: 'torrents'; readonly infoHashes: readonly string[] };

/** As people read it. */
export function describeScope(scope: TorrentScope): string {
  if (scope.kind === 'tracker') return `tracker "${scope.trackerId}"`;
  const { length } = scope.infoHashes;
  return length === 1 ? `torrent ${scope.infoHashes[0]}` : `${length} torrents`;
}

/** As requests and answers of the HTTP API have it; nothing for all torrents. */
export function scopeFields(scope: TorrentScope | null): {
  readonly tracker_id?: string;
  readonly hashes?: readonly string[];
} {
  if (scope === null) return {};
  return scope.kind === 'tracker' ? { tracker_id: scope.trackerId } : { hashes: scope.infoHashes };
}

/** Several scopes at once, to be asked for each torrent in each cycle. */
export class ScopeSet {
  readonly trackerIds: ReadonlySet<string>;
  readonly infoHashes: ReadonlySet<string>;

  constructor(scopes: readonly TorrentScope[]) {
    this.trackerIds = new Set(scopes.flatMap((scope) => (scope.kind === 'tracker' ? [scope.trackerId] : [])));
    this.infoHashes = new Set(scopes.flatMap((scope) => (scope.kind === 'torrents' ? scope.infoHashes : [])));
  }

  get isEmpty(): boolean {
    return this.trackerIds.size === 0 && this.infoHashes.size === 0;
  }

  /** @param trackerId null while it is not known: then only a named torrent is covered */
  covers(infoHash: string, trackerId: string | null): boolean {
    return this.infoHashes.has(infoHash) || (trackerId !== null && this.trackerIds.has(trackerId));
  }
}
