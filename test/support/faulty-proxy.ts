/**
 * Stands between the service and a qBittorrent's WebUI and breaks what it is asked to break. What it passes on it
 * passes on whole, in the order in which it came, so that a test knows at each moment what has arrived.
 *
 * Modes: whole -> inject() -> faulty, from the first request that the fault strikes -> mend() -> whole.
 * Invariant: requests held back by a hang reach qBittorrent before any that comes after mend(), as they would from
 * the buffers of a qBittorrent that stood still.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { freePorts } from './real-swarm/free-ports.ts';

export type CallKind = 'read' | 'write' | 'login';

/** One request, as a fault looks at it. */
export interface Call {
  readonly kind: CallKind;
  /** Below /api/v2/: `sync/maindata`. */
  readonly endpoint: string;
}

/** What becomes of a request. Without `arrives`, qBittorrent never sees it. */
export type Injury =
  /** Nothing listens any more. */
  | { readonly kind: 'refuse' }
  /** The connection breaks: before any answer, or in the middle of its body. */
  | { readonly kind: 'reset'; readonly at: 'before-answer' | 'mid-body'; readonly arrives: boolean }
  /** No answer until `mend`, when the request arrives after all. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'answer'; readonly status: number; readonly body: string; readonly arrives: boolean }
  /** It arrives as another request may, and what comes back is changed. */
  | { readonly kind: 'alter'; readonly path?: Rewrite; readonly body?: Rewrite }
  | { readonly kind: 'slow'; readonly ms: number }
  /** As a proxy does that is set up so: neither side sees the other's cookies. */
  | { readonly kind: 'strip-cookies' }
  /** Something happens to qBittorrent first; then the request arrives. */
  | { readonly kind: 'after'; readonly happens: () => void | Promise<void> };

export type Rewrite = (text: string) => string;

export interface ProxyFault {
  readonly injury: Injury;
  strikes(call: Call): boolean;
}

interface Whole extends Call {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly payload: Buffer;
  readonly askedAtMs: number;
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** What one torrents/setUploadLimit asked for. */
export interface LimitWrite {
  readonly infoHashes: readonly string[];
  readonly limitWire: number;
  /** When the proxy was asked, on the clock of `performance.now()`: it may come much later. */
  readonly askedAtMs: number;
}

export class FaultyProxy {
  /** Requests passed on now go there. */
  targetPort: number;
  /** Requests that the present fault, or the last one, has struck. */
  strikes = 0;
  /** Told of each limit as qBittorrent is about to get it. */
  onLimitWrite: (write: LimitWrite) => void = () => {};
  #fault: ProxyFault | null = null;
  #held: Whole[] = [];
  #port = 0;
  #ready: Promise<void> = Promise.resolve();
  readonly #server: Server;

  constructor(targetPort: number) {
    this.targetPort = targetPort;
    this.#server = createServer((incoming, outgoing) => void this.#take(incoming, outgoing));
  }

  /** The same from its first start on; any free one. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const port = this.#port === 0 ? ((await freePorts(1))[0] ?? 0) : this.#port;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => resolve());
    });
    this.#port = port;
  }

  async stop(): Promise<void> {
    this.#held = [];
    await this.#endListening();
  }

  /** As they break when what they lead to dies. */
  breakConnections(): void {
    this.#server.closeAllConnections();
  }

  async inject(fault: ProxyFault): Promise<void> {
    this.#fault = fault;
    this.strikes = 0;
    // A port can be closed without a call.
    if (fault.injury.kind === 'refuse' && fault.strikes({ kind: 'read', endpoint: 'sync/maindata' })) {
      this.strikes = 1;
      await this.#endListening();
    }
  }

  /** All is well again. */
  async mend(): Promise<void> {
    this.#fault = null;
    const held = this.#held.splice(0);
    this.#ready = this.#ready.then(async () => {
      for (const whole of held) await this.#forward(whole).catch(() => undefined);
    });
    await this.#ready;
    if (!this.#server.listening) await this.start();
  }

