/** A start without a config that waits for one, as containers do it. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FIRST_CONFIG } from '../../src/cli/first-start/first-config.ts';
import { waitingAnswer } from '../../src/cli/first-start/waiting-server.ts';
import { errorsOf, load } from '../config/support/loading.ts';
import { assertNoSecrets, type Bench, SECRETS, withBench } from './support.ts';

const test = suite('a first start');
const WAIT = ['run', '--wait-for-config'];

function environment(bench: Bench, config = 'new/qguardarr.yaml'): Record<string, string> {
  return { QGUARDARR_CONFIG: config, QGUARDARR__GLOBAL__PORT: String(bench.port) };
}

test('the config that it writes lacks the host alone, and is complete with it', async () => {
  const errors = await errorsOf(FIRST_CONFIG, { env: {} });
  assert.equal(
    errors.map(([where]) => where),
    ['qbittorrent.host'],
  );
  assert.is((await load(FIRST_CONFIG, { env: { QBIT_HOST: 'nas' } })).ok, true);
  const uncommented = FIRST_CONFIG.replace(/^ {2}# (- id: private)/m, '  $1').replace(/^ {2}# {3}/gm, '    ');
  const all = await load(uncommented.replace(`\${QBIT_HOST:-}`, 'nas'), { env: {} });
  assert.ok(all.ok && all.config.trackers.length === 2 && all.warnings.length === 0, JSON.stringify(all));
});

test('a commented config is written, /health says what it waits for, and once filled in it serves', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    const run = bench.start(WAIT, environment(bench));
    const file = path.join(bench.folder, 'new/qguardarr.yaml');
    await run.says(/this is the first start: fill in new\/qguardarr\.yaml, and it goes on by itself/);
    assert.is(await readFile(file, 'utf8'), FIRST_CONFIG);
    assert.is((await stat(file)).mode & 0o777, 0o600);
    const health = JSON.parse(await bench.health(503, /the log says what is wrong/));
    assert.is(health.status, 'unconfigured');
    assert.match(health.message, /fill in new\/qguardarr\.yaml/);
    assert.equal(await bench.get('/ping'), { status: 200, text: '{"status":"alive"}\n' });
    assert.is((await bench.get('/journal')).status, 503);
    await run.says(/qbittorrent\.host/);

    // Saved half-way: still waiting, and said what is missing now.
    await writeFile(file, FIRST_CONFIG.replace(`\${QBIT_PORT:-8080}`, 'none'));
    await run.says(/qbittorrent\.port.*expected integer/);
    const filledIn = FIRST_CONFIG.replace(`\${QBIT_HOST:-}`, '127.0.0.1')
      .replace(`\${QBIT_PORT:-8080}`, String(qbittorrentPort))
      .replace(`\${QBIT_USERNAME:-}`, 'admin')
      .replace(`\${QBIT_PASSWORD:-}`, SECRETS.password);
    await writeFile(file, filledIn);
    await run.says(/serves http/);
    await bench.health(200);
    // From here on it is watched as ever.
    await writeFile(file, filledIn.replace('dry_run: false', 'dry_run: true'));
    await run.says('config reloaded');
    assert.is((await run.stop()).code, 0);
  });
});

test('a config that is wrong is waited for too, without a secret in what is said, and is not touched', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    await bench.configure({
      qbittorrentPort,
      password: SECRETS.wrongPassword,
      qbittorrent: { timeout: 'soon' },
    });
    const before = await readFile(path.join(bench.folder, 'q.yaml'), 'utf8');
    const run = bench.start(WAIT, environment(bench, 'q.yaml'));
    await run.says(/waiting for a valid config: correct q\.yaml, and it goes on by itself/);
    await run.says(/qbittorrent\.timeout/);
    assertNoSecrets(await bench.health(503, /waiting for a valid config/));
    assert.is(await readFile(path.join(bench.folder, 'q.yaml'), 'utf8'), before);
    const { code, ms } = await run.stop();
    assert.is(code, 0);
    assert.ok(ms < 3_000, `${ms} ms`);
  });
});

test('with what it needs in the environment it starts at once', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    const run = bench.start(WAIT, {
      ...environment(bench),
      QBIT_HOST: '127.0.0.1',
      QBIT_PORT: String(qbittorrentPort),
      QBIT_USERNAME: 'admin',
      QBIT_PASSWORD: SECRETS.password,
    });
    await run.says(/serves http/);
    await bench.health(200);
    assert.is((await run.stop()).code, 0);
  });
});

test('a config that cannot be written is said, and it waits all the same', async () => {
  await withBench(async (bench) => {
    await writeFile(path.join(bench.folder, 'new'), 'a file where the folder should be');
    const run = bench.start(WAIT, environment(bench));
    await run.says(/new\/qguardarr\.yaml can't be written \(E(EXIST|NOTDIR)\)/);
    await bench.health(503, /waiting for a valid config/);
    await run.stop();
  });
});

test('whoever asks is told that it waits, not what stands in the config', () => {
  const ask = (url = '/health', method = 'GET') => waitingAnswer({ method, url }, 'waiting');
  assert.equal(ask().body, { status: 'unconfigured', ready: false, message: 'waiting' });
  assert.is(ask('/ping?x=1').status, 200);
  for (const [url, method] of [
    ['/ping', 'POST'],
    ['//ping', 'GET'],
    ['http://x/ping', 'GET'],
    ['*', 'OPTIONS'],
  ]) {
    assert.is(ask(url, method).status, 503);
  }
});

test('a port that is taken ends it with one line', async () => {
  await withBench(async (bench) => {
    const first = bench.start(WAIT, environment(bench));
    await first.says(/first start/);
    const second = await bench.start(WAIT, environment(bench)).ended;
    assert.is(second.code, 3);
    assert.match(second.stderr, /Port \d+ on 127\.0\.0\.1 is in use/);
    await first.stop();
  });
});

test('without the option, a missing config ends it as ever', async () => {
  await withBench(async (bench) => {
    const outcome = await bench.command(['run'], environment(bench));
    assert.is(outcome.code, 1);
    assert.match(outcome.stderr, /can't read the config file "new\/qguardarr\.yaml": there is no such file/);
  });
});

test.run();
