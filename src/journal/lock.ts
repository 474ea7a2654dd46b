/**
 * One owner for one journal: a file `<journal>.lock` that names the process. While it is held its owner counts up in
 * it every 5 s. It may be taken when it has been seen to stand still for 30 s, or at once when its owner is certain to
 * be gone: no process of our own pid namespace. A host name and a pid alone say nothing, nor does a file's time.
 *
 * Invariant: the lock's owner is changed by that owner, or by the one process that holds the claim on exactly
 * this stale lock; so of many that find a lock stale, one gets it. A process that was taken for dead but only slept
 * sees at its next look that the lock isn't its own any more, and stops.
 */
import { randomUUID } from 'node:crypto';
import { rename, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ignoreMissing, JournalError, JournalLocked } from './errors.ts';
import {
  createExclusively,
  type FoundLock,
  type LockOwner,
  lockFileOf,
  lockState,
  lockText,
  readLock,
  renewLock,
} from './lock-file.ts';
import { LockWatch } from './lock-watch.ts';
import { isAlive, pidNamespace } from './process-identity.ts';

const HEARTBEAT_MS = 5_000;
const STALE_MS = 30_000;
const LOOK_EVERY_MS = 1_000;
const ATTEMPTS = 40;
const RETRY_MS = 25;

/** Tokens of the locks that this process holds or is about to. */
const ownTokens = new Set<string>();

/** Who holds the lock, and how long at most it takes until that is known to be gone, s. */
export type OnWait = (holder: string, withinSeconds: number) => void;

export interface LockTime {
  /** Ms from an arbitrary start; never jumps. */
  readonly monotonic: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface FileLockOptions {
  /** Called once when the lock is found to be someone else's; it is not held any more then. */
  readonly onLost: (error: JournalError) => void;
  readonly time?: LockTime;
}

const SYSTEM_TIME: LockTime = { monotonic: () => performance.now(), sleep: (ms) => sleep(ms) };

export class FileLock {
  readonly #journal: string;
  readonly #file: string;
  readonly #onLost: FileLockOptions['onLost'];
  readonly #time: LockTime;
  readonly #watch = new LockWatch();
  #self: LockOwner = {
    pid: process.pid,
    hostname: hostname(),
    startedAt: Math.round(performance.timeOrigin),
    token: randomUUID(),
  };
  #beats = 0;
  #heartbeat: NodeJS.Timeout | null = null;
  /** Of the file when it was last read and named this process. */
  #ownState: string | null = null;

  constructor(journal: string, { onLost, time = SYSTEM_TIME }: FileLockOptions) {
    this.#journal = journal;
    this.#file = lockFileOf(journal);
    this.#onLost = onLost;
    this.#time = time;
  }

  /**
   * Holding it already is fine. Throws JournalLocked when another process holds it, which may be gone; what was seen of
   * it counts for the next attempts.
   * @param onWait watches the lock until it can be taken; then JournalLocked is thrown as soon as its owner is seen to live
   */
  async acquire(onWait?: OnWait): Promise<void> {
    const { moves } = this.#watch;
    for (let isTold = false; ; isTold = true) {
      try {
        return await this.#tryToAcquire();
      } catch (error) {
        if (onWait === undefined || !(error instanceof JournalLocked)) throw error;
        if (this.#watch.moves > moves) throw error;
        if (!isTold) onWait(error.holder, Math.ceil((STALE_MS - this.#watch.stillMs) / 1000));
      }
      await this.#time.sleep(LOOK_EVERY_MS);
    }
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
      if (await createExclusively(this.#file, lockText(this.#self, this.#beats))) return;
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

  async #tryToAcquire(): Promise<void> {
    ownTokens.add(this.#self.token);
    try {
      if (this.#self.pidNamespace === undefined)
        this.#self = { ...this.#self, pidNamespace: await pidNamespace() };
      await this.#contend();
    } catch (error) {
      this.#letGo();
      throw error;
    }
    if (this.#heartbeat !== null) return;
    this.#heartbeat = setInterval(() => void this.#beat(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  async #contend(): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await createExclusively(this.#file, lockText(this.#self, this.#beats))) return;
      const found = await readLock(this.#file);
      if (found === null) continue;
      if (found.owner?.token === this.#self.token) return;
      const claim = `${this.#file}.steal-${found.owner?.token ?? 'unreadable'}`;
      const claimed = await lockState(claim);
      this.#watch.look([found.text, found.state, claimed].join('\n'), this.#time.monotonic());
      const hasStoodStill = this.#watch.stillMs >= STALE_MS;
      if (!hasStoodStill && !this.#isGone(found.owner)) throw this.#lockedBy(found.owner);
      // Its claimant died within the few milliseconds that a claim is for.
      if (hasStoodStill && claimed !== null) await unlink(claim).catch(ignoreMissing);
      if (!(await this.#steal(found, claim))) await sleep(RETRY_MS);
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
      this.#beats += 1;
      const isOurs = await renewLock(this.#file, this.#self, this.#beats).catch(() => false);
      if (!isOurs && this.#heartbeat !== null) await this.assertHeld();
    } catch (error) {
      // Any other error is the disk's: the next append meets it too, and reports it.
      if (error instanceof JournalError) this.#onLost(error);
    }
  }

  /**
   * Certain only within our own pid namespace. There, a lock with our own pid is of an earlier run, such as pid 1 of a
   * restarted container.
   */
  #isGone(owner: LockOwner | null): boolean {
    const { pid, pidNamespace: ours } = this.#self;
    if (owner === null || !ours || owner.pidNamespace !== ours) return false;
    return owner.pid === pid ? !ownTokens.has(owner.token) : !isAlive(owner.pid);
  }

  /** False when another process was faster, or its owner lives after all. */
  async #steal(stale: FoundLock, claim: string): Promise<boolean> {
    if (!(await createExclusively(claim, ''))) return false;
    try {
      const now = await readLock(this.#file);
      if (now?.text !== stale.text || now.state !== stale.state) return false;
      const mine = `${this.#file}.new-${this.#self.token}`;
      await createExclusively(mine, lockText(this.#self, this.#beats));
      await rename(mine, this.#file);
      return true;
    } finally {
      await unlink(claim).catch(ignoreMissing);
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
