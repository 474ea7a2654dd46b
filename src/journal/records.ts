import type { TorrentKey } from '../control/torrent.ts';
import type { TorrentScope } from '../control/torrent-scope.ts';
import type { JournalError } from './errors.ts';

/**
 * Version of the record format, stored in each record as `v`. It grows with every change that a release before
 * it would misread; `decodeEntry` must go on to read the versions before it (`test/journal/formats` has them).
 */
export const RECORD_VERSION = 2;

/** An original limit that a later one replaced. */
export interface EarlierOriginal {
  readonly wire: number;
  /** When it was replaced, Unix ms. */
  readonly until: number;
}

/** What a torrent's limit was before Qguardarr first wrote to it. One for each managed torrent. */
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
  /**
   * The originals before this one, oldest first: the first is the limit seen before Qguardarr's first write. Absent
   * where the limit was never changed from outside.
   */
  readonly earlier?: readonly EarlierOriginal[];
}

/**
 * A torrent that has its original limit again, as qBittorrent showed. It is remembered for a while, since a client that
 * crashes soon after comes back with a limit of Qguardarr's that it had saved before.
 */
export interface RestoredRecord extends OriginalRecord {
  /** Unix ms. */
  readonly restoredAt: number;
}

/** Another program rewrites the limits that Qguardarr writes. Kept until the user decides. */
export interface ContestRecord {
  /** Since when it has been seen to do so, Unix ms. */
  readonly since: number;
  /** What was seen, in a sentence. */
  readonly problem: string;
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
  /** The limits seen before Qguardarr's first write are restored. Absent: the originals as they are. */
  readonly originals?: 'first';
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

/** A limit that a torrent has from now on as its own, wire form. */
export interface AcceptedLimit {
  readonly key: TorrentKey;
  readonly wire: number;
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
  /** Torrents that have their original limit again, until it is certain that the client has saved it. */
  readonly restored: ReadonlyMap<TorrentKey, RestoredRecord>;
  /** Limits that look like Qguardarr's and that the user has declared to be the torrents' own, wire form. */
  readonly accepted: ReadonlyMap<TorrentKey, number>;
  /** Nothing has been recorded yet, or nothing of it is left. */
  readonly isEmpty: boolean;
  /** A name that no other journal has; null before `identify`. */
  readonly name: string | null;
  /** Another program that rewrites limits, or null. */
  readonly contest: ContestRecord | null;
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
  /**
   * Goes back to the originals that were in force at `since`. Torrents whose original was not replaced later keep it.
   * Fsynced.
   * @param since Unix ms; 0: to the limits seen before Qguardarr's first write
   */
  revertOriginals(keys: readonly TorrentKey[], since: number): Promise<void>;
  /** qBittorrent shows the original limits of these torrents: ends their management, and remembers them. Fsynced. */
  recordRestored(keys: readonly TorrentKey[], at: number): Promise<void>;
  /** These restored torrents show a limit of Qguardarr's again: they are managed as before. Fsynced. */
  reopenOriginals(keys: readonly TorrentKey[]): Promise<void>;
  /** Forgets these torrents, managed or restored. Fsynced. */
  closeOriginals(keys: readonly TorrentKey[]): Promise<void>;
  /**
   * Takes over originals that another program or another journal kept: all of them or none. A torrent that is managed
   * already keeps its original. Returns how many were taken over. Fsynced.
   */
  adoptOriginals(records: readonly OriginalRecord[]): Promise<number>;
  /** Declares these limits to be the torrents' own. Fsynced. */
  acceptLimits(limits: readonly AcceptedLimit[], at: number): Promise<void>;
  /** Takes that back, of torrents that are gone. Fsynced. */
  forgetAccepted(keys: readonly TorrentKey[]): Promise<void>;
  /** Fsynced. @param contest null: it is over */
  recordContest(contest: ContestRecord | null): Promise<void>;
  /** A name that no other journal has; it is made at the first call, and fsynced. */
  identify(): Promise<string>;
  /**
   * Remembers a rollback from its request on, so that a crash doesn't forget it. Fsynced. Returns its id.
   * @param scope all torrents by default
   * @param originals `first`: whoever goes on with it restores the limits seen before Qguardarr's first write
   */
  beginRollback(
    by: string,
    reason: string,
    at: number,
    scope?: TorrentScope,
    originals?: RollbackRecord['originals'],
  ): Promise<string>;
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
