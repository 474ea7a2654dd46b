import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MAX_LIMIT_BPS, UNLIMITED } from '../../src/control/units.ts';
import { type CallReport, QbittorrentClient } from '../../src/qbittorrent/client.ts';
import {
  EndpointMissing,
  QbittorrentUnreachable,
  UnexpectedAnswer,
  UnsupportedVersion,
  WritesForbidden,
} from '../../src/qbittorrent/errors.ts';
import { rejection, type Script, type ScriptedServer, withServer } from '../support/scripted-server.ts';
import { entriesOf } from '../support/torrent-columns.ts';

const test = suite('client');

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

interface Bench {
  readonly client: QbittorrentClient;
  readonly server: ScriptedServer;
  readonly reports: CallReport[];
  writesAllowed: boolean;
}

async function withClient(script: Script, use: (bench: Bench) => Promise<void>): Promise<void> {
  await withServer(script, async (server) => {
    const reports: CallReport[] = [];
    const bench: Bench = {
      client: new QbittorrentClient(
        { instance: 'default', baseUrl: server.url, timeoutMs: 5_000 },
        {
          writesAllowed: () => bench.writesAllowed,
          onCall: (report) => {
            reports.push(report);
            throw new Error('a listener’s own trouble');
          },
          onRepeat: () => {
            throw new Error('a listener’s own trouble');
          },
        },
      ),
      server,
      reports,
      writesAllowed: true,
    };
    try {
      await use(bench);
    } finally {
      bench.client.close();
    }
  });
}

function versions(app: string, webApi: string): Script {
  return ({ path }) => ({ body: path.endsWith('app/version') ? app : webApi });
}

for (const [app, webApi, keepsClientData] of [
  ['v4.5.2', '2.8.19', false],
  ['v5.1.0', '2.11.4', false],
  ['v5.2.0', '2.13.0', false],
  ['v5.2.1', '2.13.1', true],
  ['v5.3.0', '2.16.2', true],
  ['v6.0.0', '3.0', true],
] as const) {
  test(`connects to ${app} and knows whether it keeps client data`, async () => {
    await withClient(versions(app, webApi), async ({ client }) => {
      assert.equal(await client.connect(), { appVersion: app, keepsClientData });
    });
  });
}

test('a qBittorrent that is too old is reported as such, with both versions', async () => {
  await withClient(versions('v4.2.5', '2.5.1'), async ({ client }) => {
    const error = await rejection(client.connect());
    assert.instance(error, UnsupportedVersion);
    assert.match(error.message, '2.5.1');
    assert.match(error.message, '2.8 or later');
  });
});

test('a web server that is no qBittorrent is recognised by its 404 or its page', async () => {
  await withClient(
    () => ({ status: 404 }),
    async ({ client }) => {
      const error = await rejection(client.connect());
      assert.instance(error, EndpointMissing);
      assert.match(error.message, 'qbittorrent.base_path');
    },
  );
  await withClient(versions('<!doctype html>', 'x'), async ({ client }) => {
    assert.instance(await rejection(client.connect()), UnexpectedAnswer);
  });
});

test('a status that is not success is reported with advice', async () => {
  for (const [status, advice] of [
    [401, 'Host header'],
    [302, 'redirects'],
    [502, 'proxy'],
    [500, 'status 500'],
  ] as const) {
    await withClient(
      () => ({ status, body: 'no' }),
      async ({ client }) => {
        const error = await rejection(client.mainData(0));
        assert.instance(error, UnexpectedAnswer);
        assert.match(error.message, advice);
      },
    );
  }
});

test('main data is asked for with its rid and comes decoded', async () => {
  const body = JSON.stringify({ rid: 8, torrents: { [A]: { up_limit: 1, unused: 2 } } });
  await withClient(
    () => ({ body }),
    async ({ client, server }) => {
      const data = await client.mainData(7);
      assert.is(data.rid, 8);
      assert.equal(entriesOf(data.torrents), [[A, { up_limit: 1 }]]);
      assert.is(server.seen[0]?.query.get('rid'), '7');
    },
  );
});

test('main data that is cut short or wrong is an error and never a part of it', async () => {
  const body = JSON.stringify({ rid: 8, torrents: { [A]: { up_limit: 1 }, [B]: { up_limit: 'x' } } });
  await withClient(
    () => ({ body, breakAfterBytes: 70 }),
    async ({ client }) => {
      assert.instance(await rejection(client.mainData(7)), QbittorrentUnreachable);
    },
  );
  await withClient(
    () => ({ body }),
    async ({ client }) => {
      assert.instance(await rejection(client.mainData(7)), UnexpectedAnswer);
    },
  );
});

test('one limit goes to many torrents in one call, and any 2xx is success', async () => {
  await withClient(
    () => ({ status: 204 }),
    async ({ client, server }) => {
      await client.setUploadLimit([A, B], 4096);
      await client.setUploadLimit([A], 0);
      await client.setUploadLimit([], 4096);
      assert.equal(
        server.seen.map(({ form }) => [form.get('hashes'), form.get('limit')]),
        [
          [`${A}|${B}`, '4096'],
          [A, '0'],
        ],
      );
    },
  );
});

