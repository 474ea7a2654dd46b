import { groupBy } from '../../control/group-by.ts';
import type { LimitCall, LimitChange } from '../../control/types.ts';

/**
 * What goes out in one call: the plan has a call for each tracker and reason, but one limit for torrents of many
 * trackers, as those of the grid are, or for some that are cut to a level and others that are raised to it, is one
 * call to qBittorrent.
 */
export interface Batch {
  readonly kind: LimitCall['kind'];
  readonly toWire: number;
  /** With the number of each in the journal. */
  readonly parts: { readonly call: LimitCall; readonly id: string }[];
}

/**
 * In the order of sending: no torrent is raised before all cuts have gone out that are cuts alone. It need not wait for
 * the others: it is granted what is measured to be free, and not what cuts of the same cycle will free.
 */
export function batchesOf(parts: Batch['parts']): Batch[] {
  const isRelease = ({ call }: Batch['parts'][number]) => call.kind === 'release';
  const batches = groupBy(parts, (part) => `${isRelease(part)} ${part.call.toWire}`);
  const all = [...batches.values()].flatMap((own): Batch[] => {
    const [first] = own;
    if (first === undefined) return [];
    const kind = own.some(({ call }) => call.kind === 'cut') ? 'cut' : first.call.kind;
    return [{ kind, toWire: first.call.toWire, parts: own }];
  });
  return all.sort((a, b) => rankOf(a) - rankOf(b));
}

function rankOf({ kind, parts }: Batch): number {
  if (kind !== 'cut') return RANK[kind];
  return parts.every(({ call }) => call.kind === 'cut') ? RANK.cut : RANK.mixed;
}

const RANK = { cut: 0, mixed: 1, release: 2, raise: 3 } as const;

export function changesIn({ parts }: Batch): LimitChange[] {
  return parts.flatMap(({ call }) => call.changes);
}