  async #endListening(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      const askedAtMs = performance.now();
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const payload = Buffer.concat(chunks);
      const endpoint = (incoming.url ?? '').replace(/^\/api\/v2\//, '').replace(/\?.*$/, '');
      const kind = endpoint === 'auth/login' ? 'login' : incoming.method === 'GET' ? 'read' : 'write';
      const whole = { kind, endpoint, incoming, outgoing, payload, askedAtMs } as const;
      const fault = this.#fault;
      if (fault?.strikes(whole) !== true) return await this.#pass(whole);
      this.strikes += 1;
      await this.#injure(whole, fault.injury);
    } catch {
      outgoing.destroy();
    }
  }

  async #injure(whole: Whole, injury: Injury): Promise<void> {
    const { outgoing } = whole;
    switch (injury.kind) {
      case 'refuse':
        whole.incoming.socket.resetAndDestroy();
        return await this.#endListening();
      case 'hang':
        this.#held.push(whole);
        return;
      case 'reset': {
        const answer = injury.arrives ? await this.#forward(whole) : null;
        if (injury.at === 'mid-body' && answer !== null) {
          const body = Buffer.from(answer.body);
          outgoing.writeHead(answer.status, { 'content-length': body.length + 1 });
          outgoing.write(body.subarray(0, body.length / 2));
        }
        // Given time to leave, or the reset overtakes the half.
        setTimeout(() => whole.incoming.socket.resetAndDestroy(), 20);
        return;
      }
      case 'answer':
        if (injury.arrives) await this.#forward(whole);
        return this.#send(whole, { status: injury.status, headers: {}, body: injury.body });
      case 'alter': {
        const answer = await this.#forward(whole, injury.path);
        return this.#send(whole, { ...answer, body: injury.body?.(answer.body) ?? answer.body });
      }
      case 'slow':
        await new Promise((resolve) => setTimeout(resolve, injury.ms));
        return await this.#pass(whole);
      case 'strip-cookies': {
        delete whole.incoming.headers.cookie;
        const { headers, ...answer } = await this.#forward(whole);
        return this.#send(whole, { ...answer, headers: { ...headers, 'set-cookie': undefined } });
      }
      case 'after':
        await injury.happens();
        return await this.#pass(whole);
    }
  }

  async #pass(whole: Whole): Promise<void> {
    await this.#ready;
    this.#send(whole, await this.#forward(whole));
  }

  #send({ outgoing }: Whole, { status, headers, body }: Answer): void {
    const { 'set-cookie': cookie, 'content-type': type } = headers;
    outgoing.writeHead(status, {
      ...(cookie === undefined ? {} : { 'set-cookie': cookie }),
      ...(type === undefined ? {} : { 'content-type': type }),
      'content-length': Buffer.byteLength(body),
    });
    outgoing.end(body);
  }

  #forward(whole: Whole, rewrite: Rewrite = (path) => path): Promise<Answer> {
    const { incoming, payload } = whole;
    if (whole.endpoint === 'torrents/setUploadLimit') this.onLimitWrite(limitWriteOf(whole));
    return new Promise((resolve, reject) => {
      const onward = request({
        host: '127.0.0.1',
        port: this.targetPort,
        method: incoming.method,
        path: rewrite(incoming.url ?? ''),
        // qBittorrent refuses a Host with a port that isn't its own.
        headers: { ...incoming.headers, host: `127.0.0.1:${this.targetPort}`, connection: 'close' },
      });
      onward.on('error', reject);
      onward.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('error', reject);
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 502,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      });
      onward.end(payload);
    });
  }
}

function limitWriteOf({ payload, askedAtMs }: Whole): LimitWrite {
  const form = new URLSearchParams(payload.toString());
  return {
    infoHashes: (form.get('hashes') ?? '').split('|'),
    limitWire: Math.max(0, Number(form.get('limit'))),
    askedAtMs,
  };
}
