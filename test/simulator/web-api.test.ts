import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNLIMITED_DEMAND_BPS } from '../../src/simulator/demand.ts';
import { Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';

interface Context {
  nowMs: number;
  running: Simulator[];
}

const api = suite<Context>('web-api');

api.before.each((context) => {
  context.nowMs = 1_800_000_000_000;
  context.running = [];
});

api.after.each(async (context) => {
  await Promise.all(context.running.map((simulator) => simulator.stop()));
});

const ALPHA = 'https://tracker.alpha.example/key/announce';
const BETA = 'https://tracker.beta.example/key/announce';

async function started(context: Context, options: Partial<SimulatorOptions> = {}) {
  const simulator = new Simulator({
    now: () => context.nowMs,
    swarm: {
      seed: 1,
      linkBps: 10_000_000,
      torrents: [
        { name: 'a', trackers: [ALPHA], demand: { kind: 'constant', bps: UNLIMITED_DEMAND_BPS } },
        { name: 'b', trackers: [ALPHA, BETA], demand: { kind: 'none' }, announces: false, isPrivate: true },
      ],
    },
    ...options,
  });
  context.running.push(simulator);
  const { url } = await simulator.start();
  const [a = '', b = ''] = simulator.swarm.torrents.keys();
  let cookie = '';
  const call = async (path: string, form?: Record<string, string>, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/api/v2/${path}`, {
      headers: { ...(cookie === '' ? {} : { cookie }), ...headers },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    return { status: response.status, text, json: isJson ? JSON.parse(text) : undefined };
  };
  return { simulator, url, a, b, call };
}

api('passes for the version it imitates', async (context) => {
  const { call } = await started(context);
  assert.is((await call('app/version')).text, 'v5.1.0');
  assert.is((await call('app/webapiVersion')).text, '2.11.4');
});

api('keeps a session by its cookie: full picture first, then what changed', async (context) => {
  const { call, a, b } = await started(context);
  const full = (await call('sync/maindata?rid=0')).json;
  assert.is(full.full_update, true);
  assert.equal(full.trackers, { [ALPHA]: [a, b], [BETA]: [b] });
  assert.is(full.torrents[a].tracker, ALPHA);
  assert.is(full.torrents[b].tracker, '');
  assert.is(full.torrents[a].up_limit, 0);
  assert.is(full.server_state.refresh_interval, 1500);
  assert.equal((await call(`sync/maindata?rid=${full.rid}`)).json, { rid: 2 });
  context.nowMs += 2000;
  const delta = (await call('sync/maindata?rid=2')).json;
  assert.equal(Object.keys(delta.torrents[a]).sort(), [
    'last_activity',
    'ratio',
    'seeding_time',
    'state',
    'time_active',
    'uploaded',
    'uploaded_session',
    'upspeed',
  ]);
  assert.is(delta.torrents[b], undefined);
  assert.is((await call('sync/maindata')).json.full_update, true);
});

api('writes limits to the named torrents or to all, and ignores unknown ones', async (context) => {
  const { call, a, b } = await started(context);
  const unknown = '0'.repeat(40);
  assert.is(
    (await call('torrents/setUploadLimit', { hashes: `${a}|${unknown}`, limit: '50000' })).status,
    200,
  );
  assert.equal((await call(`torrents/uploadLimit?hashes=${a}|${b}|${unknown}`)).json, {
    [a]: 50_000,
    [b]: 0,
    [unknown]: -1,
  });
  assert.is((await call(`torrents/properties?hash=${a}`)).json.up_limit, 50_000);
  assert.is((await call(`torrents/properties?hash=${b}`)).json.up_limit, -1);
  assert.is((await call(`torrents/info?hashes=${a}`)).json[0].up_limit, 50_000);
  assert.is((await call('sync/maindata?rid=0')).json.torrents[a].up_limit, 0, 'not before the refresh');
  context.nowMs += 1500;
  assert.is((await call('sync/maindata?rid=0')).json.torrents[a].up_limit, 50_000);
  await call('torrents/setUploadLimit', { hashes: 'all', limit: '70000' });
  assert.equal((await call('torrents/uploadLimit', { hashes: 'all' })).json, { [a]: 70_000, [b]: 70_000 });
  for (const limit of ['0', '-1', '2147483647', '2147483648', 'abc', '']) {
    await call('torrents/setUploadLimit', { hashes: a, limit: '9000' });
    await call('torrents/setUploadLimit', { hashes: a, limit });
    assert.is((await call(`torrents/uploadLimit?hashes=${a}`)).json[a], 0, limit);
  }
});

api('refuses in the real order and with the real texts', async (context) => {
  const { call, url } = await started(context);
  const cases: [status: number, text: string, path: string, form?: Record<string, string>][] = [
    [404, 'Not Found', 'torrents/nope'],
    [405, 'Method Not Allowed', 'torrents/setUploadLimit?hashes=all&limit=5'],
    [405, 'Method Not Allowed', 'auth/login'],
    [405, 'Method Not Allowed', 'app/setPreferences'],
    [405, 'Method Not Allowed', 'torrents/delete'],
    [400, 'Bad Request', 'torrents/setUploadLimit', { hashes: 'all' }],
    [400, 'Bad Request', 'torrents/setUploadLimit', { limit: '5' }],
    [400, 'Bad Request', 'torrents/uploadLimit'],
    [400, 'Bad Request', 'torrents/properties'],
    [404, 'Not Found', 'torrents/properties?hash=zz'],
    [404, 'Not Found', 'torrents/trackers?hash=zz'],
    [400, 'Bad Request', 'torrents/delete', { hashes: 'x' }],
    [400, 'Bad Request', 'app/setPreferences', {}],
  ];
  for (const [status, text, path, form] of cases) {
    const answer = await call(path, form);
    assert.equal([answer.status, answer.text], [status, text], path);
  }
  assert.is((await call('app/version', undefined, { Origin: 'http://elsewhere.example' })).status, 401);
  assert.is((await call('app/version', undefined, { Referer: `${url}/` })).status, 200);
  assert.is(
    (
      await call(
        'torrents/setUploadLimit',
        { hashes: 'all', limit: '5' },
        { 'Content-Type': 'application/json' },
      )
    ).status,
    400,
  );
  assert.is((await fetch(`${url}/elsewhere`)).status, 404);
});

api('shows the info-hashes of v1, v2 and hybrid torrents', async (context) => {
  const { call, simulator, a } = await started(context);
  const spec = { trackers: [ALPHA], demand: { kind: 'none' } } as const;
  const hybrid = simulator.addTorrent({ ...spec, name: 'hybrid', format: 'hybrid' });
  const v2 = simulator.addTorrent({ ...spec, name: 'v2', format: 'v2' });
  const { torrents } = (await call('sync/maindata?rid=0')).json;
  assert.equal([torrents[a].infohash_v1, torrents[a].infohash_v2], [a, '']);
  assert.match(torrents[hybrid].infohash_v1, /^[0-9a-f]{40}$/);
  assert.is.not(torrents[hybrid].infohash_v1, hybrid);
  assert.match(torrents[hybrid].infohash_v2, new RegExp(`^${hybrid}[0-9a-f]{24}$`));
  assert.is(torrents[v2].infohash_v1, '');
  assert.match(torrents[v2].infohash_v2, new RegExp(`^${v2}[0-9a-f]{24}$`));
  for (const id of [a, hybrid, v2]) {
    const { infohash_v1, infohash_v2 } = (await call(`torrents/properties?hash=${id}`)).json;
    assert.equal({ infohash_v1, infohash_v2 }, pickHashes(torrents[id]));
  }
});

function pickHashes({ infohash_v1, infohash_v2 }: Record<string, unknown>) {
  return { infohash_v1, infohash_v2 };
}

api('lists trackers after the three rows that are none', async (context) => {
  const { call, a, b } = await started(context);
  const rows = (await call(`torrents/trackers?hash=${a}`)).json;
  assert.equal(
    rows.map((row: { url: string; status: number }) => [row.url, row.status]),
    [
      ['** [DHT] **', 2],
      ['** [PeX] **', 2],
      ['** [LSD] **', 2],
      [ALPHA, 2],
    ],
  );
  const failing = (await call(`torrents/trackers?hash=${b}`)).json;
  assert.equal(
    failing.map((row: { status: number }) => row.status),
    [0, 0, 0, 4, 4],
  );
});

api('asks for a log-in when there is no bypass', async (context) => {
  const { call, simulator } = await started(context, {
    bypassLocalAuth: false,
    credentials: { username: 'u', password: 'right' },
  });
  assert.is((await call('app/version')).status, 403);
  assert.is((await call('nope/nope')).status, 403);
  const wrong = await call('auth/login', { username: 'u', password: 'wrong' });
  assert.equal([wrong.status, wrong.text], [200, 'Fails.']);
  const right = await call('auth/login', { username: 'u', password: 'right' });
  assert.equal([right.status, right.text], [200, 'Ok.']);
  assert.is((await call('app/version')).status, 200);
  simulator.endSessions();
  assert.is((await call('app/version')).status, 403);
  await call('auth/login', { username: 'u', password: 'right' });
  context.nowMs += 3_600_000;
  assert.is((await call('app/version')).status, 403, 'unused for an hour');
  await call('auth/login', { username: 'u', password: 'right' });
  assert.is((await call('auth/logout', {})).status, 200);
  assert.is((await call('app/version')).status, 403);
});

api('bans after five wrong passwords, for an hour, the right one too', async (context) => {
  const { call } = await started(context, {
    bypassLocalAuth: false,
    credentials: { username: 'u', password: 'right' },
  });
  for (let attempt = 1; attempt <= 5; attempt += 1)
    assert.is((await call('auth/login', { username: 'u', password: 'x' })).text, 'Fails.');
  const banned = await call('auth/login', { username: 'u', password: 'right' });
  assert.is(banned.status, 403);
  assert.match(banned.text, 'banned');
  context.nowMs += 3_600_000;
  assert.is((await call('auth/login', { username: 'u', password: 'right' })).text, 'Ok.');
});

api('sets the preferences it knows, and the global limit with them', async (context) => {
  const { call } = await started(context);
  const json = JSON.stringify({
    limit_lan_peers: false,
    autorun_program: 'x %I',
    nonsense: 1,
    dht: 'yes',
    up_limit: 1_000_000,
  });
  assert.is((await call('app/setPreferences', { json })).status, 200);
  const preferences = (await call('app/preferences')).json;
  assert.is(preferences.limit_lan_peers, false);
  assert.is(preferences.autorun_program, 'x %I');
  assert.is(preferences.limit_utp_rate, true);
  assert.is(preferences.dht, true);
  assert.is(preferences.nonsense, undefined);
  assert.is((await call('app/setPreferences', { json: 'nope' })).status, 200);
  context.nowMs += 3000;
  const info = (await call('transfer/info')).json;
  assert.is(info.up_rate_limit, 1_000_000);
  assert.ok(info.up_info_speed > 0 && info.up_info_speed <= 1_000_000, `${info.up_info_speed}`);
});

api('deletes torrents', async (context) => {
  const { call, a, b } = await started(context);
  const { rid } = (await call('sync/maindata?rid=0')).json;
  assert.is((await call('torrents/delete', { hashes: b, deleteFiles: 'false' })).status, 200);
  assert.equal((await call(`sync/maindata?rid=${rid}`)).json, {
    rid: 2,
    torrents_removed: [b],
    trackers: { [ALPHA]: [a] },
    trackers_removed: [BETA],
  });
  assert.is((await call('torrents/info')).json.length, 1);
});

api(
  'stops and starts torrents by the commands of its version, and shows the state as that version calls it',
  async (context) => {
    for (const [restIsCalled, stop, start, others] of [
      ['stopped', 'stop', 'start', ['pause', 'resume']],
      ['paused', 'pause', 'resume', ['stop', 'start']],
    ] as const) {
      const swarm = {
        seed: 1,
        linkBps: 10_000_000,
        restIsCalled,
        torrents: [
          {
            name: 'a',
            trackers: [ALPHA],
            demand: { kind: 'constant' as const, bps: UNLIMITED_DEMAND_BPS },
          },
        ],
      };
      const { simulator, call, a } = await started(context, { swarm });
      const later = async (): Promise<{ state: string; bytes: number }> => {
        context.nowMs += 3_000;
        const [torrent] = (await call('torrents/info')).json;
        return { state: torrent.state, bytes: simulator.swarm.torrents.get(a)?.movedBytes ?? 0 };
      };
      assert.is((await later()).state, 'uploading');
      assert.is((await call(`torrents/${stop}`, { hashes: a })).status, 200);
      const stopped = await later();
      assert.is(stopped.state, `${restIsCalled}UP`);
      assert.is((await later()).bytes, stopped.bytes, 'it uploads nothing');
      assert.is((await call(`torrents/${start}`, { hashes: a })).status, 200);
      const again = await later();
      assert.is(again.state, 'uploading');
      assert.ok(again.bytes > stopped.bytes);
      for (const other of others) assert.is((await call(`torrents/${other}`, { hashes: a })).status, 404);
    }
  },
);

api('a torrent whose files move uploads nothing, and is as before at the end', async (context) => {
  const { simulator, call, a } = await started(context);
  await call('torrents/setLocation', { hashes: a, location: '/elsewhere' });
  const stateAfter = async (ms: number): Promise<string> => {
    context.nowMs += ms;
    return (await call('torrents/info', undefined)).json[0].state;
  };
  const before = simulator.swarm.torrents.get(a)?.movedBytes;
  assert.is(await stateAfter(3_000), 'moving');
  assert.is(simulator.swarm.torrents.get(a)?.movedBytes, before);
  assert.is(await stateAfter(6_000), 'uploading');
});

api.run();
