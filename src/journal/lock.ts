/**
 * One owner for one journal: a file `<journal>.lock` that names the process. While it is held its mtime is renewed
 * every 5 s; it is stale when that stopped 30 s ago, or when on this host its process is no more.
 *
 * Invariant: the lock's content is changed by its owner, or by the one process that holds the claim on exactly
 * this stale owner; so of many that find a lock stale, one gets it. Whoever was taken for dead but only slept sees
 * at its next look that the lock isn't its own any more, and stops.
 */
import { randomUUID } from 'node:crypto';
import { rename, stat, unlink, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ignoreMissing, JournalError, JournalLocked } from './errors.ts';
import { createExclusively, type FoundLock, type LockOwner, lockState, readLock } from './lock-file.ts';

const HEARTBEAT_MS = 5_000;
const STALE_MS = 30_000;
const ATTEMPTS = 40;
const RETRY_MS = 25;

/** Tokens of the locks that this process holds or is about to. */
const ownTokens = new Set<string>();

export interface FileLockOptions {
  readonly now: () => number;
  /** Called once when the lock is found to be someone else's; it is not held any more then. */
  readonly onLost: (error: JournalError) => void;
}

export class FileLock {
  readonly #journal: string;
  readonly #file: string;
  readonly #options: FileLockOptions;
  readonly #self: LockOwner = {
    pid: process.pid,
    hostname: hostname(),
    startedAt: Math.round(performance.timeOrigin),
    token: randomUUID(),
  };
  #heartbeat: NodeJS.Timeout | null = null;
  /** Of the file when it was last read and named this process. */
  #ownState: string | null = null;

  constructor(journal: string, options: FileLockOptions) {
    this.#journal = journal;
    this.#file = `${journal}.lock`;
    this.#options = options;
  }

  /** Throws JournalError 'locked' when another process is alive and holds it. Holding it already is fine. */
  async acquire(): Promise<void> {
    ownTokens.add(this.#self.token);
    try {
      await this.#contend();
    } catch (error) {
      this.#letGo();
      throw error;
    }
    if (this.#heartbeat !== null) return;
    this.#heartbeat = setInterval(() => void this.#beat(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Throws JournalError 'locked' when the lock is someone else's. One that was deleted is made again. */
  async assertHeld(): Promise<void> {
    if (this.#ownState !== null && (await lockState(this.#file)) === this.#ownState) return;
    const found = await readLock(this.#file);
    if (found?.owner?.token === this.#self.token) {
      this.#ownState = found.state;
      return;
    }
    if (found === null && this.#heartbeat !== null) {
      if (await createExclusively(this.#file, JSON.stringify(this.#self))) return;
    }
    this.#letGo();
    throw this.#lockedBy(found?.owner ?? null);
  }

  async release(): Promise<void> {
    if (this.#heartbeat === null) return;
    this.#letGo();
    const found = await readLock(this.#file);
    if (found?.owner?.token === this.#self.token) await unlink(this.#file).catch(ignoreMissing);
  }

  async #contend(): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await createExclusively(this.#file, JSON.stringify(this.#self))) return;
      const found = await readLock(this.#file);
      if (found === null) continue;
      if (found.owner?.token === this.#self.token) return;
      if (!this.#isStale(found)) throw this.#lockedBy(found.owner);
      if (!(await this.#steal(found))) await sleep(RETRY_MS);
    }
    throw this.#lockedBy(null);
  }

  #letGo(): void {
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    this.#heartbeat = null;
    this.#ownState = null;
    ownTokens.delete(this.#self.token);
  }

  async #beat(): Promise<void> {
    try {
      const found = await readLock(this.#file);
      if (this.#heartbeat === null) return;
      if (found?.owner?.token !== this.#self.token) await this.assertHeld();
      const seconds = this.#options.now() / 1000;
      await utimes(this.#file, seconds, seconds);
    } catch (error) {
      // Any other error is the disk's: the next append meets it too, and reports it.
      if (error instanceof JournalError) this.#options.onLost(error);
    }
  }

  #isStale({ owner, mtimeMs }: FoundLock): boolean {
    if (this.#options.now() - mtimeMs > STALE_MS) return true;
    if (owner === null || owner.hostname !== this.#self.hostname) return false;
    // In a container each start has pid 1: our own number, but no lock of ours, is a predecessor's.
    if (owner.pid === this.#self.pid) return !ownTokens.has(owner.token);
    return !isAlive(owner.pid);
  }

  /** False when someone else was faster. */
  async #steal(stale: FoundLock): Promise<boolean> {
    const claim = `${this.#file}.steal-${stale.owner?.token ?? 'unreadable'}`;
    if (!(await createExclusively(claim, ''))) {
      await this.#dropOldClaim(claim);
      return false;
    }
    try {
      const now = await readLock(this.#file);
      if (now?.text !== stale.text) return false;
      const mine = `${this.#file}.new-${this.#self.token}`;
      await createExclusively(mine, JSON.stringify(this.#self));
      await rename(mine, this.#file);
      return true;
    } finally {
      await unlink(claim).catch(ignoreMissing);
    }
  }

  /** Left by a process that died in the few milliseconds of stealing. */
  async #dropOldClaim(claim: string): Promise<void> {
    try {
      const { mtimeMs } = await stat(claim);
      if (this.#options.now() - mtimeMs > STALE_MS) await unlink(claim);
    } catch (error) {
      ignoreMissing(error);
    }
  }

  #lockedBy(owner: LockOwner | null): JournalError {
    const who =
      owner === null
        ? 'another process'
        : `process ${owner.pid} on ${owner.hostname}, running since ${new Date(owner.startedAt).toISOString()}`;
    return new JournalLocked(this.#journal, who, STALE_MS / 1000);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, but another user's.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
