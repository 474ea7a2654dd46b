import type { Socket } from 'node:net';
import path from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { Config } from '../config/schema.ts';
import { shownAddress } from '../control/shown-address.ts';
import { KIB, MIB, readRegular, readRegularText } from '../files/read-regular.ts';
import { API_KEY_FILE } from '../http/api-key-file.ts';
import { lockFileOf } from '../journal/lock-file.ts';
import { type ExchangeAnswer, exchange } from './exchange.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { loadOrExplain } from './load.ts';
import { localUrl } from './local-url.ts';
import { printError } from './output.ts';
import { connectToHolder, UnknownPeer } from './service-peer.ts';

/** A rollback may be waited for, for a minute. */
const TIMEOUT_MS = 75_000;

/** The running service doesn't answer, or refuses; the message says what helps, and holds no key. */
export class ServiceProblem extends Error {
  override readonly name = 'ServiceProblem';
}

/** Nothing answers where the service should. */
export class NoService extends ServiceProblem {}

const Json = t.UnknownRecord;
const Problem = t.type({ message: t.string });

/** The HTTP API of the running service. */
export class ServiceClient {
  readonly #url: URL;
  readonly #key: string;
  readonly #certificate: Buffer | null;
  readonly #dial: (() => Promise<Socket>) | null;
  /** It answered 401. */
  #wantsKey = false;

  /**
   * @param key '' for none. It is sent only to a service that refuses a request without it
   * @param certificate the only one to accept, as `exchange` has it
   * @param dial connects to the service for a request with the key, or rejects with UnknownPeer; null: whoever answers
   * at the URL gets the key
   */
  constructor(
    url: URL,
    key: string,
    certificate: Buffer | null = null,
    dial: (() => Promise<Socket>) | null = null,
  ) {
    this.#url = url;
    this.#key = key;
    this.#certificate = certificate;
    this.#dial = dial;
  }

  get(route: string): Promise<Record<string, unknown>> {
    return this.#ask(route, { method: 'GET' });
  }

  post(route: string, body: Record<string, unknown>): Promise<Record<string, unknown>> {
    return this.#ask(route, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  }

  async #ask(route: string, request: Request): Promise<Record<string, unknown>> {
    const { origin, pathname } = this.#url;
    const base = `${origin}${pathname.replace(/\/+$/, '')}`;
    const address = shownAddress(base);
    let answered: ExchangeAnswer;
    try {
      answered = await this.#exchange(new URL(`${base}${route}`), request);
    } catch (error) {
      if (error instanceof UnknownPeer) {
        throw new NoService(
          `what answers at ${address} wants the API key, which was not sent: ${error.message}. Is the service running? ` +
            'In a container, run the command there',
        );
      }
      const { code, name } = error as NodeJS.ErrnoException;
      throw new NoService(
        `no service answers at ${address} (${code ?? name}): is it running? Start it with "qguardarr run", or name it by --url`,
      );
    }
    const { status, text } = answered;
    if (status >= 300 && status < 400) {
      throw new ServiceProblem(
        `${address} leads elsewhere (HTTP ${status}), and the key is not carried along: name the service by --url as it is reached`,
      );
    }
    const answer = parse(text);
    if (answer === null) {
      throw new ServiceProblem(
        `what answers at ${address} is no Qguardarr: it sent no JSON (HTTP ${status})`,
      );
    }
    if (status >= 400) {
      const problem = Problem.is(answer) ? answer.message : `HTTP ${status}`;
      throw new ServiceProblem(`the service refuses: ${problem}`);
    }
    return answer;
  }

  async #exchange(url: URL, request: Request): Promise<ExchangeAnswer> {
    if (!this.#wantsKey) {
      const answered = await this.#send(url, request, null);
      if (answered.status !== 401 || this.#key === '') return answered;
      this.#wantsKey = true;
    }
    const socket = this.#dial === null ? null : await this.#dial();
    return await this.#send(
      url,
      { ...request, headers: { ...request.headers, 'x-api-key': this.#key } },
      socket,
    );
  }

  async #send(url: URL, request: Request, socket: Socket | null): Promise<ExchangeAnswer> {
    return await exchange(url, {
      headers: {},
      ...request,
      timeoutMs: TIMEOUT_MS,
      certificate: this.#certificate,
      socket,
    });
  }
}

interface Request {
  readonly method: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const decoded = Json.decode(JSON.parse(text));
    return isLeft(decoded) ? null : decoded.right;
  } catch {
    return null;
  }
}

/** The service of this config on this machine. Only the process that holds the journal's lock is given the key. */
export async function clientOf(config: Config): Promise<ServiceClient> {
  const { tls_cert_file: certFile } = config.global;
  const certificate = certFile === '' ? null : await readRegular(certFile, MIB).catch(() => null);
  const url = new URL(localUrl(config));
  const lock = lockFileOf(config.rollback.database_path);
  const dial = () => connectToHolder(url, lock);
  return new ServiceClient(url, await keptApiKey(config), certificate, dial);
}

/**
 * Runs the work with the service that the options name. One that doesn't answer or refuses is one line and its exit
 * code. With `--url` and no config, the key is that of the environment.
 */
export async function withService(
  options: { readonly config: string | null; readonly url: string | null },
  work: (client: ServiceClient) => Promise<ExitCode>,
): Promise<ExitCode> {
  const client = await connect(options);
  if (typeof client === 'number') return client;
  return await reportingProblems(() => work(client));
}

export async function reportingProblems(work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ServiceProblem)) throw error;
    printError(error.message);
    return EXIT.service;
  }
}

async function connect(options: {
  readonly config: string | null;
  readonly url: string | null;
}): Promise<ServiceClient | ExitCode> {
  const { url } = options;
  if (url !== null && !(URL.canParse(url) && /^https?:/i.test(url))) {
    printError(`--url takes an http:// or https:// address, got "${shownAddress(url)}"`);
    return EXIT.usage;
  }
  const key = process.env.QGUARDARR_API_KEY;
  if (url !== null && key) return new ServiceClient(new URL(url), key);
  const loaded = await loadOrExplain(options.config);
  if (loaded === null) return EXIT.invalid;
  if (url === null) return await clientOf(loaded.config);
  return new ServiceClient(new URL(url), await keptApiKey(loaded.config));
}

/** As the service has it: configured, or made at its first start; '' when it can't be read, as loopback needs none. */
export async function keptApiKey(config: Config): Promise<string> {
  if (config.auth.api_key !== '') return config.auth.api_key;
  const file = path.join(path.dirname(config.rollback.database_path), API_KEY_FILE);
  return (await readRegularText(file, 64 * KIB).catch(() => '')).trim();
}
