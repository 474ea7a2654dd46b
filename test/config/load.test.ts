import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatIssues } from '../../src/config/issues.ts';
import {
  assertOneError,
  errorsOf,
  load,
  loadValid,
  MINIMAL,
  QBITTORRENT,
  TRACKERS,
  warningsOf,
} from './support/loading.ts';

// A file as users of the Python tool have it: every key it knew, variables where they put them.
const INHERITED = `
global:
  update_interval: 300
  active_torrent_threshold_kb: 10
  max_api_calls_per_cycle: 500
  differential_threshold: 0.2
  rollout_percentage: 10
  cache_ttl_seconds: 1800
  auto_unlimit_on_inactive: false
  host: "0.0.0.0"
  port: \${APP_PORT}
  allocation_strategy: equal
  max_managed_torrents: 1000
  borrow_threshold_ratio: 0.9
  max_borrow_fraction: 0.5
  smoothing_alpha: 0.4
  min_effective_delta: 0.1
  dry_run: false
  dry_run_store_path: "./data/dry_run_limits.json"
qbittorrent:
  host: "\${QBIT_HOST}"
  port: \${QBIT_PORT}
  username: "\${QBIT_USERNAME}"
  password: "\${QBIT_PASSWORD}"
  timeout: 30
cross_seed:
  enabled: false
  url: "\${CROSS_SEED_URL}"
  api_key: "\${CROSS_SEED_API_KEY}"
  timeout: 15
trackers:
  - id: "alpha"
    name: "Alpha"
    pattern: ".*alpha\\\\.example.*"
    max_upload_speed: 10485760
    priority: 10
  - id: "beta"
    pattern: ".*(beta|gamma).*"
    max_upload_speed: 1048576
    priority: 2
  - id: "default"
    pattern: ".*"
    max_upload_speed: -1
    priority: 1
rollback:
  database_path: "./data/rollback.db"
  track_all_changes: true
logging:
  level: "INFO"
  file: "./logs/qguardarr.log"
  max_size_mb: 50
  backup_count: 5
`;
const INHERITED_ENV = {
  APP_PORT: '8089',
  QBIT_HOST: 'localhost',
  QBIT_PORT: '8080',
  QBIT_USERNAME: 'a',
  QBIT_PASSWORD: 'b',
  CROSS_SEED_URL: '',
  CROSS_SEED_API_KEY: '',
};

const test = suite('loadConfig');

test("a Python tool's file loads unchanged, empty variables counting as set", async () => {
  const config = await loadValid(INHERITED, { env: INHERITED_ENV });
  assert.is(config.global.port, 8089);
  assert.is(config.qbittorrent.password, 'b');
  assert.is(config.cross_seed.url, '');
  assert.is(config.trackers[0]?.pattern, '.*alpha\\.example.*');
  assert.is(config.trackers[1]?.name, 'beta');
});

test('a file that is replaced whole cannot be a device or a folder', async () => {
  for (const file of ['/dev/null', '/var/../dev/stdout', './data/']) {
    for (const [section, key] of [
      ['global', 'dry_run_store_path'],
      ['rollback', 'database_path'],
    ] as const) {
      const yaml = `${section}: {${key}: ${file}}\n${MINIMAL}`;
      await assertOneError(
        yaml,
        `${section}.${key}`,
        /expected path of a file, not of a device or a folder, got "/,
      );
    }
  }
  await loadValid(`rollback: {database_path: /dev/shm/rollback.db}\n${MINIMAL}`);
});

test('a misspelt key, a bad pattern and a missing catch-all give exactly three errors', async () => {
  const broken = INHERITED.replace('update_interval', 'update_intervall')
    .replace('.*(beta|gamma).*', '.*(beta|gamma.*')
    .replace(/ {2}- id: "default"[\s\S]*?priority: 1\n/, '');
  const result = await load(broken, { env: INHERITED_ENV });
  assert.not.ok(result.ok);
  const errors = result.ok ? [] : result.errors;
  assert.equal(
    errors.map(({ path, line }) => [path, line]),
    [
      ['global.update_intervall', 3],
      ['trackers', 31],
      ['trackers[1].pattern', 38],
    ],
  );
  assert.match(errors[0]?.message ?? '', /did you mean "update_interval"\?/);
  assert.match(errors[1]?.message ?? '', /no catch-all/);
  assert.match(errors[2]?.message ?? '', /missing closing \)/);
  assert.is(formatIssues(errors).split('\n').length, 3);
});

