/** Between the service and qBittorrent: every call that sets limits crosses a boundary on either side of it. */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';

export type Crossing = 'call received, not passed on' | 'call done, not answered';

export class LimitGate {
  /** Called at each crossing; true: the service is dead, and the call ends here. */
  onCrossing: (crossing: Crossing) => boolean = () => false;
  readonly port: number;
  readonly #targetPort: number;
  readonly #server: Server;

  constructor(port: number, targetPort: number) {
    this.port = port;
    this.#targetPort = targetPort;
    this.#server = createServer((incoming, outgoing) => this.#pass(incoming, outgoing));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.port, '127.0.0.1', () => resolve());
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const sets = incoming.url?.startsWith('/api/v2/torrents/setUploadLimit') === true;
    const body: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => body.push(chunk));
    incoming.on('error', () => outgoing.destroy());
    incoming.on('end', () => {
      if (sets && this.onCrossing('call received, not passed on')) return void outgoing.destroy();
      this.#forward(incoming, Buffer.concat(body), outgoing, sets);
    });
  }

  #forward(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse, sets: boolean): void {
    const { method, url, headers } = incoming;
    const host = `127.0.0.1:${this.#targetPort}`;
    const onward = request({
      host: '127.0.0.1',
      port: this.#targetPort,
      method,
      path: url,
      // qBittorrent refuses a Host with a port that isn't its own.
      headers: { ...headers, host },
    });
    onward.on('error', () => outgoing.destroy());
    onward.on('response', (response) => {
      const answer: Buffer[] = [];
      response.on('data', (chunk: Buffer) => answer.push(chunk));
      response.on('error', () => outgoing.destroy());
      response.on('end', () => {
        if (sets && this.onCrossing('call done, not answered')) return void outgoing.destroy();
        outgoing.writeHead(response.statusCode ?? 502, response.headers).end(Buffer.concat(answer));
      });
    });
    onward.end(body);
  }
}
