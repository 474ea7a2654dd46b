import { infoHashOf, type TorrentKey } from '../../control/torrent.ts';
import { describeScope } from '../../control/torrent-scope.ts';
import type { Journal, JournalItem } from '../../journal/records.ts';
import type { JournalQuery } from '../operations.ts';

/** A torrent's name now; null when qBittorrent doesn't have it. */
type NameOf = (key: TorrentKey) => string | null;

/** Finds ids of torrents by a text that any of their info-hashes has in it. */
type IdSearch = (text: string) => (id: string) => boolean;

/** Of what the journal holds. */
export type JournalPageQuery = JournalQuery & { readonly kind: Exclude<JournalQuery['kind'], 'rollout'> };

/** A page of `/journal`, newest first. Limits are B/s, 0 for none; times are ISO. */
export async function journalPage(
  query: JournalPageQuery,
  journal: Journal,
  nameOf: NameOf,
  idSearch: IdSearch,
): Promise<Record<string, unknown>> {
  const { kind, offset, limit, tracker, search } = query;
  const isWanted = filterFor(query, nameOf, idSearch);
  const page = await journal.page(kind, offset, limit, isWanted);
  return {
    kind,
    offset,
    limit,
    ...(tracker === null ? {} : { tracker }),
    ...(search === '' ? {} : { search }),
    total: page.total,
    items: page.items.map((item) => itemReport(item, nameOf)),
  };
}

/** Undefined when all are wanted, which the journal pages without looking at each. */
function filterFor(
  { tracker, search }: JournalQuery,
  nameOf: NameOf,
  idSearch: IdSearch,
): ((item: JournalItem) => boolean) | undefined {
  const words = search.trim().toLowerCase();
  if (tracker === null && words === '') return undefined;
  const has = (text: string) => text.toLowerCase().includes(words);
  const hasHash = idSearch(words);
  const isNamed = (key: TorrentKey) => hasHash(infoHashOf(key)) || has(nameOf(key) ?? '');
  return (item) => {
    if (tracker !== null && (!('trackerId' in item) || item.trackerId !== tracker)) return false;
    if (words === '') return true;
    if ('originalWire' in item) return isNamed(item.key);
    if ('toWire' in item) return has(item.reason) || item.torrents.some(({ key }) => isNamed(key));
    return has(item.reason) || has(item.by);
  };
}

function itemReport(item: JournalItem, nameOf: NameOf): Record<string, unknown> {
  if ('originalWire' in item) {
    return {
      hash: infoHashOf(item.key),
      name: nameOf(item.key),
      original_limit: item.originalWire,
      tracker: item.trackerId,
      first_seen: iso(item.firstSeenAt),
      last_limit: item.lastWire,
    };
  }
  if ('toWire' in item) {
    return {
      id: item.id,
      cycle: item.cycle,
      at: iso(item.at),
      tracker: item.trackerId,
      reason: item.reason,
      limit: item.toWire,
      state: item.state,
      torrents: item.torrents.map(({ key, fromWire }) => ({
        hash: infoHashOf(key),
        name: nameOf(key),
        from: fromWire,
      })),
    };
  }
  return {
    id: item.id,
    requested_at: iso(item.requestedAt),
    by: item.by,
    reason: item.reason,
    scope: item.scope === undefined ? 'all' : describeScope(item.scope),
    originals: item.originals ?? 'current',
    finished_at: item.finishedAt === null ? null : iso(item.finishedAt),
    restored: item.restored,
    failed: item.failed,
    resumed_at: item.resumedAt === null ? null : iso(item.resumedAt),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
