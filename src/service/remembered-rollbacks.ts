import { ScopeSet, type TorrentScope } from '../control/torrent-scope.ts';
import type { Journal, RollbackRecord } from '../journal/records.ts';
import type { Clock } from './clock.ts';

export interface RememberedRollbacksParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly onJournalProblem: (error: unknown) => void;
}

export interface RollbackRequestOf {
  readonly by: string;
  readonly reason: string;
  /** Null: all torrents. */
  readonly scope: TorrentScope | null;
  /** `first`: the limits seen before Qguardarr's first write are restored. Absent: the originals as they are. */
  readonly originals?: RollbackRecord['originals'];
}

/** A rollback under way, or done and not resumed. */
export interface OpenRollback extends RollbackRequestOf {
  readonly isFinished: boolean;
}

interface Entry extends RollbackRequestOf {
  /** Null until the journal has it. */
  id: string | null;
  result: { readonly restored: number; readonly missing: number } | null;
  /** The journal has the result. */
  isClosed: boolean;
}

/**
 * The rollbacks under way, or done and not resumed: of all torrents, which the service machine drives, and of a
 * part of them, which are left alone until then. A full disk must not prevent a rollback: what the journal doesn't
 * take is kept here, and tried again until it does.
 */
export class RememberedRollbacks {
  readonly #parts: RememberedRollbacksParts;
  #open: Entry[];
  #released: ScopeSet;
  #recording: Promise<void> | null = null;

  /** Begins with those that the journal has open. */
  constructor(parts: RememberedRollbacksParts) {
    this.#parts = parts;
    const { openRollback, openPartRollbacks } = parts.journal;
    this.#open = [...openPartRollbacks, ...(openRollback === null ? [] : [openRollback])].map(entryOf);
    this.#released = this.#scopes();
  }

  /** False while a restart would forget a rollback. */
  get isRemembered(): boolean {
    return this.#open.every(({ id }) => id !== null);
  }

  /** What rollbacks of a part have released: not to be limited until the resumption. */
  get released(): ScopeSet {
    return this.#released;
  }

  /** Of all torrents; null while that is not rolled back. */
  get ofAll(): 'unfinished' | 'finished' | null {
    const latest = this.#open.findLast(({ scope }) => scope === null);
    if (latest === undefined) return null;
    return latest.result === null ? 'unfinished' : 'finished';
  }

  /** Of a part of the torrents, the oldest first. */
  get ofParts(): readonly OpenRollback[] {
    return this.#open.filter(({ scope }) => scope !== null).map(openOf);
  }

  /** Torrents of this scope get their first originals, until the resumption. */
  isToFirst(scope: TorrentScope | null): boolean {
    return this.#open.some((one) => one.originals === 'first' && sameScope(one.scope, scope));
  }

  /**
   * It counts at once, and is on disk when this resolves unless the disk doesn't let it. Never rejects. The same
   * request again, before its end, is one rollback. One to the first originals stays so when it is begun anew.
   */
  async begin(asked: RollbackRequestOf): Promise<void> {
    const request = this.isToFirst(asked.scope) ? { ...asked, originals: 'first' as const } : asked;
    if (this.#open.some((one) => one.result === null && isSameRequest(one, request))) {
      await this.retry();
      return;
    }
    const entry: Entry = { ...request, id: null, result: null, isClosed: false };
    const isReplaced = (one: Entry) => one.isClosed && sameScope(one.scope, entry.scope);
    this.#open = [...this.#open.filter((one) => !isReplaced(one)), entry];
    this.#released = this.#scopes();
    await this.retry();
    // One under way before may have passed it by.
    if (entry.id === null) await this.retry();
  }

  /** All that are open and of this scope, or of all torrents, have come to their end. Never rejects. */
  async finish(scope: TorrentScope | null, restored: number, missing: number): Promise<void> {
    for (const entry of this.#open) {
      if (entry.result === null && sameScope(entry.scope, scope)) entry.result = { restored, missing };
    }
    await this.retry();
  }

  /** Puts on disk what the journal did not take before. Never rejects. */
  async retry(): Promise<void> {
    this.#recording ??= this.#recordAll().finally(() => {
      this.#recording = null;
    });
    await this.#recording;
  }

  /** Enforcement is on again, for all. @throws JournalError */
  async resume(): Promise<void> {
    const { journal, clock } = this.#parts;
    const before = this.#open;
    // First: a retry must not put one on disk behind the resumption.
    this.#open = [];
    try {
      await journal.resume(clock.now());
    } catch (error) {
      this.#open = [...before, ...this.#open];
      throw error;
    } finally {
      this.#released = this.#scopes();
    }
  }

  async #recordAll(): Promise<void> {
    try {
      for (const entry of this.#open) await this.#record(entry);
    } catch (error) {
      this.#parts.onJournalProblem(error);
    }
  }

  async #record(entry: Entry): Promise<void> {
    const { journal, clock } = this.#parts;
    const isOpen = () => this.#open.includes(entry);
    if (entry.id === null && isOpen()) {
      const { by, reason, scope, originals } = entry;
      entry.id = await journal.beginRollback(by, reason, clock.now(), scope ?? undefined, originals);
    }
    // By now it may be resumed.
    if (entry.id === null || entry.result === null || entry.isClosed || !isOpen()) return;
    await journal.finishRollback(entry.id, entry.result.restored, entry.result.missing, clock.now());
    entry.isClosed = true;
  }

  #scopes(): ScopeSet {
    return new ScopeSet(this.#open.flatMap(({ scope }) => scope ?? []));
  }
}

function entryOf(record: RollbackRecord): Entry {
  const { id, by, reason, scope, originals, finishedAt, restored, failed } = record;
  const isClosed = finishedAt !== null;
  const result = isClosed ? { restored, missing: failed } : null;
  return { id, by, reason, scope: scope ?? null, ...(originals && { originals }), result, isClosed };
}

function openOf({ by, reason, scope, result }: Entry): OpenRollback {
  return { by, reason, scope, isFinished: result !== null };
}

function isSameRequest(a: RollbackRequestOf, b: RollbackRequestOf): boolean {
  const isSame = a.by === b.by && a.reason === b.reason && a.originals === b.originals;
  return isSame && sameScope(a.scope, b.scope);
}

function sameScope(a: TorrentScope | null, b: TorrentScope | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
