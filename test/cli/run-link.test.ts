import { existsSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { Bench, SECRETS, simulator, withBench } from './support.ts';

const test = suite('run: the link to qBittorrent');

test('unreachable, it stays up, says what to do, and is healthy when qBittorrent comes', async () => {
  const [port = 0] = await freePorts(1);
  const bench = await Bench.make();
  const simulated = simulator({ port });
  try {
    await bench.configure({ qbittorrentPort: port });
    const run = await bench.serve();
    const health = await bench.health(503, /cannot be reached .*ECONNREFUSED.*Is qBittorrent running/);
    assert.ok(health.includes(`http://127.0.0.1:${port}`));
    await run.says(/"level":"warn".*cannot be reached.*ECONNREFUSED/);
    await simulated.start();
    await bench.health(200);
    assert.is((await run.stop()).code, 0);
  } finally {
    await bench.close();
    await simulated.stop();
  }
});

test('a wrong password is tried once; the right one in the config works without a restart', async () => {
  await withBench(
    async (bench, simulated, qbittorrentPort) => {
      await bench.configure({ qbittorrentPort, password: SECRETS.wrongPassword });
      const run = await bench.serve();
      await bench.health(503, /refused the user name or password\. Correct qbittorrent\.username/);
      await sleep(3_000);
      assert.is(simulated.calls.get('auth/login'), 1);
      await bench.configure({ qbittorrentPort });
      await bench.health(200);
      assert.is(simulated.calls.get('auth/login'), 2);
      assert.is((await run.stop()).code, 0);
    },
    simulator({ bypassLocalAuth: false }),
  );
});

test('a banned address is reported as such, and not tried again at once', async () => {
  const simulated = simulator({ bypassLocalAuth: false });
  await withBench(async (bench, _, port) => {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const body = new URLSearchParams({ username: 'admin', password: 'wrong' });
      await fetch(`http://127.0.0.1:${port}/api/v2/auth/login`, { method: 'POST', body });
    }
    const run = await bench.serve();
    await bench.health(503, /bans an address after too many failed logins.*then wait or restart/);
    await sleep(1_500);
    assert.is(simulated.calls.get('auth/login'), 5 + 1);
    assert.is((await run.stop()).code, 0);
  }, simulated);
});

/** Passes everything on until it is told to hang: then it takes connections and never answers. */
async function hangingProxy(target: number): Promise<{ port: number; hang(): void; close(): Promise<void> }> {
  let hangs = false;
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    sockets.add(client);
    const upstream = connect(target, '127.0.0.1');
    sockets.add(upstream);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    client.on('data', (chunk) => {
      if (!hangs) upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (!hangs) client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    hang: () => {
      hangs = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('SIGTERM ends it within 5 s while qBittorrent hangs: at the connection, and in a cycle or a request', async () => {
  await withBench(async (bench, _, target) => {
    const proxy = await hangingProxy(target);
    try {
      await bench.configure({ qbittorrentPort: proxy.port });
      const online = await bench.serve();
      await bench.health(200);
      proxy.hang();
      await sleep(600);
      // Waits for a call that gets no answer, and can't be aborted.
      const asked = fetch(`http://127.0.0.1:${bench.port}/limits/reset`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ confirm: true, scope: 'all' }),
      }).catch(() => null);
      await sleep(200);
      const first = await online.stop();
      assert.is(first.code, 0);
      assert.ok(first.ms < 5_000, `${first.ms} ms`);
      assert.match(first.stdout, /stopped; limits stay as they are/);
      assert.not.ok(existsSync(path.join(bench.folder, 'data/journal.db.lock')));
      await asked;

      const connecting = await bench.serve();
      const second = await connecting.stop();
      assert.is(second.code, 0);
      assert.ok(second.ms < 2_000, `${second.ms} ms`);
    } finally {
      await proxy.close();
    }
  });
});

test.run();
