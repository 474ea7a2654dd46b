/**
 * Which controller is in charge of the client. Modes, after each connection:
 * - unmarked: the client keeps no values for programs, or nothing may be written (dry run); only foreign writes show
 *   another controller
 * - owner: our marker is in the client, and its counter is moved now and then
 * - contested: another live marker is there; its counter is watched until it stands still
 *
 * Invariant: an owner that begins to write has seen its own marker in the client no longer ago than `RENEW_MS`.
 */
import type { Contest } from '../../../machines/service.types.ts';
import type { Journal } from '../../journal/records.ts';
import type { QbittorrentClient } from '../../qbittorrent/client.ts';
import { isRefusal } from '../../qbittorrent/errors.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../failures.ts';
import { controllerContest } from './contest.ts';
import {
  decodeMarker,
  describeHolder,
  type FoundMarker,
  MARKER_NAME,
  type Marker,
  RENEW_MS,
  STALE_MS,
} from './marker.ts';

export interface OwnershipParts {
  readonly client: () => QbittorrentClient;
  readonly journal: Journal;
  /** How many torrents have a limit of ours. */
  readonly managed: () => number;
  readonly isDryRun: () => boolean;
  readonly clock: Clock;
  /** Names this run, and no other. */
  readonly session: string;
  readonly host: string;
  /** 0 to 1. */
  readonly random: () => number;
}

/** Two that claim at once both see the later marker after this long, ms. */
const CLAIM_SETTLES_MS = { least: 200, more: 600 };
/** So much at most between two looks counts as standing still: the client may have been down, or this machine asleep. */
const COUNTS_BETWEEN_LOOKS_MS = STALE_MS / 2;

export class Ownership {
  readonly #parts: OwnershipParts;
  #keepsClientData = false;
  #refusal: string | null = null;
  #counter = 0;
  #hasClaimed = false;
  /** When the marker was last looked at, on both clocks: the monotonic one stands still while the machine sleeps. */
  #checked = { monotonic: Number.NEGATIVE_INFINITY, now: Number.NEGATIVE_INFINITY };
  /** When our marker was last seen in the client, Unix ms; null before. */
  #ownedAt: number | null = null;
  /** The marker as last seen, how long it has stood still in the looks at it, and when it was seen, monotonic ms. */
  #watched = { text: '', stillMs: 0, seenAt: 0 };
  #follows: string | null = null;
  #contest: Contest | null = null;

  constructor(parts: OwnershipParts) {
    this.#parts = parts;
  }

  /** The client may have limits of this other journal, which was in charge before; null: of none. */
  get follows(): string | null {
    return this.#follows;
  }

  /** The marker decides who is in charge. */
  get isMarked(): boolean {
    return this.#keepsClientData && !this.#parts.isDryRun();
  }

  /** Why no marker is kept although the client could; null: it is kept, or the client is older. */
  get refusal(): string | null {
    return this.#refusal;
  }

  /** Until when the client was certainly ours, Unix ms; null: never, or it keeps no markers. */
  get ownedAt(): number | null {
    return this.#ownedAt;
  }

  /**
   * After each connection: takes the client, unless another controller is in charge of it.
   * @param force takes it from a live one, too
   * @returns why not, or null
   * @throws QbittorrentError, JournalError, the signal's reason
   */
  async claim(keepsClientData: boolean, force: boolean, signal?: AbortSignal): Promise<Contest | null> {
    this.#keepsClientData = keepsClientData;
    this.#refusal = null;
    this.#contest = null;
    return await this.#orUnmarked(() => this.#claim(force, signal));
  }