test('only qbittorrent.host, qbittorrent.port and trackers are required; the rest has defaults', async () => {
  const { trackers, ...rest } = await loadValid(MINIMAL);
  assert.equal(trackers, [
    { id: 'default', name: 'default', pattern: '.*', max_upload_speed: -1, priority: 1 },
  ]);
  assert.equal(rest, {
    global: {
      update_interval: 300,
      control_interval: 2,
      active_torrent_threshold_kb: 10,
      max_api_calls_per_cycle: 500,
      calls_per_second: 20,
      max_queued_calls: 1000,
      differential_threshold: 0.2,
      rollout_percentage: 100,
      cache_ttl_seconds: 1800,
      auto_unlimit_on_inactive: false,
      idle_guard: 'all',
      host: '127.0.0.1',
      port: 8089,
      base_path: '',
      tls_cert_file: '',
      tls_key_file: '',
      allocation_strategy: 'equal',
      max_managed_torrents: 1000,
      borrow_threshold_ratio: 0.9,
      max_borrow_fraction: 0.5,
      smoothing_alpha: 0.4,
      min_effective_delta: 0.1,
      dry_run: false,
      dry_run_store_path: './data/dry_run_limits.json',
    },
    qbittorrent: {
      name: 'default',
      host: 'localhost',
      port: 8080,
      username: '',
      password: '',
      api_key: '',
      timeout: 30,
      tls: false,
      tls_ca_file: '',
      tls_verify: true,
      base_path: '',
    },
    cross_seed: { enabled: false, url: '', api_key: '', timeout: 15 },
    auth: {
      api_key: '',
      keys: [],
      allowed_hosts: [],
      trust_loopback: 'auto',
      public: [],
      trusted_proxies: [],
    },
    rollback: {
      database_path: './data/rollback.db',
      track_all_changes: true,
      keep_changes: 30,
      max_changes: 5000,
      on_shutdown: 'keep',
    },
    rollout: {
      steps: [],
      max_api_error_rate: 0.1,
      max_cap_overshoot: 1.1,
      max_latency_ms: 2000,
      on_gate_failure: 'hold',
    },
    notifications: { targets: [], min_interval: 60, timeout: 10 },
    logging: { level: 'INFO', file: '', max_size_mb: 50, backup_count: 5 },
  });
});

test('a key or section without a value is as if it were left out', async () => {
  const config = await loadValid(`global:\n  port:\nauth:\nlogging: ~\n${MINIMAL}`);
  assert.is(config.global.port, 8089);
  await assertOneError(
    `qbittorrent:\n  host: a\n  port:\n${TRACKERS}`,
    'qbittorrent.port',
    /is missing: expected/,
  );
});

const invalid: readonly [string, string, RegExp][] = [
  ['global:\n  port: abc', 'global.port', /^expected integer from 1 to 65535, got "abc"$/],
  ['global:\n  port: 65536', 'global.port', /got 65536/],
  ['global:\n  port: 80.5', 'global.port', /got 80\.5/],
  ['global:\n  port: .nan', 'global.port', /got NaN/],
  ['global:\n  port: [1]', 'global.port', /got a list/],
  ['global:\n  port: {a: 1}', 'global.port', /got a mapping/],
  ['global:\n  control_interval: 0.4', 'global.control_interval', /from 0\.5 to 60 \(seconds\), got 0\.4/],
  ['global:\n  control_interval: .inf', 'global.control_interval', /got Infinity/],
  ['global:\n  differential_threshold: ""', 'global.differential_threshold', /got ""/],
  ['global:\n  rollout_percentage: 101', 'global.rollout_percentage', /from 0 to 100/],
  ['global:\n  dry_run: maybe', 'global.dry_run', /expected true or false, got "maybe"/],
  ['global:\n  idle_guard: some', 'global.idle_guard', /expected one of recent, all, off, got "some"/],
  ['global:\n  allocation_strategy: fair', 'global.allocation_strategy', /equal, weighted, soft/],
  ['global:\n  host: 127', 'global.host', /expected text, not empty \(put it in quotes\), got 127/],
  ['global:\n  host: " "', 'global.host', /not empty/],
  ['global:\n  borrow_threshold_ratio: 0.4', 'global.borrow_threshold_ratio', /from 0\.5 to 1/],
  ['global: [1]', 'global', /expected a mapping.*got a list/],
  ['global:\n  "a b": 1', 'global["a…"]', /unknown key; known here: /],
  ['globale:\n  port: 1', 'globale', /did you mean "global"\?/],
  ['logging:\n  level: loud', 'logging.level', /DEBUG, INFO, WARNING, ERROR/],
  ['rollout:\n  steps: [{percentage: 0, hold: 60}]', 'rollout.steps[0].percentage', /from 1 to 100/],
  ['rollout:\n  steps: [{percentage: 5}]', 'rollout.steps[0].hold', /is missing/],
  ['rollout:\n  max_cap_overshoot: 0.9', 'rollout.max_cap_overshoot', /from 1 to/],
  ['auth:\n  allowed_hosts: nas', 'auth.allowed_hosts', /expected a list/],
  ['auth:\n  api_key: "a b"', 'auth.api_key', /without spaces.*got a text \(not shown\)/],
  ['cross_seed:\n  enabled: true', 'cross_seed.url', /expected http.*since cross_seed\.enabled is true/],
  ['cross_seed:\n  enabled: yes\n  url: nas:2468', 'cross_seed.url', /expected http/],
  ['__proto__:\n  port: 1', '__proto__', /unknown key/],
  ['constructor: 1', 'constructor', /unknown key/],
  ['global:\n  __proto__: {port: 1}', 'global.__proto__', /unknown key/],
];
for (const [yaml, path, message] of invalid) {
  test(`${JSON.stringify(yaml)} is one error at ${path}`, () =>
    assertOneError(`${yaml}\n${MINIMAL}`, path, message));
}

