import type { KeyScope } from '../config/access.ts';
import type { Client } from './client.ts';

/** By what right a request is allowed in. */
export type Grant = 'open' | 'public' | 'loopback' | 'key' | 'session';

/** Who asks, and by what right. */
export interface RequestOrigin extends Omit<Client, 'isDoubtful'> {
  readonly grant: Grant;
  /** What the right reaches to; null: it is what is open to all. */
  readonly scope: KeyScope | null;
  /** As `clientNetwork` names the client's. */
  readonly network: string;
  /** The Host header: the name that the client knows the service by. */
  readonly host: string | undefined;
  /** The Origin header, which was found to be ours where the request changes something. */
  readonly origin: string | undefined;
  /** Of the cookies that came with it, whether or not their sessions are alive. */
  readonly sessionTokens: readonly string[];
  /** Whether the same request would still be let in: an answer may go on for days. */
  readonly isStillGranted: () => boolean;
}
