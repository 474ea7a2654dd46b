/**
 * Who we are to qBittorrent. Every request first goes out as it stands: with 'bypass authentication for
 * localhost' no login is ever needed. A 403 means that it is, or that the session has expired: then one login,
 * shared by all requests that met a 403, and the request once more. With an API key there is no login.
 *
 * Modes: open -> (credentials refused) -> refused -> reset() -> open.
 * Invariant: once refused, nothing is sent until reset(); five refusals would ban this address for an hour.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { MOST_COOKIE_CHARACTERS, MOST_COOKIES } from './answer-limits.ts';
import { AddressBanned, CredentialsRefused, EndpointMissing, excerptOf, UnexpectedAnswer } from './errors.ts';
import type { Answer, RepeatReason, RequestOptions, Transport } from './transport.ts';

export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  /** Sent as Bearer, instead of a login (qBittorrent 5.2 and later). */
  readonly apiKey?: string;
}

type RefusedWhat = 'password' | 'api-key' | 'missing';

const LOGIN = 'auth/login';

export class Session {
  readonly #transport: Transport;
  readonly #credentials: Credentials;
  readonly #onRepeat: (reason: RepeatReason) => void;
  readonly #cookies = new Map<string, string>();
  #refused: RefusedWhat | null = null;
  /** Counts logins that ended, either way: a 403 to a request sent before the latest one leads to no further login. */
  #loginsEnded = 0;
  /** How the latest login failed; null when it was good. */
  #loginFailure: unknown = null;
  #loginUnderWay: Promise<void> | null = null;

  constructor(
    transport: Transport,
    credentials: Credentials,
    onRepeat: (reason: RepeatReason) => void = () => undefined,
  ) {
    this.#transport = transport;
    this.#credentials = credentials;
    this.#onRepeat = onRepeat;
  }

  /**
   * As `Transport.request`, logged in. Any status but 403 is the caller's to judge.
   * @throws CredentialsRefused, AddressBanned, UnexpectedAnswer (403 right after a login), and what Transport throws
   */
  async request(method: 'GET' | 'POST', endpoint: string, options: RequestOptions = {}): Promise<Answer> {
    this.#throwIfRefused();
    const endedBefore = this.#loginsEnded;
    const first = await this.#send(method, endpoint, options);
    if (first.status !== 403) return first;
    if (hasText(this.#credentials.apiKey)) throw this.#refuse('api-key');
    if (!hasText(this.#credentials.username)) throw this.#refuse('missing');
    this.#throwIfRefused();
    if (this.#loginsEnded === endedBefore) await untilAborted(this.#sharedLogin(), options.signal);
    else if (this.#loginFailure !== null) throw this.#loginFailure;
    this.#onRepeat('session-expired');
    const second = await this.#send(method, endpoint, options);
    if (second.status !== 403) return second;
    throw new UnexpectedAnswer(
      endpoint,
      403,
      'an answer after a good login (does a proxy strip Set-Cookie or Cookie?)',
      excerptOf(second.body),
    );
  }

  /** Forgets the session and any refusal. */
  reset(): void {
    this.#cookies.clear();
    this.#refused = null;
    this.#loginUnderWay = null;
    this.#loginFailure = null;
  }

  async #send(method: 'GET' | 'POST', endpoint: string, options: RequestOptions): Promise<Answer> {
    const headers: Record<string, string> = { ...options.headers };
    if (hasText(this.#credentials.apiKey)) headers.authorization = `Bearer ${this.#credentials.apiKey}`;
    if (this.#cookies.size > 0) {
      headers.cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    }
    const answer = await this.#transport.request(method, endpoint, { ...options, headers });
    this.#keepCookies(answer.headers);
    return answer;
  }

  /** Without a login too: deltas are per session, and with the bypass each request without cookie starts one. */
  #keepCookies(headers: IncomingHttpHeaders): void {
    for (const line of headers['set-cookie'] ?? []) {
      const pair = line.split(';', 1)[0] ?? '';
      const equals = pair.indexOf('=');
      if (equals <= 0) continue;
      const name = pair.slice(0, equals).trim();
      const value = pair.slice(equals + 1).trim();
      if (value === '') this.#cookies.delete(name);
      else if (this.#hasRoomFor(name, value)) this.#cookies.set(name, value);
    }
  }

  /** Whoever sends more cookies than any client or proxy has them dropped, not those that came first. */
  #hasRoomFor(name: string, value: string): boolean {
    const others = [...this.#cookies].filter(([other]) => other !== name);
    const characters = [...others, [name, value]].join('').length;
    return others.length < MOST_COOKIES && characters <= MOST_COOKIE_CHARACTERS;
  }

  #sharedLogin(): Promise<void> {
    if (this.#loginUnderWay !== null) return this.#loginUnderWay;
    const login: Promise<void> = this.#login().then(
      () => this.#endLogin(login, null),
      (error: unknown) => {
        this.#endLogin(login, error);
        throw error;
      },
    );
    // Every caller may have been aborted meanwhile: then no one listens.
    login.catch(() => undefined);
    this.#loginUnderWay = login;
    return login;
  }

  /** One that a reset has overtaken says nothing about the credentials to be tried now. */
  #endLogin(login: Promise<void>, failure: unknown): void {
    if (this.#loginUnderWay !== login) return;
    this.#loginUnderWay = null;
    this.#loginsEnded += 1;
    this.#loginFailure = failure;
    if (failure instanceof CredentialsRefused) this.#refused = 'password';
  }

  async #login(): Promise<void> {
    this.#cookies.clear();
    const { username = '', password = '' } = this.#credentials;
    // Belongs to all who wait for it, so no single caller's signal may end it; the time limit does.
    const answer = await this.#send('POST', LOGIN, { form: { username, password } });
    const body = answer.body.trim();
    if (answer.status === 403) throw new AddressBanned(this.#transport.address);
    if (answer.status === 401 || (answer.status === 200 && body === 'Fails.')) {
      throw new CredentialsRefused(this.#transport.address, 'password');
    }
    if (answer.status === 204 || (answer.status === 200 && body === 'Ok.')) return;
    if (answer.status === 404) throw new EndpointMissing(this.#transport.address, LOGIN);
    throw new UnexpectedAnswer(LOGIN, answer.status, '"Ok.", "Fails.", 204 or 401', excerptOf(answer.body));
  }

  #refuse(what: RefusedWhat): CredentialsRefused {
    this.#refused = what;
    return new CredentialsRefused(this.#transport.address, what);
  }

  #throwIfRefused(): void {
    if (this.#refused !== null) throw new CredentialsRefused(this.#transport.address, this.#refused);
  }
}

function hasText(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

/** Settles as `work` does, or rejects with the signal's reason; `work` itself goes on. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
