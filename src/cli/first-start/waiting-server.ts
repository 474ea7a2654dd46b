import { createServer, type Server } from 'node:http';
import { ListenError } from '../../http/errors.ts';
import { isLoopbackAddress } from '../../http/host-header.ts';

export interface Waiting {
  /** For whoever asks from another machine, where nobody has shown a key yet. */
  readonly message: string;
  /** What is wrong with the config, for this machine only. */
  readonly problems: readonly string[];
}

/**
 * Answers while there is no config to serve by: alive (/ping), and not ready and why. Nothing can be asked of it.
 * Rejects with ListenError.
 */
export async function serveWaiting(
  address: { readonly host: string; readonly port: number },
  state: () => Waiting,
): Promise<{ stop(): Promise<void> }> {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, (request, response) => {
    request.resume();
    const path = new URL(request.url ?? '/', 'http://waiting').pathname;
    const isAlive = path === '/ping' && request.method === 'GET';
    const { message, problems } = state();
    const isLocal = isLoopbackAddress(request.socket.remoteAddress ?? '');
    const body = isAlive
      ? { status: 'alive' }
      : { status: 'unconfigured', ready: false, message, ...(isLocal ? { problems } : {}) };
    response.writeHead(isAlive ? 200 : 503, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(isAlive ? {} : { 'retry-after': '10' }),
    });
    response.end(`${JSON.stringify(body)}\n`);
  });
  await listen(server, address.host, address.port);
  return {
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new ListenError(host, port, error)));
    server.listen(port, host, resolve);
  });
}
