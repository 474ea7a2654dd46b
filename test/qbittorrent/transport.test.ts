import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { QbittorrentUnreachable, UnexpectedAnswer } from '../../src/qbittorrent/errors.ts';
import { type RepeatReason, Transport, type TransportOptions } from '../../src/qbittorrent/transport.ts';
import { rejection, type Script, type ScriptedServer, withServer } from '../support/scripted-server.ts';

const test = suite('transport');

async function withTransport(
  script: Script,
  use: (transport: Transport, server: ScriptedServer, repeats: readonly RepeatReason[]) => Promise<void>,
  options: Partial<TransportOptions> = {},
): Promise<void> {
  await withServer(script, async (server) => {
    const repeats: RepeatReason[] = [];
    const transport = new Transport(
      { timeoutMs: 5_000, ...options, baseUrl: `${server.url}/prefix/` },
      (reason) => repeats.push(reason),
    );
    try {
      await use(transport, server, repeats);
    } finally {
      transport.close();
    }
  });
}

function reasonOf(error: Error): string {
  return error instanceof QbittorrentUnreachable ? error.reason : error.name;
}

test('keeps the path prefix and one connection, and sends neither Referer nor Origin', async () => {
  await withTransport(
    () => ({ body: 'ok' }),
    async (transport, server) => {
      await transport.request('GET', 'sync/maindata', { query: { rid: '7' } });
      const answer = await transport.request('POST', 'torrents/x', { form: { hashes: 'a|b', limit: '0' } });
      assert.is(answer.body, 'ok');
      assert.equal(server.log, ['GET /prefix/api/v2/sync/maindata', 'POST /prefix/api/v2/torrents/x']);
      assert.is(server.seen[0]?.query.get('rid'), '7');
      assert.is(server.seen[1]?.form.get('hashes'), 'a|b');
      assert.is(server.seen[1]?.nthOnConnection, 2);
      for (const { headers } of server.seen) {
        assert.is(headers.referer, undefined);
        assert.is(headers.origin, undefined);
      }
    },
  );
});

test('a server that never answers ends in a timeout', async () => {
  await withTransport(
    () => ({ hang: 'before-answer' }),
    async (transport) => {
      assert.is(reasonOf(await rejection(transport.request('GET', 'app/version'))), 'timeout');
    },
    { timeoutMs: 60 },
  );
});

test('a body that never ends is in the time limit too', async () => {
  await withTransport(
    () => ({ hang: 'in-body', body: 'half' }),
    async (transport) => {
      assert.is(reasonOf(await rejection(transport.request('GET', 'app/version'))), 'timeout');
    },
    { timeoutMs: 60 },
  );
});

test('a body cut short is an error, never a shorter answer', async () => {
  await withTransport(
    () => ({ body: '{"rid":1}', breakAfterBytes: 4 }),
    async (transport) => {
      assert.is(reasonOf(await rejection(transport.request('GET', 'sync/maindata'))), 'reset');
    },
  );
});

test('a body over the limit is refused while it comes', async () => {
  await withTransport(
    () => ({ body: 'x'.repeat(2_000) }),
    async (transport) => {
      const error = await rejection(transport.request('GET', 'sync/maindata', { maxBodyBytes: 1_000 }));
      assert.instance(error, UnexpectedAnswer);
      assert.match(error.message, 'at most 1000 bytes');
    },
  );
});

test('only the sync data may be larger than 4 MiB; of an error no more is kept than its beginning', async () => {
  const script: Script = ({ path }) =>
    path.endsWith('good')
      ? { body: 'x'.repeat(4 * 1024 * 1024 + 1) }
      : { status: 500, body: 'y'.repeat(1_000_000) };
  await withTransport(script, async (transport) => {
    const error = await rejection(transport.request('GET', 'good'));
    assert.match(error.message, 'at most 4194304 bytes');
    const answer = await transport.request('GET', 'bad');
    assert.is(answer.status, 500);
    assert.ok(answer.body.startsWith('yyy') && answer.body.length <= 64 * 1024, `${answer.body.length}`);
  });
});

