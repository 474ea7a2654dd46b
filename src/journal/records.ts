import type { TorrentKey } from '../control/torrent.ts';
import type { TorrentScope } from '../control/torrent-scope.ts';
import type { JournalError } from './errors.ts';

/**
 * Version of the record format, stored in each record as `v`. It grows with every change that a release before
 * it would misread; `decodeEntry` must go on to read the versions before it (`test/journal/formats` has them).
 */
export const RECORD_VERSION = 1;

/** What a torrent's limit was before Qguardarr first touched it. One for each torrent under management. */
export interface OriginalRecord {
  readonly key: TorrentKey;
  /** B/s as on the wire: 0 means no limit. */
  readonly originalWire: number;
  readonly trackerId: string | null;
  /** When it was recorded, Unix milliseconds. */
  readonly firstSeenAt: number;
  /** The last limit but the original that was journaled for writing, wire form; null before the first. */
  readonly lastWire: number | null;
  /** What `lastWire` replaced: after a crash the torrent may still hold it. */
  readonly beforeLastWire: number | null;
}

/** One limit written to one or more torrents in one call. */
export interface ChangeRecord {
  readonly id: string;
  /** Number of the cycle, or of the rollback, that made it. */
  readonly cycle: number;
  readonly at: number;
  readonly trackerId: string | null;
  readonly reason: string;
  readonly toWire: number;
  readonly torrents: readonly { readonly key: TorrentKey; readonly fromWire: number }[];
  readonly state: 'intended' | 'done' | 'failed';
}

/** A rollback from request to end, and whether enforcement has been resumed since. */
export interface RollbackRecord {
  readonly id: string;
  readonly requestedAt: number;
  readonly by: string;
  readonly reason: string;
  /** Absent: all torrents. */
  readonly scope?: TorrentScope;
  readonly finishedAt: number | null;
  readonly restored: number;
  readonly failed: number;
  readonly resumedAt: number | null;
}

export type JournalItem = OriginalRecord | ChangeRecord | RollbackRecord;

/** What `recordIntent` puts on disk before one call to qBittorrent. */
export interface IntendedChange {
  readonly cycle: number;
  readonly trackerId: string | null;
  readonly reason: string;
  readonly toWire: number;
  readonly torrents: readonly { readonly key: TorrentKey; readonly fromWire: number }[];
}

/** A limit that the user set by hand, wire form. */
export interface ReplacedOriginal {
  readonly key: TorrentKey;
  readonly originalWire: number;
}

/** What the journal promises; `NedbJournal` keeps it on disk, `MemoryJournal` in tests and dry run. */
export interface Journal {
  /**
   * Originals of all torrents under management, by key.
   * Always what is on disk, never ahead of it.
   */
  readonly originals: ReadonlyMap<TorrentKey, OriginalRecord>;
  /** The latest rollback of all torrents that is unfinished or not resumed, or null while enforcement is on. */
  readonly openRollback: RollbackRecord | null;
  /** The rollbacks of a part that are unfinished or not resumed, oldest first. */
  readonly openPartRollbacks: readonly RollbackRecord[];
  /**
   * Why nothing can be recorded at present, or null. `originals` can still be read then, so a rollback can go on;
   * the next operation that writes tries again and throws this when it is still so.
   */
  readonly failure: JournalError | null;
  /**
   * Appends the changes, and for each torrent not yet under management its original (its `fromWire`), and
   * returns only when all of it is fsynced. Throws JournalError when it is not: then nothing may be written.
   * @returns the new changes' ids, in order
   */
  recordIntent(changes: readonly IntendedChange[], at: number): Promise<string[]>;
  /**
   * After a failure: opens the journal anew, and proves that it can be written. `originals` may be others than
   * before: what failed may be on disk all the same. Does nothing while there is no failure. Throws the reason.
   */
  recover(): Promise<void>;
  /** Notes that qBittorrent accepted (or refused) these changes. Not fsynced: losing it is harmless. */
  recordOutcome(ids: readonly string[], state: 'done' | 'failed'): Promise<void>;
  /** The user set limits by hand: they become the torrents' originals. One append, one fsync. */
  replaceOriginals(changes: readonly ReplacedOriginal[], at: number): Promise<void>;
  /** These torrents have their originals back (or are gone from qBittorrent): ends their management. Fsynced. */
  closeOriginals(keys: readonly TorrentKey[]): Promise<void>;
  /**
   * Remembers a rollback from its request on, so that a crash doesn't forget it. Fsynced. Returns its id.
   * @param scope all torrents by default
   */
  beginRollback(by: string, reason: string, at: number, scope?: TorrentScope): Promise<string>;
  finishRollback(id: string, restored: number, failed: number, at: number): Promise<void>;
  /** Enforcement is on again. Fsynced. */
  resume(at: number): Promise<void>;
  /** Newest first. `total` counts all of that kind, and all that are wanted if it is said which. */
  page(
    kind: 'original' | 'change' | 'rollback',
    offset: number,
    limit: number,
    isWanted?: (item: JournalItem) => boolean,
  ): Promise<{ total: number; items: readonly JournalItem[] }>;
  /** Drops changes older than `before` (Unix ms), and rollbacks but the one in force; compacts the file. */
  prune(before: number): Promise<void>;
  close(): Promise<void>;
}
