import * as http from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Access, AccessKey } from '../../src/http/access.ts';
import type { HttpLog } from '../../src/http/log.ts';
import type { Observability } from '../../src/http/observability.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../src/http/server.ts';
import type { HealthReport, Operations } from '../../src/service/operations.ts';

/** The section of a config that says nothing of access. */
export const AUTH = {
  api_key: '',
  keys: [],
  allowed_hosts: [],
  trust_loopback: 'auto',
  public: [],
  trusted_proxies: [],
} as const;

export const API_KEY = 'correct-horse-battery-staple';

export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
}

export interface FakeOperations extends Operations {
  readonly calls: Call[];
}

/** Notes what it is asked and answers with something recognizable; `overrides` for the rest. */
export function fakeOperations(overrides: Partial<Operations> = {}): FakeOperations {
  const calls: Call[] = [];
  const answer = (name: string, value: Record<string, unknown> = { from: name }) => {
    return (...args: unknown[]) => {
      calls.push({ name, args });
      return value;
    };
  };
  const later = (name: string) => {
    return async (...args: unknown[]): Promise<Record<string, unknown>> => {
      calls.push({ name, args });
      return { status: 'success', from: name };
    };
  };
  const health: HealthReport = { status: 'healthy', problems: [], notes: [], uptime_seconds: 1 };
  return {
    calls,
    version: '9.8.7',
    health: () => health,
    state: () => ({ service: 'steady', link: 'online', cycle: 'idle', trackers: {}, last_events: [] }),
    stats: answer('stats'),
    trackerStats: () => ({ premium: { configured_limit_mbps: 4 } }),
    managed: answer('managed'),
    preview: answer('preview'),
    config: answer('config', { qbittorrent: { password: '***' } }),
    matchTest: answer('matchTest'),
    journalPage: later('journalPage'),
    torrents: (query) => {
      calls.push({ name: 'torrents', args: [query] });
      return { total: 0, offset: query.offset, limit: query.limit, items: [] };
    },
    history: () => ({ span_seconds: 600, at: [], trackers: {} }),
    live: () => [],
    watch: () => () => undefined,
    webhook: (notice) => {
      calls.push({ name: 'webhook', args: [notice] });
      return { queueSize: 3 };
    },
    forceCycle: later('forceCycle'),
    rollback: later('rollback'),
    resume: later('resume'),
    rollout: later('rollout'),
    resetLimits: later('resetLimits'),
    takeOwnership: later('takeOwnership'),
    adoptOriginals: later('adoptOriginals'),
    originals: answer('originals'),
    resetSmoothing: answer('resetSmoothing'),
    reloadConfig: later('reloadConfig'),
    ...overrides,
  };
}

export interface LogLine {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

export function fakeLog(): { readonly log: HttpLog; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  return { log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines };
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string | Buffer;
  /** Sent as JSON with its type. */
  readonly json?: unknown;
  /** Sent as a form with its type. */
  readonly form?: string;
  readonly agent?: http.Agent;
}

export interface TestServer {
  readonly server: HttpServer;
  readonly port: number;
  readonly operations: FakeOperations;
  readonly lines: LogLine[];
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** Opens a bare connection. */
  dial(): Promise<Socket>;
}

export const OBSERVABILITY: Observability = {
  metrics: async () => '# HELP up 1 while it runs.\n# TYPE up gauge\nup 1\n',
  testNotifications: async () => [],
};

/** A key that opens everything. */
export function keysOf(key: string): readonly AccessKey[] {
  return [{ name: 'main', scope: 'admin', key }];
}

/** As a config without a word on access has it, but for the key and one name. */
export const ACCESS: Access = {
  keys: keysOf(API_KEY),
  trustLoopback: true,
  publicReads: [],
  allowedHosts: ['seedbox.example.org'],
  trustedProxies: [],
  basePath: '',
};

export type ServerOverrides = Partial<Omit<HttpServerOptions, 'access'>> & {
  readonly fake?: Partial<Operations>;
  /** Over ACCESS; a function is asked at each request. */
  readonly access?: Partial<Access> | (() => Partial<Access>);
};

/** Runs `body` against a server on a free port of 127.0.0.1, and stops the server in any case. */
export async function withServer(
  overrides: ServerOverrides,
  body: (server: TestServer) => Promise<void>,
): Promise<void> {
  const operations = fakeOperations(overrides.fake);
  const { log, lines } = fakeLog();
  const { access = {} } = overrides;
  const server = createHttpServer({
    operations,
    ...OBSERVABILITY,
    log,
    ...overrides,
    access: () => ({ ...ACCESS, ...(typeof access === 'function' ? access() : access) }),
  });
  const { port } = await server.start({ host: '127.0.0.1', port: 0 });
  try {
    await body({
      server,
      port,
      operations,
      lines,
      ask: (method, path, options) => ask(port, method, path, options),
      dial: () => dial(port),
    });
  } finally {
    await server.stop(0);
  }
}

function bodyOf(options: AskOptions): { type: string | null; bytes: string | Buffer } {
  if (options.json !== undefined) return { type: 'application/json', bytes: JSON.stringify(options.json) };
  if (options.form !== undefined) return { type: 'application/x-www-form-urlencoded', bytes: options.form };
  return { type: null, bytes: options.body ?? '' };
}

export function ask(port: number, method: string, path: string, options: AskOptions = {}): Promise<Answer> {
  const { type, bytes } = bodyOf(options);
  const headers: Record<string, string> = {};
  if (type !== null) headers['Content-Type'] = type;
  if (bytes.length > 0) headers['Content-Length'] = String(Buffer.byteLength(bytes));
  Object.assign(headers, options.headers);
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, method, path, headers, agent: options.agent ?? false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const json = text.startsWith('{') ? JSON.parse(text) : {};
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
        });
      },
    );
    request.on('error', reject);
    request.end(bytes);
  });
}

function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket));
  });
}

/** Everything the server sends on this connection until it closes it. */
export function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.once('end', () => socket.end());
    socket.once('close', () => resolve(text));
  });
}

/** A promise with its settlers outside, to hold an operation under way for as long as a test needs. */
export function deferred<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((settle, fail) => {
    resolve = settle;
    reject = fail;
  });
  return { promise, resolve, reject };
}
