import type { Client } from './client.ts';

/** By what right a request is allowed in. */
export type Grant = 'open' | 'public' | 'loopback' | 'key' | 'session';

/** Who asks, and by what right. */
export interface RequestOrigin extends Client {
  readonly grant: Grant;
  /** The Host header: the name that the client knows the service by. */
  readonly host: string | undefined;
  /** Of the cookie that came with it, whether or not its session is alive. */
  readonly sessionToken: string | null;
  /** Whether the same request would still be let in: an answer may go on for days. */
  readonly isStillGranted: () => boolean;
}
