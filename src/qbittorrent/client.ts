/**
 * What Qguardarr asks of one qBittorrent (WebAPI 2.8 or later) and tells it. All of a cycle's reading is one `mainData`;
 * all its writing is `setUploadLimit`, one call for each distinct limit.
 *
 * Invariant: nothing is written while `writesAllowed` answers false, by any path.
 */
import * as t from 'io-ts';
import { MOST_DEPTH, MOST_SYNC_BYTES } from './answer-limits.ts';
import { decodeAnswer, type MainData } from './codecs.ts';
import {
  EndpointMissing,
  excerptOf,
  UnexpectedAnswer,
  UnsupportedVersion,
  WritesForbidden,
} from './errors.ts';
import {
  decodeExternalPrograms,
  type ExternalPrograms,
  encodeExternalPrograms,
} from './external-programs.ts';
import { isNestedWithin } from './json-depth.ts';
import { MainDataReader } from './main-data-reader.ts';
import { decodePreferences, type Preferences } from './preferences.ts';
import { type Credentials, Session } from './session.ts';
import type { TorrentColumns } from './torrent-columns.ts';
import {
  type Answer,
  type RepeatReason,
  type RequestOptions,
  Transport,
  type TransportOptions,
} from './transport.ts';
import { checkInfoHashes, checkUploadLimit, hashesOfCalls } from './upload-limit-calls.ts';

export interface QbittorrentOptions extends TransportOptions, Credentials {
  /** Names this qBittorrent in keys and in the journal; 'default' unless there are several. */
  readonly instance: string;
}

export interface CallReport {
  readonly endpoint: string;
  readonly ms: number;
  readonly ok: boolean;
  /** Absent when no answer came. */
  readonly status?: number;
}

export interface ClientHooks {
  /** Asked before every write; false makes it throw WritesForbidden. */
  readonly writesAllowed: () => boolean;
  /** Told of every call, failed ones too. What it throws is lost. */
  readonly onCall?: (call: CallReport) => void;
  /** Told of every request that goes out once more. What it throws is lost. */
  readonly onRepeat?: (reason: RepeatReason) => void;
}

/** What a client is, as far as it matters. */
export interface ClientVersion {
  readonly appVersion: string;
  /** It has `clientData`. */
  readonly keepsClientData: boolean;
}

export interface CallStats {
  readonly calls: number;
  readonly errors: number;
  /** Ms from request to whole answer of the last call that had one; null before the first. */
  readonly lastLatencyMs: number | null;
}

/** Older ones have not been tried; 2.8.19 (4.5.2) is the oldest that has. */
const MINIMUM_WEB_API = '2.8';
const CLIENT_DATA_WEB_API = '2.13.1';

export class QbittorrentClient {
  readonly instance: string;
  readonly #transport: Transport;
  readonly #session: Session;
  readonly #hooks: ClientHooks;
  #stats: CallStats = { calls: 0, errors: 0, lastLatencyMs: null };

  /** @throws TypeError when `baseUrl` is no http(s) address */
  constructor(options: QbittorrentOptions, hooks: ClientHooks) {
    this.instance = options.instance;
    this.#hooks = hooks;
    const onRepeat = (reason: RepeatReason) => this.#tell(() => hooks.onRepeat?.(reason));
    this.#transport = new Transport(options, onRepeat);
    this.#session = new Session(this.#transport, options, onRepeat);
  }

  get stats(): CallStats {
    return this.#stats;
  }

  /**
   * Finds out whether a qBittorrent is there, lets us in and is recent enough.
   * @throws QbittorrentError of any kind; UnsupportedVersion below WebAPI 2.8
   */
  async connect(signal?: AbortSignal): Promise<ClientVersion> {
    const appVersion = await this.#version('app/version', /^v?\d+\.\d+/, signal);
    const webApiVersion = await this.#version('app/webapiVersion', /^\d+\.\d+(\.\d+)*$/, signal);
    if (isOlder(webApiVersion, MINIMUM_WEB_API)) {
      throw new UnsupportedVersion(appVersion, webApiVersion, MINIMUM_WEB_API);
    }
    return { appVersion, keepsClientData: !isOlder(webApiVersion, CLIENT_DATA_WEB_API) };
  }

