import { chmod, rm } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertOneLine, Bench, SECRETS } from './support.ts';

const test = suite('check, help and usage of the command line');
let bench: Bench;

test.before(async () => {
  bench = await Bench.make();
});
test.after(() => bench.close());

test('a valid config ends with 0 and says what it holds', async () => {
  await bench.configure({ qbittorrentPort: 8080 });
  const outcome = await bench.command(['check']);
  assert.is(outcome.code, 0, outcome.stderr);
  assert.is(outcome.stdout, 'q.yaml is valid: 2 trackers\n');
  assert.is(outcome.stderr, '');
});

test('a config or a .env with secrets that every user can read or change is reported', async () => {
  const warningsFor = async (): Promise<string[]> => {
    const { code, stdout } = await bench.command(['check', '--json']);
    assert.is(code, 0);
    return JSON.parse(stdout).warnings;
  };
  const chmodTo = (file: string, mode: number) => chmod(path.join(bench.folder, file), mode);
  await bench.configure({ qbittorrentPort: 8080 });
  assert.equal(await warningsFor(), []);
  await chmodTo('q.yaml', 0o644);
  assert.match((await bench.command(['check'])).stdout, /^warning: q\.yaml holds secrets, and every user/m);
  await chmodTo('q.yaml', 0o666);
  await bench.write('.env', 'QBIT_PASSWORD=from-env\n');
  await chmodTo('.env', 0o604);
  const advice = (file: string) => `chmod 600 ${file}, as the user that runs Qguardarr`;
  assert.equal(await warningsFor(), [
    `q.yaml holds secrets, and every user of this machine can read and change it (mode 666): ${advice('q.yaml')}`,
    `.env holds secrets, and every user of this machine can read it (mode 604): ${advice('.env')}`,
  ]);
  await bench.write(
    'q.yaml',
    `qbittorrent: {host: nas, port: 8080, password: '\${QBIT_PASSWORD:-}'}
trackers: [{id: a, pattern: '.*', max_upload_speed: -1}]
`,
  );
  await chmodTo('q.yaml', 0o644);
  await chmodTo('.env', 0o640);
  assert.equal(await warningsFor(), []);
  await rm(path.join(bench.folder, '.env'));
  await rm(path.join(bench.folder, 'q.yaml'));
});

test('every error is reported at once with its path, and no password', async () => {
  await bench.write(
    'bad.yaml',
    `qbittorrent: {host: nas, port: 8080, password: ${SECRETS.password}}
global: {update_intervall: 300}
trackers:
  - {id: a, pattern: '(', max_upload_speed: 1048576}
`,
  );
  const { code, stdout, stderr } = await bench.command(['check', '--config', 'bad.yaml']);
  assert.is(code, 1);
  assert.is(stdout, '');
  const [heading, ...errors] = stderr.trimEnd().split('\n');
  assert.is(heading, 'qguardarr: bad.yaml has 3 errors:');
  assert.is(errors.length, 3, stderr);
  assert.match(errors[0] ?? '', /^ {2}global\.update_intervall \(line 2\): unknown key.*"update_interval"/);
  assert.ok(errors.some((line) => line.startsWith('  trackers[0].pattern (line 4): ')));
  assert.ok(errors.some((line) => line.startsWith('  trackers (line 3): no catch-all')));
});

test('without a config it says where one is looked for', async () => {
  const outcome = await bench.command(['check'], { QGUARDARR_CONFIG: '' });
  assert.is(outcome.code, 1);
  assertOneLine(
    outcome,
    /no config: give one by --config or QGUARDARR_CONFIG, or put it at config\/qguardarr/,
  );
});

test('a config that is not there, or a folder, is one line', async () => {
  const missing = await bench.command(['check', '--config', 'nowhere.yaml']);
  assert.is(missing.code, 1);
  assertOneLine(missing, /can't read the config file "nowhere.yaml": there is no such file/);
  const folder = await bench.command(['run', '--config', '.']);
  assert.is(folder.code, 1);
  assertOneLine(folder, /can't read the config file "\.": it is a folder/);
});

test('a certificate that cannot be read is an error of the config', async () => {
  await bench.configure({ qbittorrentPort: 8080, qbittorrent: { tls_ca_file: 'gone.pem' } });
  const { code, stderr } = await bench.command(['check']);
  assert.is(code, 1);
  assert.match(stderr, /qbittorrent\.tls_ca_file: can't read "gone\.pem": there is no such file/);
});

test('the version and the help go to stdout', async () => {
  const version = await bench.command(['--version']);
  assert.is(version.code, 0);
  assert.match(version.stdout, /^\S+\n$/);
  const help = await bench.command(['--help']);
  assert.is(help.code, 0);
  assert.match(help.stdout, /^Usage: qguardarr/);
  assert.is(help.stderr, '');
});

test('a wrong command line ends with 2, one line and a hint', async () => {
  for (const args of [['serve'], ['--prot', '80'], ['check', '--demo']]) {
    const { code, stdout, stderr } = await bench.command(args);
    assert.is(code, 2, args.join(' '));
    assert.is(stdout, '');
    assert.match(stderr, /^qguardarr: .+\nTry qguardarr --help\n$/);
  }
});

test.run();
