import { infoHashOf } from '../../control/torrent.ts';
import { describeScope } from '../../control/torrent-scope.ts';
import type { ChangeRecord, OriginalRecord, RollbackRecord } from '../../journal/records.ts';

type Kind = 'original' | 'change' | 'rollback';

/** A page of `/journal`, newest first. Limits are B/s, 0 for none; times are ISO. */
export function journalPageReport(
  kind: Kind,
  offset: number,
  limit: number,
  page: {
    readonly total: number;
    readonly items: readonly (OriginalRecord | ChangeRecord | RollbackRecord)[];
  },
): Record<string, unknown> {
  return { kind, offset, limit, total: page.total, items: page.items.map(itemReport) };
}

function itemReport(item: OriginalRecord | ChangeRecord | RollbackRecord): Record<string, unknown> {
  if ('originalWire' in item) {
    return {
      hash: infoHashOf(item.key),
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
      torrents: item.torrents.map(({ key, fromWire }) => ({ hash: infoHashOf(key), from: fromWire })),
    };
  }
  return {
    id: item.id,
    requested_at: iso(item.requestedAt),
    by: item.by,
    reason: item.reason,
    scope: item.scope === undefined ? 'all' : describeScope(item.scope),
    finished_at: item.finishedAt === null ? null : iso(item.finishedAt),
    restored: item.restored,
    failed: item.failed,
    resumed_at: item.resumedAt === null ? null : iso(item.resumedAt),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
