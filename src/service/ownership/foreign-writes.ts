import type { TorrentKey } from '../../control/torrent.ts';

const WINDOW_MS = 60_000;
/** A torrent whose limit was rewritten so often within the window is fought over… */
const CHANGES_PER_TORRENT = 3;
/** …and so many changes of such torrents together (three of three torrents, say) are no accident. */
const CHANGES_TOGETHER = 9;
/**
 * Changes to a limit with our mark that is not ours: the work of another Qguardarr, if most changes have it. One of many
 * random limits has the mark by chance.
 */
const MARKED_CHANGES = 3;

/** A limit of a managed torrent that someone else changed. */
export interface ForeignWrite {
  readonly key: TorrentKey;
  /** It has the mark of Qguardarr's limits. */
  readonly isMarked: boolean;
  /** Qguardarr has written to the torrent since its last foreign write. */
  readonly isRewrite: boolean;
  /** When it was seen, monotonic ms. */
  readonly at: number;
  /** The same on the wall clock, Unix ms, as the journal has it. */
  readonly seenAt: number;
}

/** What speaks for another program that keeps rewriting limits. */
export interface Rewriting {
  readonly by: 'controller' | 'program';
  /** When the first change that counts was seen, Unix ms. */
  readonly since: number;
  readonly changes: number;
  readonly torrents: ReadonlySet<TorrentKey>;
}

/**
 * Foreign writes of the last minute. A single change, of one torrent or of thousands at once, is the user's; only
 * changes that come again and again right after our own writes show another program at work.
 */
export class ForeignWrites {
  #recent: ForeignWrite[] = [];
  #total = 0;

  /** Since the start. */
  get total(): number {
    return this.#total;
  }

  note(writes: readonly ForeignWrite[]): void {
    this.#total += writes.length;
    this.#recent.push(...writes);
  }

  /** Forgets what was seen, as the user has decided. The total stays. */
  forget(): void {
    this.#recent = [];
  }

  /** @param at monotonic ms */
  rewriting(at: number): Rewriting | null {
    this.#recent = this.#recent.filter((write) => at - write.at <= WINDOW_MS);
    const marked = this.#recent.filter(({ isMarked }) => isMarked);
    const areMost = marked.length > this.#recent.length / 2;
    if (marked.length >= MARKED_CHANGES && areMost) return rewritingOf('controller', marked);
    const byTorrent = new Map<TorrentKey, ForeignWrite[]>();
    for (const write of this.#recent) {
      if (!write.isRewrite) continue;
      const own = byTorrent.get(write.key);
      if (own === undefined) byTorrent.set(write.key, [write]);
      else own.push(write);
    }
    const fought = [...byTorrent.values()].filter(({ length }) => length >= CHANGES_PER_TORRENT).flat();
    return fought.length >= CHANGES_TOGETHER ? rewritingOf('program', fought) : null;
  }
}

function rewritingOf(by: Rewriting['by'], writes: readonly ForeignWrite[]): Rewriting {
  return {
    by,
    since: Math.min(...writes.map(({ seenAt }) => seenAt)),
    changes: writes.length,
    torrents: new Set(writes.map(({ key }) => key)),
  };
}
