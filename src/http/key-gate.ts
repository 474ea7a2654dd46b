import { createHash, timingSafeEqual } from 'node:crypto';
import { clientNetwork } from '../config/addresses.ts';
import type { AccessKey } from './access.ts';
import { HttpProblem } from './errors.ts';
import { KeyBackOff } from './key-back-off.ts';
import type { HttpLog } from './log.ts';

const HINT =
  "Send it as the header X-Api-Key, or as ?apikey= in the URL. It was shown at Qguardarr's first start and is " +
  'kept in its data folder, unless the config or QGUARDARR_API_KEY sets it.';

export interface KeyGateOptions {
  /** The keys in force. */
  readonly keys: () => readonly AccessKey[];
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly log: HttpLog;
}

/** Compares keys, ever more slowly for an address that sends wrong ones. */
export class KeyGate {
  readonly #options: KeyGateOptions;
  readonly #backOff: KeyBackOff;

  constructor(options: KeyGateOptions) {
    this.#options = options;
    this.#backOff = new KeyBackOff(options.now);
  }

  /** The key in force that it is, null for none; takes as long whatever was given, and counts nothing. */
  find(given: string): AccessKey | null {
    const digest = digestOf(given);
    let found: AccessKey | null = null;
    for (const inForce of this.#options.keys()) {
      if (timingSafeEqual(digest, digestOf(inForce.key)) && given !== '') found ??= inForce;
    }
    return found;
  }

  /** The key in force that it is. Throws HttpProblem: 401 for a wrong key, 429 for any of an address that is paused. */
  check(given: string, address: string): AccessKey {
    const client = clientNetwork(address);
    const waitMs = this.#backOff.waitMs(client);
    if (waitMs > 0) throw tooManyTries(waitMs);
    const found = this.find(given);
    if (found !== null) {
      // A lesser key must not clear the count, or its holder could guess at the others without a pause.
      if (found.scope === 'admin') this.#backOff.succeeded(client);
      return found;
    }
    const pauseMs = this.#backOff.failed(client);
    if (pauseMs > 0)
      this.#options.log.warn({ address, pauseMs }, 'wrong API key again and again: address paused');
    throw unauthorized('key_wrong', `This API key is not the right one. ${HINT}`);
  }
}

export function keyMissing(): HttpProblem {
  return unauthorized('key_missing', `This request needs the API key. ${HINT}`);
}

export function unauthorized(code: string, message: string): HttpProblem {
  return new HttpProblem(401, code, message, {
    headers: { 'WWW-Authenticate': 'ApiKey header="X-Api-Key"' },
  });
}

/** Digests have one length whatever was given, and comparing them tells nothing of where the keys differ. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function tooManyTries(waitMs: number): HttpProblem {
  const seconds = Math.ceil(waitMs / 1000);
  return new HttpProblem(
    429,
    'too_many_wrong_keys',
    `Too many wrong API keys came from this address: try again in ${seconds} s.`,
    { details: { retry_after_seconds: seconds }, headers: { 'Retry-After': String(seconds) } },
  );
}