  /**
   * @param rid of the last answer that was taken over, or 0 for a full picture. Asking again with the same
   *   one is safe: the answer then holds all that changed since.
   * @param torrents empty ones, to be filled with what the answer tells of torrents; not to be used again when it throws
   * @param known torrents that it had before: lists of far more are cut; as many as there can be by default
   * @throws QbittorrentError; UnexpectedAnswer when anything in use has the wrong shape
   */
  async mainData(
    rid: number,
    signal?: AbortSignal,
    torrents?: TorrentColumns,
    known?: number,
  ): Promise<MainData> {
    const endpoint = 'sync/maindata';
    const reader = new MainDataReader(endpoint, torrents, known);
    return await this.#call('GET', endpoint, {
      query: { rid: String(rid) },
      onChunk: (chunk) => reader.push(chunk),
      maxBodyBytes: MOST_SYNC_BYTES,
      signal,
      finish: () => reader.end(),
    });
  }

  /**
   * Sets one limit on many torrents. qBittorrent ignores info-hashes it doesn't know. When it throws, aborted
   * or not, some of the torrents may have the limit already.
   * @param limitWire B/s: 0 for none, or 1024 to MAX_LIMIT_BPS
   * @throws RangeError before anything is sent; WritesForbidden; QbittorrentError
   */
  async setUploadLimit(
    infoHashes: readonly string[],
    limitWire: number,
    signal?: AbortSignal,
  ): Promise<void> {
    checkUploadLimit(limitWire);
    await this.#writeUploadLimit(infoHashes, limitWire, signal);
  }

  /**
   * Gives a limit back that was a torrent's own: as `setUploadLimit`, but one under 1024 B/s is taken too.
   * @param limitWire B/s: 0 for none, or 1 to MAX_LIMIT_BPS, as it was read from qBittorrent
   */
  async restoreUploadLimit(
    infoHashes: readonly string[],
    limitWire: number,
    signal?: AbortSignal,
  ): Promise<void> {
    checkUploadLimit(limitWire, 1);
    await this.#writeUploadLimit(infoHashes, limitWire, signal);
  }

  /** @throws QbittorrentError */
  async preferences(signal?: AbortSignal): Promise<Preferences> {
    const endpoint = 'app/preferences';
    return await this.#call('GET', endpoint, {
      signal,
      finish: (answer) => decodePreferences(parseJson(answer, endpoint), endpoint),
    });
  }

  /** @throws QbittorrentError */
  async externalPrograms(signal?: AbortSignal): Promise<ExternalPrograms> {
    const endpoint = 'app/preferences';
    return await this.#call('GET', endpoint, {
      signal,
      finish: (answer) => decodeExternalPrograms(parseJson(answer, endpoint), endpoint),
    });
  }

  /** @throws WritesForbidden; QbittorrentError */
  async setExternalPrograms(programs: ExternalPrograms, signal?: AbortSignal): Promise<void> {
    const endpoint = 'app/setPreferences';
    if (!this.#hooks.writesAllowed()) throw new WritesForbidden(endpoint);
    const form = { json: encodeExternalPrograms(programs) };
    await this.#call('POST', endpoint, { form, signal, idempotent: true, finish: () => undefined });
  }

  /**
   * What programs keep in the client under one name, from WebAPI 2.13.1 on; undefined where there is nothing.
   * @throws QbittorrentError; UnexpectedAnswer when the answer is not an object
   */
  async clientData(name: string, signal?: AbortSignal): Promise<unknown> {
    const endpoint = 'clientdata/load';
    return await this.#call('GET', endpoint, {
      query: { keys: JSON.stringify([name]) },
      signal,
      finish: (answer) => decodeAnswer(t.UnknownRecord, parseJson(answer, endpoint), endpoint)[name],
    });
  }

  /**
   * Keeps a small value in the client under a name. There is no compare-and-set.
   * @param value null: removes it
   * @throws WritesForbidden; QbittorrentError
   */
  async setClientData(name: string, value: object | null, signal?: AbortSignal): Promise<void> {
    const endpoint = 'clientdata/store';
    if (!this.#hooks.writesAllowed()) throw new WritesForbidden(endpoint);
    const form = { data: JSON.stringify({ [name]: value }) };
    await this.#call('POST', endpoint, { form, signal, idempotent: true, finish: () => undefined });
  }

  /** Forgets the session, and that credentials were refused: the next call tries them again. */
  reset(): void {
    this.#session.reset();
  }

  /** Ends all connections. Calls under way and later ones fail with QbittorrentUnreachable. */
  close(): void {
    this.#transport.close();
  }

  async #version(endpoint: string, form: RegExp, signal: AbortSignal | undefined): Promise<string> {
    return await this.#call('GET', endpoint, {
      signal,
      finish: (answer) => {
        const version = answer.body.trim();
        if (form.test(version) && version.length < 40) return version;
        throw new UnexpectedAnswer(
          endpoint,
          answer.status,
          'a version (is it a qBittorrent?)',
          excerptOf(version),
        );
      },
    });
  }

  async #writeUploadLimit(
    infoHashes: readonly string[],
    limitWire: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const endpoint = 'torrents/setUploadLimit';
    checkInfoHashes(infoHashes);
    for (const hashes of hashesOfCalls(infoHashes)) {
      if (!this.#hooks.writesAllowed()) throw new WritesForbidden(endpoint);
      const form = { hashes, limit: String(limitWire) };
      await this.#call('POST', endpoint, { form, signal, idempotent: true, finish: () => undefined });
    }
  }

  /** One call: counted, timed, its status judged. `finish` makes the result of a 2xx answer. */
  async #call<T>(
    method: 'GET' | 'POST',
    endpoint: string,
    { finish, ...options }: RequestOptions & { readonly finish: (answer: Answer) => T },
  ): Promise<T> {
    const startedAt = performance.now();
    let status: number | undefined;
    let ok = false;
    try {
      const answer = await this.#session.request(method, endpoint, options);
      status = answer.status;
      this.#stats = { ...this.#stats, lastLatencyMs: performance.now() - startedAt };
      this.#judge(answer, endpoint);
      const result = finish(answer);
      ok = true;
      return result;
    } finally {
      this.#report(endpoint, performance.now() - startedAt, ok, status);
    }
  }

  #judge(answer: Answer, endpoint: string): void {
    const { status, body } = answer;
    if (status >= 200 && status < 300) return;
    if (status === 404) throw new EndpointMissing(this.#transport.address, endpoint);
    throw new UnexpectedAnswer(endpoint, status, expectedInsteadOf(status), excerptOf(body));
  }

  #report(endpoint: string, ms: number, ok: boolean, status: number | undefined): void {
    const { calls, errors } = this.#stats;
    this.#stats = { ...this.#stats, calls: calls + 1, errors: ok ? errors : errors + 1 };
    this.#tell(() => this.#hooks.onCall?.({ endpoint, ms, ok, ...(status === undefined ? {} : { status }) }));
  }

  /** A listener's failure must not turn a write that succeeded into one that seems to have failed. */
  #tell(listener: () => void): void {
    try {
      listener();
    } catch {
      // Lost, as promised.
    }
  }
}

