import { createServer, type Server } from 'node:http';
import { Connections } from '../../http/connections.ts';
import { ListenError } from '../../http/errors.ts';

/** Nobody needs more of it than a health check and a monitor. */
const MAX_CONNECTIONS = 128;

interface Asked {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

/**
 * Alive (/ping), and not ready. Nothing can be asked of it, and nothing of the config is told: without one nobody can
 * show a key, and who asks over loopback may be a stranger behind a proxy.
 */
export function waitingAnswer({ method, url }: Asked, message: string) {
  const path = (url ?? '/').split('?', 1)[0];
  if (path === '/ping' && method === 'GET') return { status: 200, body: { status: 'alive' } };
  return { status: 503, body: { status: 'unconfigured', ready: false, message } };
}

/** Answers while there is no config to serve by. Rejects with ListenError. */
export async function serveWaiting(
  address: { readonly host: string; readonly port: number },
  message: string,
): Promise<{ stop(): Promise<void> }> {
  const connections = new Connections({ limit: MAX_CONNECTIONS, now: () => performance.now() });
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, (request, response) => {
    if (!connections.begin(request, response)) return;
    request.resume();
    const { status, body } = waitingAnswer(request, message);
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(status === 503 ? { 'retry-after': '10' } : {}),
    });
    response.end(`${JSON.stringify(body)}\n`);
  });
  connections.watch(server);
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
