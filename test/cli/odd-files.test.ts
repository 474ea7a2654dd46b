/** Pipes, devices, links and huge files in place of the files that the config, the environment and arguments name. */
import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readFile, rm, symlink, truncate } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { selfSigned } from '../support/self-signed.ts';
import {
  assertOneLine,
  type Bench,
  type ConfigChoices,
  limitsOf,
  type Outcome,
  withBench,
} from './support.ts';

const test = suite('odd files on the command line');
const NOT_REGULAR = /it is a pipe, a socket or a device, not a regular file/;
const SOON_MS = 30_000;

function pipe(bench: Bench, name: string): void {
  execFileSync('mkfifo', [path.join(bench.folder, name)]);
}

/** Fails where the command hangs. */
async function ends(
  bench: Bench,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Outcome> {
  const run = bench.start(args, environment);
  const timer = setTimeout(() => run.kill('SIGKILL'), SOON_MS);
  const outcome = await run.ended;
  clearTimeout(timer);
  assert.is.not(outcome.code, null, `${args.join(' ')} hangs: ${outcome.stderr}`);
  return outcome;
}

test('a pipe or an endless device as the config or as what it names is told, and nothing waits for it', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    for (const name of ['config', '.env', 'secret', 'ca', 'key', 'plan', 'rows', 'originals']) {
      pipe(bench, name);
    }
    await bench.write('cert.pem', selfSigned().cert);
    const cases: readonly (readonly [string[], Record<string, string>, Partial<ConfigChoices>])[] = [
      [['check', '-c', 'config'], {}, {}],
      [['run', '-c', '/dev/zero'], {}, {}],
      [['check'], { QGUARDARR__QBITTORRENT__PASSWORD_FILE: 'secret' }, {}],
      [['check'], { QGUARDARR_API_KEY_FILE: '/dev/zero' }, {}],
      [['check'], {}, { qbittorrent: { tls_ca_file: 'ca' } }],
      [['run'], {}, { global: { tls_cert_file: 'cert.pem', tls_key_file: 'key' } }],
      [['rollout', 'start', 'plan'], {}, {}],
      [['import', 'rows'], {}, {}],
      [['originals', 'import', 'originals'], {}, {}],
    ];
    for (const [args, environment, choices] of cases) {
      await bench.configure({ qbittorrentPort, ...choices });
      const outcome = await ends(bench, args, environment);
      assert.is.not(outcome.code, 0, args.join(' '));
      assert.match(outcome.stderr, NOT_REGULAR, args.join(' '));
      if (!args.includes('check')) assertOneLine(outcome, NOT_REGULAR);
    }
    await bench.configure({ qbittorrentPort });
    assert.match((await ends(bench, ['check'])).stderr, /can't read "\.env": it is a pipe/);
  });
});

test('a pipe as journal, lock, API key or log file is told, and the service ends by SIGTERM', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    await mkdir(path.join(bench.folder, 'data'));
    for (const name of ['journal.db', 'api-key']) {
      pipe(bench, `data/${name}`);
      await bench.configure({ qbittorrentPort, auth: { api_key: '' } });
      const outcome = await ends(bench, ['run']);
      assert.is(outcome.code, 3, name);
      assert.match(outcome.stderr, /is not a regular file|The API key can't be kept in .* \(EFTYPE\)/);
      await rm(path.join(bench.folder, 'data', name));
    }
    const cases: readonly (readonly [string, Partial<ConfigChoices>, RegExp])[] = [
      ['data/journal.db.rollout.json', {}, /journal\.db\.rollout\.json can't be used \(.*not a regular file/],
      ['data/journal.db.lock', {}, /journal\.db\.lock: it is a pipe/],
      ['log', { logging: { file: 'log' } }, /the log file log can't be written \(it is a pipe/],
      [
        'dry.json',
        { global: { dry_run: true, dry_run_store_path: 'dry.json' } },
        /dry\.json is not a regular file, so it is not replaced/,
      ],
    ];
    for (const [file, choices, told] of cases) {
      pipe(bench, file);
      await bench.configure({ qbittorrentPort, ...choices });
      const run = await bench.serve();
      await run.says(told);
      const { code, ms } = await run.stop();
      assert.is(code, 0, file);
      assert.ok(ms < 10_000, `${file}: ended after ${ms} ms`);
      await rm(path.join(bench.folder, file));
    }
  });
});

test('a config of which no end is in sight is refused by its size, at once', async () => {
  await withBench(async (bench) => {
    await bench.write('big.yaml', '');
    await truncate(path.join(bench.folder, 'big.yaml'), 40 * 1024 ** 3);
    assertOneLine(await ends(bench, ['check', '-c', 'big.yaml']), /it is larger than 1 MiB/);
    await bench.write('anchors.yaml', Array.from({ length: 20_000 }, (_, n) => `a${n}: &a${n} 1\n`).join(''));
    assert.match((await ends(bench, ['check', '-c', 'anchors.yaml'])).stderr, /more than 1000 anchors/);
    await bench.write('keys.yaml', Array.from({ length: 60_000 }, (_, n) => `a${n}: 1\n`).join(''));
    assert.match((await ends(bench, ['check', '-c', 'keys.yaml'])).stderr, /too long: a config has at most/);
  });
});

test('a journal behind a link stays behind it, and both paths have one lock', async () => {
  await withBench(async (bench, simulated, qbittorrentPort) => {
    const at = (name: string) => path.join(bench.folder, name);
    await mkdir(at('data'));
    await mkdir(at('disk'));
    await symlink('../disk/real.db', at('data/journal.db'));
    const run = await bench.serve();
    await bench.health(200);
    assert.match(await readFile(at('disk/real.db.lock'), 'utf8'), /"pid"/);
    await bench.configure({ qbittorrentPort, rollback: { database_path: 'disk/real.db' } });
    assert.match((await ends(bench, ['run'])).stderr, /in use by process/);
    run.kill('SIGKILL');
    await run.ended;
    await bench.configure({ qbittorrentPort });
    assert.is((await ends(bench, ['rollback', '--confirm'])).code, 0);
    assert.is(limitsOf(simulated).two, 300 * 1024);
    assert.ok((await lstat(at('data/journal.db'))).isSymbolicLink());
    assert.ok((await lstat(at('disk/real.db'))).isFile());
  });
});

test.run();
