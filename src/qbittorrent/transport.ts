/**
 * HTTP to one qBittorrent over a keep-alive agent. node:http and not fetch, which costs 12 MB of memory.
 *
 * Invariant: every request settles within `timeoutMs`, with a whole body or an error, never with part of one.
 */
import http from 'node:http';
import https from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { shownAddress } from '../control/shown-address.ts';
import { MOST_ERROR_BYTES, MOST_OTHER_BYTES } from './answer-limits.ts';
import { isReset, unreachableReason } from './connection-errors.ts';
import { excerptOf, QbittorrentUnreachable, UnexpectedAnswer } from './errors.ts';

export interface TransportOptions {
  /** Such as 'https://host:8080/prefix'; the path prefix is kept, user name and query are not used. */
  readonly baseUrl: string;
  /** For the whole request, from connecting to the last byte of the body. */
  readonly timeoutMs: number;
  /** PEM text of certificates to trust besides none other. */
  readonly ca?: string;
  /** false accepts any certificate. */
  readonly rejectUnauthorized?: boolean;
}

/** The connection was closed just as it was used again, or the login had expired. */
export type RepeatReason = 'connection-lost' | 'session-expired';

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Doing it twice does no harm, so it is repeated once when a kept-alive connection turns out dead. */
  readonly idempotent?: boolean;
  /** Largest body taken of a 2xx answer, bytes; MOST_OTHER_BYTES by default. */
  readonly maxBodyBytes?: number;
  /** Takes the body of a 2xx answer as it comes; `Answer.body` is then ''. What it throws ends the request. */
  readonly onChunk?: (chunk: Buffer) => void;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

interface Prepared {
  readonly endpoint: string;
  readonly options: https.RequestOptions;
  readonly payload: string | null;
  readonly request: RequestOptions;
  readonly deadline: number;
}

/** Of a large body megabytes may be there at once: others have their turn after so much, or so long. */
const MOST_AT_ONCE_BYTES = 64 * 1024;
const MOST_AT_ONCE_MS = 4;

export class Transport {
  /** Scheme, host, port and prefix, for messages: what of the prefix may be a key is `***`. */
  readonly address: string;
  readonly #options: TransportOptions;
  readonly #send: typeof http.request;
  /** Of every request: where it goes, and whom it trusts. */
  readonly #fixed: https.RequestOptions;
  /** Before each endpoint. */
  readonly #path: string;
  readonly #agent: http.Agent;
  readonly #onRepeat: (reason: RepeatReason) => void;
  #closed = false;

  /** @throws TypeError when `baseUrl` is not an http(s) URL */
  constructor(options: TransportOptions, onRepeat: (reason: RepeatReason) => void = () => undefined) {
    const base = new URL(options.baseUrl);
    if (base.protocol !== 'http:' && base.protocol !== 'https:') {
      throw new TypeError(`expected an http:// or https:// address, got ${base.protocol}`);
    }
    const prefix = base.pathname.replace(/\/+$/, '');
    this.address = shownAddress(`${base.origin}${prefix}`);
    this.#path = `${prefix}/api/v2/`;
    this.#options = options;
    this.#onRepeat = onRepeat;
    const secure = base.protocol === 'https:';
    this.#send = secure ? https.request : http.request;
    const { ca, rejectUnauthorized } = options;
    const { protocol, hostname, port } = urlToHttpOptions(base);
    this.#fixed = {
      protocol,
      hostname,
      port: port ?? null,
      ...(ca === undefined ? {} : { ca }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    };
    this.#agent = secure ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true });
  }

