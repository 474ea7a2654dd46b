import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { Config } from '../config/schema.ts';
import { API_KEY_FILE } from '../http/api-key-file.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { loadOrExplain } from './load.ts';
import { localUrl } from './local-url.ts';
import { printError } from './output.ts';

/** A rollback may be waited for, for a minute. */
const TIMEOUT_MS = 75_000;

/** The running service doesn't answer, or refuses; the message says what helps, and holds no key. */
export class ServiceProblem extends Error {
  override readonly name = 'ServiceProblem';
}

const Json = t.UnknownRecord;
const Problem = t.type({ message: t.string });

/** The HTTP API of the running service. */
export class ServiceClient {
  readonly #url: URL;
  readonly #key: string;

  /** @param key '' for none */
  constructor(url: URL, key: string) {
    this.#url = url;
    this.#key = key;
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

  async #ask(
    route: string,
    { headers, ...init }: { method: string; body?: string; headers?: Record<string, string> },
  ): Promise<Record<string, unknown>> {
    const { origin, pathname } = this.#url;
    const address = `${origin}${pathname.replace(/\/+$/, '')}`;
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${address}${route}`, {
        ...init,
        headers: { ...headers, ...(this.#key === '' ? {} : { 'x-api-key': this.#key }) },
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      text = await response.text();
    } catch (error) {
      const { cause } = error as Error;
      const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? (error as Error).name;
      throw new ServiceProblem(
        `no service answers at ${address} (${code}): is it running? Start it with "qguardarr run", or name it by --url`,
      );
    }
    const answer = parse(text);
    if (answer === null) {
      throw new ServiceProblem(
        `what answers at ${address} is no Qguardarr: it sent no JSON (HTTP ${response.status})`,
      );
    }
    if (!response.ok) {
      const problem = Problem.is(answer) ? answer.message : `HTTP ${response.status}`;
      throw new ServiceProblem(`the service refuses: ${problem}`);
    }
    return answer;
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const decoded = Json.decode(JSON.parse(text));
    return isLeft(decoded) ? null : decoded.right;
  } catch {
    return null;
  }
}

/** The service of this config on this machine. */
export async function clientOf(config: Config): Promise<ServiceClient> {
  return new ServiceClient(new URL(localUrl(config)), await keptApiKey(config));
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
    printError(`--url takes an http:// or https:// address, got "${url}"`);
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
  return (await readFile(file, 'utf8').catch(() => '')).trim();
}
