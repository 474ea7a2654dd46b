import { createHash, randomBytes } from 'node:crypto';
import type { AccessKey } from './access.ts';

const TOKEN_BYTES = 32;
const DAY_MS = 86_400_000;
const IDLE_MS = 7 * DAY_MS;
export const LONGEST_MS = 30 * DAY_MS;

interface Session {
  readonly openedAt: number;
  seenAt: number;
  /** The digest of the API key that opened it. */
  readonly key: string;
}

/**
 * Logins of browsers. The cookie holds a random token and never the key, as browsers send cookies to every port of a
 * host, so to every other service there too. Kept in memory by the token's digest only: a restart ends them all.
 *
 * A session ends by `close`, after 7 days without a request, after 30 days, or with the key that opened it.
 * Invariant: at most `maxSessions` are kept. For another the one longest unseen goes of the key that has most, so that
 * the holder of a lesser key can't end an admin's.
 */
export class Sessions {
  readonly #now: () => number;
  readonly #maxSessions: number;
  /** By the token's digest, in the order in which they were last seen. */
  readonly #sessions = new Map<string, Session>();

  /** @param now monotonic milliseconds */
  constructor(now: () => number, maxSessions = 64) {
    this.#now = now;
    this.#maxSessions = maxSessions;
  }

  /** @returns the token */
  open(apiKey: string): string {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const now = this.#now();
    if (this.#sessions.size >= this.#maxSessions) this.#dropOne();
    this.#sessions.set(digestOf(token), { openedAt: now, seenAt: now, key: digestOf(apiKey) });
    return token;
  }

  #dropOne(): void {
    const byKey = new Map<string, string[]>();
    for (const [id, { key }] of this.#sessions) byKey.set(key, [...(byKey.get(key) ?? []), id]);
    const [most = []] = [...byKey.values()].sort((a, b) => b.length - a.length);
    for (const id of most.slice(0, 1)) this.#sessions.delete(id);
  }

  /** The key that opened the token's session, which counts as seen then; null when the session has ended. */
  find(token: string, keys: readonly AccessKey[]): AccessKey | null {
    const id = digestOf(token);
    const session = this.#sessions.get(id);
    if (session === undefined) return null;
    const now = this.#now();
    const isOver = now - session.seenAt > IDLE_MS || now - session.openedAt > LONGEST_MS;
    const opener = keys.find(({ key }) => digestOf(key) === session.key);
    this.#sessions.delete(id);
    if (isOver || opener === undefined) return null;
    session.seenAt = now;
    this.#sessions.set(id, session);
    return opener;
  }

  close(token: string): void {
    this.#sessions.delete(digestOf(token));
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
