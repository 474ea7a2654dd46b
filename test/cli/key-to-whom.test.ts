/** Who gets the API key from a command: the process that holds the journal's lock, when it asks for it, and nobody else. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { selfSigned } from '../support/self-signed.ts';
import { assertOneLine, type Bench, configYaml, SECRETS, withBench } from './support.ts';

const test = suite('the API key of a command');
const KEY = SECRETS.apiKey;

/** Listens on the port and wants a key. Resolves with all that it was asked. */
async function asImpostor(port: number, work: (port: number) => Promise<void>): Promise<IncomingMessage[]> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    request.resume();
    response.writeHead(401).end('{"error": "key_missing", "message": "the key, please"}');
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  try {
    await work((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return asked;
}

function assertKeyless(asked: readonly IncomingMessage[]): void {
  assert.ok(asked.length > 0, 'nothing was asked');
  for (const { rawHeaders, url } of asked) assert.not.ok(`${rawHeaders} ${url}`.includes(KEY));
}

const configure = (bench: Bench, qbittorrentPort: number, port = bench.port) =>
  bench.write('q.yaml', configYaml({ qbittorrentPort, port, auth: { trust_loopback: false } }));

test('it is sent to the service that wants it, on this machine', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    await configure(bench, qbittorrentPort);
    await bench.serve();
    const state = await bench.command(['state']);
    assert.is(state.code, 0, state.stderr);
    assert.match(state.stdout, /^service /m);
    const rolled = await bench.command(['rollback', '--confirm']);
    assert.is(rolled.code, 0, rolled.stderr);
    const exported = await bench.command(['originals', 'export']);
    assert.is(exported.code, 0, exported.stderr);
  });
});

test('it is sent over https, and to a service that listens on every address', async () => {
  const { cert, key } = selfSigned();
  await withBench(async (bench, _, qbittorrentPort) => {
    await bench.write('cert.pem', cert);
    await bench.write('key.pem', key);
    for (const global of [{ tls_cert_file: 'cert.pem', tls_key_file: 'key.pem' }, { host: '::' }]) {
      await bench.write(
        'q.yaml',
        configYaml({ qbittorrentPort, port: bench.port, global, auth: { trust_loopback: false } }),
      );
      const run = await bench.serve();
      const { code, stderr } = await bench.command(['state']);
      assert.is(code, 0, stderr);
      await run.stop();
    }
  });
});

test('it is not sent to another program on the port of a service that is down', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    await configure(bench, qbittorrentPort);
    assertKeyless(
      await asImpostor(bench.port, async () => {
        const state = await bench.command(['state']);
        assert.is(state.code, 5);
        assertOneLine(state, /wants the API key, which was not sent: no service holds the journal/);
      }),
    );
  });
});

test('it is not sent to another program on the port of a service that crashed', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    await configure(bench, qbittorrentPort);
    const run = await bench.serve();
    run.kill('SIGKILL');
    await run.ended;
    assertKeyless(
      await asImpostor(bench.port, async () => {
        const state = await bench.command(['state']);
        assertOneLine(state, /which was not sent: process \d+ on .*, does not run any more/);
        assert.is((await bench.command(['rollout', '20'])).code, 5);
      }),
    );
  });
});

test('it is not sent to another program where the config has the port changed under a running service', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    await configure(bench, qbittorrentPort);
    await bench.serve();
    const [port = 0] = await freePorts(1);
    assertKeyless(
      await asImpostor(port, async () => {
        await configure(bench, qbittorrentPort, port);
        assertOneLine(
          await bench.command(['state']),
          /which was not sent: it is another process than process/,
        );
        for (const command of [['rollback', '--confirm'], ['preview'], ['originals', 'export']]) {
          const { code, stderr } = await bench.command(command);
          assert.is(code, 5, stderr);
          assert.match(stderr, /which was not sent/);
        }
      }),
    );
  });
});

test('it is sent to the address that --url names once that answers 401, and not before', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    await configure(bench, qbittorrentPort);
    const asked = await asImpostor(0, async (port) => {
      const { code } = await bench.command(['state', '--url', `http://127.0.0.1:${port}`]);
      assert.is(code, 5);
    });
    assert.equal(
      asked.map(({ headers }) => headers['x-api-key']),
      [undefined, KEY],
    );
  });
});

test('a lock from another container gives the key to nobody, since its process can not be looked at', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    await configure(bench, qbittorrentPort);
    const lock = {
      pid: process.pid,
      hostname: 'other',
      startedAt: 0,
      token: '0'.repeat(36),
      pidNamespace: 'another boot pid:[1]',
    };
    await bench.write('j.db.lock', JSON.stringify(lock));
    await bench.write(
      'q.yaml',
      configYaml({
        qbittorrentPort,
        port: bench.port,
        auth: { trust_loopback: false },
        rollback: { database_path: 'j.db' },
      }),
    );
    assertKeyless(
      await asImpostor(bench.port, async () => {
        assertOneLine(await bench.command(['state']), /runs in another container or on another machine/);
      }),
    );
  });
});

test.run();
