/**
 * Stands between the service and a qBittorrent, simulated or real, passes all bytes on and counts them by cycle: from
 * one reading of the sync data to the next. A request begins a chunk of its own, as the service never pipelines.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface CycleTraffic {
  /** When its reading was asked for, ms of `performance.now()`. */
  readonly at: number;
  /** Of answers, headers included. */
  readBytes: number;
  sentBytes: number;
  calls: number;
  /** Calls that set limits. */
  writes: number;
}

export class Relay {
  readonly cycles: CycleTraffic[] = [];
  readonly #target: number;
  readonly #onCycle: () => void;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;

  /** @param onCycle called as each reading is asked for */
  constructor(targetPort: number, onCycle: () => void) {
    this.#target = targetPort;
    this.#onCycle = onCycle;
  }

  /** On 127.0.0.1. Resolves with its port. */
  async start(): Promise<number> {
    const server = createServer((inner) => this.#join(inner, connect(this.#target, '127.0.0.1')));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
    return address.port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #join(service: Socket, client: Socket): void {
    for (const [from, to] of [
      [service, client],
      [client, service],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => this.#sockets.delete(from));
    }
    service.on('data', (chunk) => this.#count(chunk));
    client.on('data', (chunk) => {
      const cycle = this.cycles.at(-1);
      if (cycle !== undefined) cycle.readBytes += chunk.length;
    });
    service.pipe(client);
    client.pipe(service);
  }

  #count(chunk: Buffer): void {
    const head = chunk.toString('latin1', 0, 64);
    const isCall = /^(GET|POST) /.test(head);
    if (isCall && head.includes('/sync/maindata')) {
      this.cycles.push({ at: performance.now(), readBytes: 0, sentBytes: 0, calls: 0, writes: 0 });
      this.#onCycle();
    }
    const cycle = this.cycles.at(-1);
    if (cycle === undefined) return;
    cycle.sentBytes += chunk.length;
    if (isCall) cycle.calls += 1;
    if (isCall && head.includes('/setUploadLimit')) cycle.writes += 1;
  }
}
