/** A proxy before qBittorrent's WebUI that takes a key in the path, and repeats that path in each of its own answers. */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class KeyedProxy {
  readonly #key: string;
  readonly #server: Server;

  /** @param targetPort of qBittorrent on 127.0.0.1 */
  constructor(key: string, targetPort: number) {
    this.#key = key;
    this.#server = createServer((incoming, outgoing) => {
      const url = incoming.url ?? '/';
      if (!url.startsWith(`${this.prefix}/`)) {
        outgoing.writeHead(404).end(`Cannot ${incoming.method} ${url} below ${this.prefix}`);
        return;
      }
      const path = url.slice(this.prefix.length);
      const headers = { ...incoming.headers, host: `127.0.0.1:${targetPort}` };
      const onward = request({ host: '127.0.0.1', port: targetPort, method: incoming.method, path, headers });
      onward.on('error', () => {
        if (!outgoing.headersSent) outgoing.writeHead(502);
        outgoing.end(`<p>The server for ${url} is away</p>`);
      });
      onward.on('response', (response) => {
        outgoing.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(outgoing);
      });
      incoming.pipe(onward);
    });
  }

  get prefix(): string {
    return `/proxy/${this.#key}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
