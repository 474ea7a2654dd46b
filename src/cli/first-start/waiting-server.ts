import { createServer, type Server } from 'node:http';
import { ListenError } from '../../http/errors.ts';
import { isLoopbackAddress } from '../../http/host-header.ts';

export interface Waiting {
  /** For whoever asks from another machine, where no key has been shown yet. */
  readonly message: string;
  /** What is wrong with the config, for this machine only. */
  readonly problems: readonly string[];
}

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly remoteAddress: string | undefined;
}

/** Alive (/ping), and not ready and why. Nothing can be asked of it. */
export function waitingAnswer({ method, url, remoteAddress }: Asked, { message, problems }: Waiting) {
  const path = (url ?? '/').split('?', 1)[0];
  if (path === '/ping' && method === 'GET') return { status: 200, body: { status: 'alive' } };
  const details = isLoopbackAddress(remoteAddress ?? '') ? { problems } : {};
  return { status: 503, body: { status: 'unconfigured', ready: false, message, ...details } };
}

/** Answers while there is no config to serve by. Rejects with ListenError. */
export async function serveWaiting(
  address: { readonly host: string; readonly port: number },
  state: () => Waiting,
): Promise<{ stop(): Promise<void> }> {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, (request, response) => {
    request.resume();
    const { method, url, socket } = request;
    const { status, body } = waitingAnswer({ method, url, remoteAddress: socket.remoteAddress }, state());
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(status === 503 ? { 'retry-after': '10' } : {}),
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