const trackerErrors: readonly [string, string, RegExp][] = [
  ['id: a b', 'trackers[0].id', /expected id/],
  ['id: 1337', 'trackers[0].id', /put it in quotes/],
  ['max_upload_speed: 0', 'trackers[0].max_upload_speed', /0 is not: use -1/],
  ['max_upload_speed: -2', 'trackers[0].max_upload_speed', /got -2/],
  ['max_upload_speed: 1023', 'trackers[0].max_upload_speed', /1024/],
  ['max_upload_speed: 137438953409', 'trackers[0].max_upload_speed', /137438953408/],
  ['priority: 11', 'trackers[0].priority', /from 1 to 10/],
  ["pattern: '(?=a)b'", 'trackers[0].pattern', /lookahead.*not supported/],
  ['pattern: 5', 'trackers[0].pattern', /regular expression/],
  [`pattern: '${'a'.repeat(10_001)}'`, 'trackers[0].pattern', /is longer than 10000 characters/],
  ["pattern: '.*'", 'trackers[0].pattern', /catch-all must come last/],
  ["pattern: '^.+$'", 'trackers[0].pattern', /catch-all must come last/],
  ['id: default', 'trackers[1].id', /"default" is also the id of trackers\[0\]/],
  ['max_upload_spede: 2048', 'trackers[0].max_upload_spede', /did you mean "max_upload_speed"\?/],
];
for (const [line, path, message] of trackerErrors) {
  test(`a tracker with ${line} is one error at ${path}`, () => {
    const key = line.startsWith('max_upload') ? 'max_upload_speed' : line.split(':')[0];
    const lines = ['id: first', "pattern: 'a'", 'max_upload_speed: 2048', 'priority: 1'];
    const tracker = lines.map((known) => (known.startsWith(`${key}:`) ? line : known)).join('\n    ');
    const yaml = `${QBITTORRENT}${TRACKERS}`.replace('trackers:\n', () => `trackers:\n  - ${tracker}\n`);
    return assertOneError(yaml, path, message);
  });
}

for (const pattern of ['.+', '^.*$', '(.*)']) {
  test(`${pattern} is a catch-all too`, async () => {
    await loadValid(MINIMAL.replace("'.*'", () => `'${pattern}'`));
  });
}

test('trackers missing, empty or of the wrong type is one error each', async () => {
  await assertOneError(QBITTORRENT, 'trackers', /is missing/);
  await assertOneError(`${QBITTORRENT}trackers: []\n`, 'trackers', /at least 1/);
  await assertOneError(`${QBITTORRENT}trackers: {a: 1}\n`, 'trackers', /expected a list/);
});

test('a missing section is one error, and a misspelt one is not missing as well', async () => {
  await assertOneError(TRACKERS, 'qbittorrent', /is missing/);
  await assertOneError(
    MINIMAL.replace('qbittorrent', 'qbitorrent'),
    'qbitorrent',
    /did you mean "qbittorrent"/,
  );
});

