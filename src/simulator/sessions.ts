import { randomBytes } from 'node:crypto';
import { SyncSession } from './sync.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface Session {
  readonly id: string;
  readonly sync: SyncSession;
  expiresMs: number;
}

const SESSION_MS = 3600 * 1000;
const BAN_MS = 3600 * 1000;
const MAX_FAILURES = 5;

/** Logins as in qBittorrent 5.1: sessions that end after an hour unused, and a ban after five wrong passwords. */
export class Sessions {
  readonly #credentials: Credentials;
  readonly #sessions = new Map<string, Session>();
  #failures = 0;
  #bannedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** The session of that cookie, alive for another hour; undefined when there is none (any more). */
  find(id: string | undefined, nowMs: number): Session | undefined {
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (session === undefined || session.expiresMs <= nowMs) return undefined;
    session.expiresMs = nowMs + SESSION_MS;
    return session;
  }

  open(nowMs: number): Session {
    for (const [id, session] of this.#sessions) if (session.expiresMs <= nowMs) this.#sessions.delete(id);
    const id = randomBytes(24).toString('base64');
    const session = { id, sync: new SyncSession(), expiresMs: nowMs + SESSION_MS };
    this.#sessions.set(id, session);
    return session;
  }

  close(id: string): void {
    this.#sessions.delete(id);
  }

  /** Ends all sessions, as a restart of the client does. */
  closeAll(): void {
    this.#sessions.clear();
  }

  /** While banned, the right password is refused too. All callers are loopback, so one count serves them all. */
  login(
    username: string | undefined,
    password: string | undefined,
    nowMs: number,
  ): Session | 'wrong' | 'banned' {
    if (nowMs < this.#bannedUntilMs) return 'banned';
    if (username === this.#credentials.username && password === this.#credentials.password) {
      this.#failures = 0;
      return this.open(nowMs);
    }
    this.#failures += 1;
    if (this.#failures >= MAX_FAILURES) {
      this.#failures = 0;
      this.#bannedUntilMs = nowMs + BAN_MS;
    }
    return 'wrong';
  }
}
