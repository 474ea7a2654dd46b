import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';

/** Listens on 127.0.0.1 in front of a qBittorrent there; what becomes of a request is said by `pass`. */
export abstract class LocalProxy {
  readonly port: number;
  readonly #targetPort: number;
  readonly #server: Server;

  constructor(port: number, targetPort: number) {
    this.port = port;
    this.#targetPort = targetPort;
    this.#server = createServer((incoming, outgoing) => this.pass(incoming, outgoing));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.port, '127.0.0.1', () => resolve());
    });
  }

  /** As they break when what they lead to dies. */
  breakConnections(): void {
    this.#server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  protected abstract pass(incoming: IncomingMessage, outgoing: ServerResponse): void;

  /** The same request to qBittorrent, its body still to come. One that fails breaks the connection on this side, too. */
  protected onward({ method, url, headers }: IncomingMessage, outgoing: ServerResponse): ClientRequest {
    const onward = request({
      host: '127.0.0.1',
      port: this.#targetPort,
      method,
      path: url,
      // qBittorrent refuses a Host with a port that isn't its own.
      headers: { ...headers, host: `127.0.0.1:${this.#targetPort}` },
    });
    onward.on('error', () => outgoing.destroy());
    return onward;
  }
}