function expectedInsteadOf(status: number): string {
  if (status === 401) {
    return '2xx (its Host header validation or CSRF protection refuses us: use an address it accepts, or list this one under its server domains)';
  }
  if (status >= 300 && status < 400)
    return '2xx (a proxy redirects: set the address it redirects to, http or https)';
  if (status === 413) return '2xx (a proxy before it limits the size of requests)';
  if (status >= 502 && status <= 504) return '2xx (a proxy before it cannot reach qBittorrent)';
  return '2xx';
}

function parseJson(answer: Answer, endpoint: string): unknown {
  // Brackets by the million take seconds and hundreds of megabytes, though they are JSON.
  if (!isNestedWithin(answer.body, MOST_DEPTH)) {
    throw new UnexpectedAnswer(
      endpoint,
      answer.status,
      'JSON',
      `more than ${MOST_DEPTH} brackets in each other`,
    );
  }
  try {
    return JSON.parse(answer.body);
  } catch {
    throw new UnexpectedAnswer(endpoint, answer.status, 'JSON', excerptOf(answer.body));
  }
}

function isOlder(version: string, minimum: string): boolean {
  const parts = version.split('.').map(Number);
  const minimums = minimum.split('.').map(Number);
  for (const [index, least] of minimums.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part < least;
  }
  return false;
}