test('a limit that would lift the limit, or is none, is never sent', async () => {
  await withClient(
    () => ({}),
    async ({ client, server }) => {
      for (const limit of [-1, 1, 1023, 1024.5, MAX_LIMIT_BPS + 1, Number.NaN, UNLIMITED]) {
        assert.instance(await rejection(client.setUploadLimit([A], limit)), RangeError);
      }
      for (const limit of [-1, 0.5, MAX_LIMIT_BPS + 1, UNLIMITED]) {
        assert.instance(await rejection(client.restoreUploadLimit([A], limit)), RangeError);
      }
      for (const hash of ['all', '', `${A}|${B}`, 'A&limit=0']) {
        assert.instance(await rejection(client.setUploadLimit([hash], 4096)), RangeError);
      }
      assert.is(server.seen.length, 0);
    },
  );
});

test('a limit of the user’s own under 1024 can be given back', async () => {
  await withClient(
    () => ({}),
    async ({ client, server }) => {
      await client.restoreUploadLimit([A], 500);
      assert.is(server.seen[0]?.form.get('limit'), '500');
    },
  );
});

test('30,000 torrents are split into calls of at most 200 kB, none left out', async () => {
  const hashes = Array.from({ length: 30_000 }, (_, n) => n.toString(16).padStart(40, '0'));
  await withClient(
    () => ({}),
    async ({ client, server }) => {
      await client.setUploadLimit(hashes, 2_000_000_000);
      assert.equal(
        server.seen.flatMap(({ form }) => (form.get('hashes') ?? '').split('|')),
        hashes,
      );
      for (const { headers } of server.seen) assert.ok(Number(headers['content-length']) <= 200_000);
      assert.is(server.seen.length, 7);
    },
  );
});

test('while no writes are allowed nothing is written, restores included', async () => {
  await withClient(
    () => ({}),
    async (bench) => {
      bench.writesAllowed = false;
      assert.instance(await rejection(bench.client.setUploadLimit([A], 4096)), WritesForbidden);
      assert.instance(await rejection(bench.client.setUploadLimit([A], 0)), WritesForbidden);
      assert.instance(await rejection(bench.client.restoreUploadLimit([A], 4096)), WritesForbidden);
      assert.is(bench.server.seen.length, 0);
    },
  );
});

test('writing stops between two calls when it is switched off meanwhile', async () => {
  const hashes = Array.from({ length: 10_000 }, (_, n) => n.toString(16).padStart(40, '0'));
  const bench: { current: Bench | null } = { current: null };
  await withClient(
    () => {
      if (bench.current !== null) bench.current.writesAllowed = false;
      return {};
    },
    async (it) => {
      bench.current = it;
      assert.instance(await rejection(it.client.setUploadLimit(hashes, 4096)), WritesForbidden);
      assert.is(it.server.seen.length, 1);
    },
  );
});

test('every call is counted and told, and a listener that throws harms nothing', async () => {
  const script: Script = ({ path }) =>
    path.endsWith('preferences') ? { status: 500 } : { body: '{"rid":1}' };
  await withClient(script, async ({ client, reports }) => {
    await client.mainData(0);
    await rejection(client.preferences());
    assert.equal(
      reports.map(({ endpoint, ok, status }) => ({ endpoint, ok, status })),
      [
        { endpoint: 'sync/maindata', ok: true, status: 200 },
        { endpoint: 'app/preferences', ok: false, status: 500 },
      ],
    );
    assert.is(client.stats.calls, 2);
    assert.is(client.stats.errors, 1);
    assert.ok((client.stats.lastLatencyMs ?? -1) >= 0);
    client.close();
    await rejection(client.mainData(0));
    assert.is(reports.at(-1)?.status, undefined);
    assert.is(client.stats.errors, 2);
  });
});

test('preferences come in units, with null for what a version does not have', async () => {
  const preferences = {
    up_limit: 0,
    alt_up_limit: 10240,
    other: 'x',
  };
  await withClient(
    () => ({ body: JSON.stringify(preferences) }),
    async ({ client }) => {
      assert.equal(await client.preferences(), {
        uploadLimitBps: UNLIMITED,
        alternativeUploadLimitBps: 10240,
        schedulerEnabled: null,
        queueingEnabled: null,
        refreshIntervalMs: null,
      });
    },
  );
  await withClient(
    () => ({ body: '{"up_limit":"0"}' }),
    async ({ client }) => {
      assert.match((await rejection(client.preferences())).message, 'finite number at up_limit');
    },
  );
});

test('preferences and data nested without end are refused before they are parsed', async () => {
  await withClient(
    () => ({ body: `{"x":${'['.repeat(2_000_000)}` }),
    async ({ client }) => {
      for (const ask of [() => client.preferences(), () => client.clientData('qguardarr')]) {
        const error = await rejection(ask());
        assert.instance(error, UnexpectedAnswer);
        assert.match(error.message, 'more than 32 brackets');
      }
    },
  );
});

test.run();