  /**
   * @param endpoint below /api/v2/, such as 'sync/maindata'
   * @throws QbittorrentUnreachable, UnexpectedAnswer (body too large), the signal's reason when aborted
   */
  async request(method: 'GET' | 'POST', endpoint: string, request: RequestOptions = {}): Promise<Answer> {
    request.signal?.throwIfAborted();
    if (this.#closed) throw new QbittorrentUnreachable(this.address, endpoint, 'closed');
    const prepared = this.#prepare(method, endpoint, request);
    try {
      return await this.#exchange(prepared, this.#agent);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      if (!(request.idempotent ?? method === 'GET')) throw error.unreachable;
      this.#onRepeat('connection-lost');
      // Other idle connections are likely as dead as this one: repeat on a new connection of its own.
      return await this.#exchange(prepared, false);
    }
  }

  /** Ends all connections; requests under way fail. */
  close(): void {
    this.#closed = true;
    this.#agent.destroy();
  }

  #prepare(method: string, endpoint: string, request: RequestOptions): Prepared {
    const query = request.query === undefined ? '' : `?${new URLSearchParams(request.query)}`;
    const payload = request.form === undefined ? null : new URLSearchParams(request.form).toString();
    // Neither Referer nor Origin: qBittorrent's CSRF protection refuses foreign ones and needs none.
    const headers: Record<string, string | number> = { 'accept-encoding': 'identity', ...request.headers };
    if (payload !== null) {
      headers['content-type'] = 'application/x-www-form-urlencoded';
      headers['content-length'] = Buffer.byteLength(payload);
    }
    const options = { ...this.#fixed, path: `${this.#path}${endpoint}${query}`, method, headers };
    return { endpoint, options, payload, request, deadline: performance.now() + this.#options.timeoutMs };
  }

  #exchange(prepared: Prepared, agent: http.Agent | false): Promise<Answer> {
    const { endpoint, options, payload, request, deadline } = prepared;
    return new Promise((resolve, reject) => {
      const outgoing = this.#send({ ...options, agent });
      let responded = false;
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        request.signal?.removeEventListener('abort', onAbort);
        act();
      };
      const fail = (error: unknown): void => {
        settle(() => reject(error));
        outgoing.destroy();
      };
      const breakOff = (cause: unknown): void => {
        const reason = this.#closed ? 'closed' : unreachableReason(cause);
        const error = new QbittorrentUnreachable(this.address, endpoint, reason, cause ?? undefined);
        const stale = outgoing.reusedSocket && !responded && !this.#closed && isReset(cause);
        fail(stale ? new StaleConnection(error) : error);
      };
      const onAbort = (): void => fail(request.signal?.reason);
      const timer = setTimeout(
        () => fail(new QbittorrentUnreachable(this.address, endpoint, 'timeout')),
        Math.max(1, deadline - performance.now()),
      );
      request.signal?.addEventListener('abort', onAbort, { once: true });

      outgoing.on('error', breakOff);
      outgoing.on('response', (incoming) => {
        responded = true;
        this.#readBody(incoming, prepared, fail, breakOff, (answer) => settle(() => resolve(answer)));
      });
      // A switch to another protocol is no answer, and one who asked for none gets no further event.
      outgoing.on('upgrade', (incoming, socket) => {
        socket.destroy();
        const got = `a switch to the protocol ${excerptOf(String(incoming.headers.upgrade ?? ''))}`;
        fail(new UnexpectedAnswer(endpoint, incoming.statusCode ?? 0, 'an answer', got));
      });
      outgoing.on('close', () => {
        if (!responded) breakOff(null);
      });
      outgoing.end(payload ?? undefined);
    });
  }

  #readBody(
    incoming: http.IncomingMessage,
    { endpoint, request }: Prepared,
    fail: (error: unknown) => void,
    breakOff: (cause: unknown) => void,
    done: (answer: Answer) => void,
  ): void {
    const status = incoming.statusCode ?? 0;
    const isGood = status >= 200 && status < 300;
    const maxBodyBytes = (isGood ? request.maxBodyBytes : undefined) ?? MOST_OTHER_BYTES;
    const collected: Buffer[] = [];
    const collect = (chunk: Buffer): void => {
      // Of an error no more is looked at than its beginning.
      if (isGood || bytes <= MOST_ERROR_BYTES) collected.push(chunk);
    };
    const take = isGood ? (request.onChunk ?? collect) : collect;
    let bytes = 0;
    let atOnce = 0;
    let since = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (atOnce === 0) since = performance.now();
      atOnce += chunk.length;
      try {
        if (bytes > maxBodyBytes) {
          throw new UnexpectedAnswer(endpoint, status, `at most ${maxBodyBytes} bytes`, 'a larger body');
        }
        take(chunk);
      } catch (error) {
        fail(error);
      }
      if (atOnce < MOST_AT_ONCE_BYTES && performance.now() - since < MOST_AT_ONCE_MS) return;
      atOnce = 0;
      incoming.pause();
      setImmediate(() => incoming.resume());
    });
    incoming.on('error', breakOff);
    incoming.on('close', () => {
      if (!incoming.complete) breakOff(null);
      else done({ status, headers: incoming.headers, body: Buffer.concat(collected).toString('utf8') });
    });
  }
}

/** Carries the error to throw in case the request is not repeated. */
class StaleConnection extends Error {
  override readonly name = 'StaleConnection';
  readonly unreachable: QbittorrentUnreachable;

  constructor(unreachable: QbittorrentUnreachable) {
    super(unreachable.message);
    this.unreachable = unreachable;
  }
}