test('all errors come at once, in the order of the file', async () => {
  const errors = await errorsOf(
    'global:\n  port: 0\n  prot: 1\nlogging:\n  level: x\nqbittorrent:\n  host: a\n',
  );
  assert.equal(
    errors.map(([path]) => path),
    ['global.port', 'global.prot', 'logging.level', 'qbittorrent.port', 'trackers'],
  );
});

test('numbers and booleans are read from text, and numbers with underscores', async () => {
  const yaml = `global:\n  port: "8090"\n  dry_run: "Yes"\n  smoothing_alpha: " 0.5 "\n${MINIMAL.replace('-1', '10_485_760')}`;
  const config = await loadValid(yaml);
  assert.is(config.global.port, 8090);
  assert.is(config.global.dry_run, true);
  assert.is(config.global.smoothing_alpha, 0.5);
  assert.is(config.trackers[0]?.max_upload_speed, 10_485_760);
});

test('words are read in any case', async () => {
  const config = await loadValid(`logging: {level: warning}\nglobal: {idle_guard: OFF}\n${MINIMAL}`);
  assert.is(config.logging.level, 'WARNING');
  assert.is(config.global.idle_guard, 'off');
});

test('the host may be a URL, with the same port or none', async () => {
  for (const host of [
    'nas.lan',
    '192.168.1.2',
    '::1',
    '"[::1]"',
    'https://nas.lan',
    'http://nas.lan:8080/qbit',
  ]) {
    await loadValid(MINIMAL.replace('localhost', host));
  }
  await assertOneError(
    MINIMAL.replace('localhost', 'http://nas:9090'),
    'qbittorrent.host',
    /names port 9090/,
  );
  for (const host of ['http://me:hunter2@nas', '"a b"', 'ftp://nas', '""']) {
    const errors = await errorsOf(MINIMAL.replace('localhost', host));
    assert.is(errors.length, 1);
    assert.not.match(JSON.stringify(errors), /hunter2/);
  }
});

test('a config file that can not be read says why', async () => {
  const { loadConfig } = await import('../../src/config/load.ts');
  const result = await loadConfig({ path: '/nowhere/q.yaml', env: {}, dotenvPath: null });
  assert.equal(result, {
    ok: false,
    errors: [{ path: '', message: `can't read the config file "/nowhere/q.yaml": there is no such file` }],
  });
});

test('a small cap is warned of with how many torrents it can hold, below a block a second with that, too', async () => {
  const warningsWith = async (bps: number) =>
    (await warningsOf(MINIMAL.replace('-1', String(bps)))).filter((line) =>
      line.includes('max_upload_speed'),
    );
  const [small = ''] = await warningsWith(32 * 1024);
  assert.match(
    small,
    /trackers\[0\]\.max_upload_speed is 32768 B\/s: no torrent is limited to less than 1 KiB\/s/,
  );
  assert.match(small, /more than 32 of its torrents upload at once$/);
  const [least = ''] = await warningsWith(1024);
  assert.match(least, /more than 1 of its torrents uploads at once; .* held on average only/);
  assert.equal(await warningsWith(64 * 1024), []);
});

test('warnings name what is valid but odd, and a plain config has none', async () => {
  assert.equal(await warningsOf(MINIMAL), []);
  const tracker = (id: string, pattern: string, speed: number): string =>
    `  - {id: ${id}, pattern: '${pattern}', max_upload_speed: ${speed}}\n`;
  const trackers = tracker('a', 'x', 16383) + tracker('b', 'x', 65536) + tracker('c', 'https://y', -1);
  const odd = await warningsOf(MINIMAL.replace('trackers:\n', `trackers:\n${trackers}`));
  assert.is(odd.length, 3);
  assert.match(odd[0] ?? '', /^trackers\[0\]\.max_upload_speed is 16383/);
  assert.match(odd[1] ?? '', /^trackers\[1\]\.pattern is the same as trackers\[0\]\.pattern/);
  assert.match(odd[2] ?? '', /^trackers\[2\]\.pattern contains ":\/\/"/);
  const steps = 'rollout: {steps: [{percentage: 50, hold: 9}, {percentage: 20, hold: 9}]}\n';
  assert.match((await warningsOf(steps + MINIMAL)).join(), /rollout\.steps\[1\]\.percentage/);
});

test.run();
