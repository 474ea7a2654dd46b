/**
 * Decides whether Qguardarr may write to the client. It may not while another controller is in charge, while another
 * program rewrites its limits, and while the client has limits of Qguardarr's whose originals are unknown.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Contest } from '../../../machines/service.types.ts';
import { JournalError } from '../../journal/errors.ts';
import type { Journal } from '../../journal/records.ts';
import type { QbittorrentClient } from '../../qbittorrent/client.ts';
import type { Clock } from '../clock.ts';
import { Exclusive } from '../exclusive.ts';
import type { HeldLimits } from '../limits/held-limits.ts';
import { ClientContested, rewriterContest, unknownLimitsContest } from './contest.ts';
import { type ForeignWrite, ForeignWrites, type Rewriting } from './foreign-writes.ts';
import { RENEW_MS } from './marker.ts';
import { Ownership } from './ownership.ts';
import { areTooMany } from './unknown-limits.ts';
import { withdraw } from './withdraw.ts';

export interface ClientGuardParts {
  readonly client: () => QbittorrentClient;
  readonly journal: Journal;
  readonly held: HeldLimits;
  readonly isDryRun: () => boolean;
  readonly onJournalProblem: (error: unknown) => void;
  readonly clock: Clock;
  readonly host?: string;
}

export class ClientGuard {
  readonly foreignWrites = new ForeignWrites();
  readonly #parts: ClientGuardParts;
  readonly #ownership: Ownership;
  #contest: Contest | null = null;
  #unknownLimits = 0;
  /** The client may not have shown all of its torrents since the connection was made. */
  #isFresh = true;
  #torrents = 0;
  #beganEmpty = false;
  /** What the journal is to record of contests, oldest first; a full disk leaves it for a later cycle. */
  readonly #unrecorded: (() => Promise<void>)[] = [];
  readonly #recording = new Exclusive();
  /** The limits shown next are not to be taken for the user's: another program has written them. */
  #distrusts = false;

  constructor(parts: ClientGuardParts) {
    this.#parts = parts;
    const { client, journal, held, isDryRun, clock, host = hostname() } = parts;
    this.#ownership = new Ownership({
      client,
      journal,
      managed: () => held.size,
      isDryRun,
      clock,
      session: randomUUID(),
      host,
      random: Math.random,
    });
  }

  /** Torrents with a limit of Qguardarr's whose original is unknown, in the latest snapshot. */
  get unknownLimits(): number {
    return this.#unknownLimits;
  }

  /** Nothing may be written. */
  get isContested(): boolean {
    return this.#contest !== null;
  }

  /** The journal was empty when the connection was made, and the user has declared nothing since. */
  get knewNothing(): boolean {
    return this.#beganEmpty && this.#parts.journal.accepted.size === 0;
  }

  /** Unknown limits stop enforcement now; later ones are left alone one by one. */
  get asksForUnknown(): boolean {
    return this.#isFresh || this.#contest?.kind === 'unknown-limits';
  }

  /** Why the client keeps no marker of ours although it could; null otherwise. */
  get markerRefusal(): string | null {
    return this.#ownership.refusal;
  }

  /** A limit that someone else set is not the user's: to be asked once for each snapshot. */
  takeDistrust(): boolean {
    const distrusts = this.#distrusts;
    this.#distrusts = false;
    return distrusts;
  }

  /**
   * After each connection.
   * @param force the user takes the client over
   * @throws QbittorrentError, the signal's reason
   */
  async claim(keepsClientData: boolean, force: boolean, signal: AbortSignal): Promise<Contest | null> {
    const { journal } = this.#parts;
    if (force) this.#unrecorded.push(() => journal.recordContest(null));
    await this.#record();
    this.#isFresh = true;
    this.#torrents = 0;
    this.#beganEmpty = journal.isEmpty;
    const kept = force || this.#parts.isDryRun() ? null : journal.contest;
    const contest =
      (await this.#withJournal(() => this.#ownership.claim(keepsClientData, force, signal))) ??
      (kept === null ? null : rewriterContest(kept.problem));
    this.#enter(contest);
    return contest;
  }

  /**
   * Before the read of each cycle.
   * @param isUrgent looks at the marker now, although the last look was a moment ago
   * @throws QbittorrentError, the signal's reason
   */
  async check(signal: AbortSignal, isUrgent = false): Promise<void> {
    await this.#record();
    await this.#look(signal, isUrgent);
    await this.#record();
  }

  /**
   * Renews our marker, or watches another's, as long as the client stays as contested as it was. Cycles may be too far
   * apart for that, or wait for a rollback. A client that does not answer is left to cycles and rollbacks to notice.
   * @returns the contest that has begun, or null: the contest is over
   * @throws the signal's reason
   */
  async keepMarker(wasContested: boolean, signal: AbortSignal): Promise<Contest | null> {
    while (this.isContested === wasContested) {
      await this.#parts.clock.sleep(RENEW_MS, signal);
      await this.#look(signal, true).catch(() => signal.throwIfAborted());
    }
    return this.#contest;
  }

  /**
   * Right before limits are written outside of a cycle's first steps.
   * @throws ClientContested; as `check`
   */
  async assertMayWrite(signal: AbortSignal): Promise<void> {
    await this.check(signal);
    if (this.#contest !== null) throw new ClientContested(this.#contest);
  }

  /**
   * After the read of each cycle.
   * @param seen how many torrents there are, and how many with a limit of Qguardarr's whose original is unknown
   * @returns why nothing may be written, or null
   * @throws QbittorrentError, the signal's reason
   */
  async judge(
    foreign: readonly ForeignWrite[],
    { unknown, torrents }: { readonly unknown: number; readonly torrents: number },
    signal: AbortSignal,
  ): Promise<Contest | null> {
    this.foreignWrites.note(foreign);
    this.#unknownLimits = unknown;
    if (this.#parts.isDryRun()) this.#enter(null);
    else if (this.#contest === null || this.#contest.kind === 'unknown-limits') {
      const rewriting = this.foreignWrites.rewriting(this.#parts.clock.monotonic());
      if (rewriting === null) this.#judgeUnknown(unknown);
      else if (rewriting.by === 'controller' && this.#ownership.isMarked) {
        // Its marker says who is in charge. Without one it has not yet seen ours, and stops once it has.
        this.foreignWrites.forget();
        await this.check(signal, true);
      } else await this.#contestRewriting(rewriting);
    }
    // A client that starts shows its torrents little by little.
    this.#isFresh = torrents > this.#torrents && this.#isFresh;
    this.#torrents = torrents;
    return this.#contest;
  }

  /** As the service stops. Never rejects: a marker that stays goes stale. */
  async leave(signal: AbortSignal): Promise<void> {
    await this.#ownership.leave(signal).catch(() => undefined);
  }

  /** What is then to be recorded, the next `#record` records. */
  async #look(signal: AbortSignal, isUrgent = false): Promise<void> {
    const { ownedAt } = this.#ownership;
    const before = this.#contest;
    const contest = await this.#withJournal(() => this.#ownership.check(signal, isUrgent));
    if (contest !== null || before?.kind === 'controller') this.#enter(contest);
    if (contest === null || before !== null || ownedAt === null) return;
    this.#unrecorded.push(() => withdraw(this.#parts, ownedAt));
  }

  #judgeUnknown(unknown: number): void {
    const { follows } = this.#ownership;
    const isMany = areTooMany(unknown, follows !== null);
    if (isMany && this.asksForUnknown) {
      const holder = follows === null ? null : `another Qguardarr (journal ${follows.slice(0, 8)})`;
      this.#enter(unknownLimitsContest(unknown, holder));
      return;
    }
    if (unknown === 0) this.#ownership.forgetFormer();
    this.#enter(null);
  }

  async #contestRewriting({ by, since, changes, torrents }: Rewriting): Promise<void> {
    const { journal } = this.#parts;
    const what = `upload limits of ${torrents.size} torrents were changed ${changes} times within a minute`;
    const who = by === 'controller' ? 'another Qguardarr' : 'another program';
    const contest = rewriterContest(`${what}: ${who} sets them as well`);
    this.#enter(contest);
    this.#unrecorded.push(async () => {
      await withdraw(this.#parts, since, torrents);
      await journal.recordContest({ since, problem: contest.problem });
    });
    await this.#record();
  }

  /** Never rejects for the journal's sake: what it does not take is tried again in the next cycle. */
  #record(): Promise<void> {
    return this.#recording.run(async () => {
      try {
        for (let task = this.#unrecorded[0]; task !== undefined; task = this.#unrecorded[0]) {
          await task();
          this.#unrecorded.shift();
        }
      } catch (error) {
        if (!(error instanceof JournalError)) throw error;
        this.#parts.onJournalProblem(error);
      }
    });
  }

  #enter(contest: Contest | null): void {
    if (this.#contest !== null && this.#contest.kind !== 'unknown-limits' && contest === null) {
      this.#distrusts = true;
      this.foreignWrites.forget();
    }
    this.#contest = contest;
  }

  /** A journal that cannot be written stops enforcement by itself; a rollback must still be possible. */
  async #withJournal(task: () => Promise<Contest | null>): Promise<Contest | null> {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      this.#parts.onJournalProblem(error);
      return this.#contest;
    }
  }
}