  async #claim(force: boolean, signal: AbortSignal | undefined): Promise<Contest | null> {
    if (!this.isMarked) return null;
    const journal = await this.#parts.journal.identify();
    const found = await this.#load(signal);
    if (!force && this.#isInCharge(found, journal)) return this.#contestedBy(found);
    this.#follows = found === null || found === 'unreadable' ? null : formerOf(found, journal);
    this.#hasClaimed = true;
    await this.#store('live', journal, signal);
    await this.#parts.clock.sleep(
      CLAIM_SETTLES_MS.least + CLAIM_SETTLES_MS.more * this.#parts.random(),
      signal,
    );
    return this.#judge(await this.#load(signal), journal);
  }

  /**
   * Every `RENEW_MS`, and before limits are written: renews our marker, or looks whether the other controller is gone.
   * @param isUrgent looks now, although the last look was a moment ago
   * @returns why nothing may be written, or null
   * @throws as `claim`
   */
  async check(signal?: AbortSignal, isUrgent = false): Promise<Contest | null> {
    return await this.#orUnmarked(() => this.#check(isUrgent, signal));
  }

  async #check(isUrgent: boolean, signal: AbortSignal | undefined): Promise<Contest | null> {
    if (!this.isMarked) {
      this.#contest = null;
      return null;
    }
    if (!isUrgent && this.#checkedAgoMs < RENEW_MS) return this.#contest;
    const journal = await this.#parts.journal.identify();
    const found = await this.#load(signal);
    const contest = this.#judge(found, journal);
    // Where another was in charge, the client is claimed first: the next connection does that.
    if (contest === null && this.#contest === null) await this.#store('live', journal, signal);
    this.#contest = contest;
    return contest;
  }

  /** A proxy may let through only the calls that were known when it was set up: then as on a client without markers. */
  async #orUnmarked(task: () => Promise<Contest | null>): Promise<Contest | null> {
    try {
      return await task();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#keepsClientData = false;
      this.#refusal = messageOf(error);
      this.#contest = null;
      return null;
    }
  }

  /** No limits of the former controller are left that the journal does not know. */
  forgetFormer(): void {
    this.#follows = null;
  }

  /**
   * As the service stops: the marker goes where no limit of ours is left, and else says that we have stopped.
   * @throws QbittorrentError
   */
  async leave(signal?: AbortSignal): Promise<void> {
    if (!this.isMarked || this.#contest !== null || this.#ownedAt === null) return;
    const journal = await this.#parts.journal.identify();
    const found = await this.#load(signal);
    if (found === null || found === 'unreadable' || found.session !== this.#parts.session) return;
    if (this.#parts.managed() === 0 && this.#follows === null) {
      await this.#parts.client().setClientData(MARKER_NAME, null, signal);
    } else await this.#store('stopped', journal, signal);
  }

  get #checkedAgoMs(): number {
    const { clock } = this.#parts;
    return Math.max(clock.monotonic() - this.#checked.monotonic, clock.now() - this.#checked.now);
  }

  async #load(signal: AbortSignal | undefined): Promise<FoundMarker> {
    const value = await this.#parts.client().clientData(MARKER_NAME, signal);
    const now = this.#parts.clock.monotonic();
    this.#checked = { monotonic: now, now: this.#parts.clock.now() };
    const text = JSON.stringify(value) ?? '';
    const { text: before, stillMs, seenAt } = this.#watched;
    const passedMs = Math.min(now - seenAt, COUNTS_BETWEEN_LOOKS_MS);
    this.#watched = { text, stillMs: text === before ? stillMs + passedMs : 0, seenAt: now };
    return decodeMarker(value);
  }

  async #store(state: Marker['state'], journal: string, signal: AbortSignal | undefined): Promise<void> {
    const { client, session, host, managed, clock } = this.#parts;
    this.#counter += 1;
    const marker: Marker = {
      journal,
      session,
      host,
      state,
      counter: this.#counter,
      managed: managed(),
      follows: this.#follows,
    };
    await client().setClientData(MARKER_NAME, marker, signal);
    this.#ownedAt = clock.now();
  }

  #judge(found: FoundMarker, journal: string): Contest | null {
    return this.#isInCharge(found, journal) ? this.#contestedBy(found) : null;
  }

  #isInCharge(found: FoundMarker, journal: string): found is Marker | 'unreadable' {
    if (found === null) return false;
    const isStale = this.#watched.stillMs >= STALE_MS;
    if (found === 'unreadable') return !isStale;
    if (found.session === this.#parts.session || found.state === 'stopped' || isStale) return false;
    // A former run of ours that died: it has the same journal, so that no original is at stake, and if it lives after
    // all it sees our marker. Only at the first claim: two copies of a journal must not take turns.
    return this.#hasClaimed || found.journal !== journal;
  }

  #contestedBy(found: Marker | 'unreadable'): Contest {
    this.#contest = controllerContest(describeHolder(found));
    return this.#contest;
  }
}

/** Whose limits the client may still have beside our own, by the marker in it; null: nobody's. */
function formerOf({ journal, state, managed, follows }: Marker, own: string): string | null {
  // A live one has written its count before its latest limits.
  const hasNone = state === 'stopped' && managed === 0;
  return journal === own || hasNone ? follows : journal;
}