test('a switch to another protocol ends the request at once', async () => {
  await withTransport(
    () => ({ status: 101, headers: { upgrade: 'websocket', connection: 'upgrade' } }),
    async (transport) => {
      const error = await rejection(transport.request('GET', 'sync/maindata'));
      assert.instance(error, UnexpectedAnswer);
      assert.match(error.message, /status 101.* switch to the protocol "websocket"/);
    },
  );
});

test('an aborted request rejects with the reason of its signal', async () => {
  await withTransport(
    () => ({ hang: 'before-answer' }),
    async (transport, server) => {
      const controller = new AbortController();
      const request = rejection(transport.request('GET', 'app/version', { signal: controller.signal }));
      while (server.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
      controller.abort();
      assert.is((await request).name, 'AbortError');
      const before = rejection(transport.request('GET', 'app/version', { signal: controller.signal }));
      assert.is((await before).name, 'AbortError');
      assert.is(server.seen.length, 1);
    },
  );
});

const diesWhenReused: Script = ({ nthOnConnection }) =>
  nthOnConnection > 1 ? { breakAfterBytes: 'before-answer' } : { body: 'ok' };

test('a GET on a kept-alive connection that turns out dead is repeated once, on a new one', async () => {
  await withTransport(diesWhenReused, async (transport, server, repeats) => {
    await transport.request('GET', 'app/version');
    assert.equal(repeats, []);
    assert.is((await transport.request('GET', 'app/version')).body, 'ok');
    assert.equal(repeats, ['connection-lost']);
    assert.equal(
      server.seen.map((request) => request.nthOnConnection),
      [1, 2, 1],
    );
  });
});

test('a POST is repeated only when it is said to be idempotent', async () => {
  await withTransport(diesWhenReused, async (transport, server) => {
    await transport.request('POST', 'torrents/x', { form: {} });
    assert.is(reasonOf(await rejection(transport.request('POST', 'torrents/x', { form: {} }))), 'reset');
    assert.is(server.seen.length, 2);
    await transport.request('POST', 'torrents/x', { form: {} });
    const answer = await transport.request('POST', 'torrents/x', { form: {}, idempotent: true });
    assert.is(answer.body, 'ok');
  });
});

test('a new connection that breaks is not tried again', async () => {
  await withTransport(
    () => ({ breakAfterBytes: 'before-answer' }),
    async (transport, server) => {
      assert.is(reasonOf(await rejection(transport.request('GET', 'app/version'))), 'reset');
      assert.is(server.seen.length, 1);
    },
  );
});

test('what takes the body of a good answer can end the request; the body of a bad one is kept', async () => {
  await withTransport(
    ({ path }) => (path.endsWith('good') ? { body: 'abc' } : { status: 403, body: 'Forbidden' }),
    async (transport) => {
      const onChunk = (): void => {
        throw new RangeError('enough');
      };
      assert.is((await rejection(transport.request('GET', 'good', { onChunk }))).message, 'enough');
      assert.is((await transport.request('GET', 'bad', { onChunk })).body, 'Forbidden');
    },
  );
});

test('a port where nothing listens says so, with advice and address', async () => {
  let url = '';
  await withServer(
    () => ({}),
    async (server) => {
      url = server.url;
    },
  );
  const transport = new Transport({ baseUrl: url, timeoutMs: 1_000 });
  const error = await rejection(transport.request('GET', 'app/version'));
  assert.is(reasonOf(error), 'refused');
  assert.match(error.message, url);
  assert.match(error.message, 'Is qBittorrent running');
  transport.close();
});

test('a closed transport refuses, and ends what is under way', async () => {
  await withTransport(
    () => ({ hang: 'before-answer' }),
    async (transport, server) => {
      const request = rejection(transport.request('GET', 'app/version'));
      while (server.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
      transport.close();
      assert.is(reasonOf(await request), 'closed');
      assert.is(reasonOf(await rejection(transport.request('GET', 'app/version'))), 'closed');
    },
  );
});

test('an address that is not http is refused, one with a user name does not show it', () => {
  assert.throws(() => new Transport({ baseUrl: 'ftp://host', timeoutMs: 1 }), /expected an http/);
  const transport = new Transport({ baseUrl: 'http://joe:hunter2@host:8080/q/?x=1', timeoutMs: 1 });
  assert.is(transport.address, 'http://host:8080/q');
});

test.run();
