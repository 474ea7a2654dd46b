/** The webhook installer, on the simulated qBittorrent. */
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertOneLine, SECRETS, withBench } from './support.ts';

const test = suite('doctor --install-webhook and --remove-webhook');
const INSTALL = ['doctor', '--install-webhook', '--yes'];
const REMOVE = ['doctor', '--remove-webhook', '--yes'];

type Fields = Record<string, unknown>;

async function preferences(port: number): Promise<Fields> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v2/app/preferences`);
  return (await response.json()) as Fields;
}

async function setPreferences(port: number, fields: Fields): Promise<void> {
  const body = new URLSearchParams({ json: JSON.stringify(fields) });
  await fetch(`http://127.0.0.1:${port}/api/v2/app/setPreferences`, { method: 'POST', body });
}

test('it sets both programs with the key in a file for the owner only, and puts all back exactly', async () => {
  await withBench(async (bench, _, port) => {
    await setPreferences(port, { autorun_program: '/bin/mine --token s3cret', autorun_enabled: false });
    const before = await preferences(port);
    const { code, stdout, stderr } = await bench.command(INSTALL);
    assert.is(code, 0, stderr);
    assert.match(
      stdout,
      /Run on torrent added: curl --config ".*\.webhook\.curl" --data-urlencode "event=add"/,
    );
    const after = await preferences(port);
    assert.is(after.autorun_on_torrent_added_enabled, true);
    assert.match(String(after.autorun_program), /event=complete/);
    const folder = path.join(bench.folder, 'data');
    for (const file of await readdir(folder)) {
      if (!file.includes('webhook')) continue;
      assert.is((await stat(path.join(folder, file))).mode & 0o777, 0o600, file);
    }
    const options = await readFile(path.join(folder, 'journal.db.webhook.curl'), 'utf8');
    const key = (await readFile(path.join(folder, 'api-key.webhook'), 'utf8')).trim();
    assert.ok(options.includes(`X-Api-Key: ${key}`));
    assert.not.ok(options.includes(SECRETS.apiKey), 'the key that opens everything is not in it');
    assert.ok(options.includes(`url = "http://127.0.0.1:${bench.port}/webhook"`));

    assert.is((await bench.command(INSTALL)).code, 0, 'again');
    const removed = await bench.command(REMOVE);
    assert.is(removed.code, 0, removed.stderr);
    assert.equal(await preferences(port), before);
    assert.not.match(stdout + removed.stdout, /s3cret/);
    assert.equal(
      (await readdir(folder)).filter((file) => file.includes('webhook')),
      ['api-key.webhook'],
    );
    assert.match((await bench.command(REMOVE)).stdout, /no webhook was installed by qguardarr/);
  });
});

test('files that are links to elsewhere go with what they lead to, so that the key stays nowhere', async () => {
  await withBench(async (bench) => {
    const elsewhere = path.join(bench.folder, 'elsewhere');
    const folder = path.join(bench.folder, 'data');
    await mkdir(elsewhere);
    await mkdir(folder, { recursive: true });
    for (const ending of ['curl', 'json']) {
      await symlink(path.join(elsewhere, ending), path.join(folder, `journal.db.webhook.${ending}`));
    }
    const installed = await bench.command(INSTALL);
    assert.is(installed.code, 0, installed.stderr);
    assert.match(await readFile(path.join(elsewhere, 'curl'), 'utf8'), /X-Api-Key/);
    const removed = await bench.command(REMOVE);
    assert.is(removed.code, 0, removed.stderr);
    assert.equal(await readdir(elsewhere), []);
    assert.equal(
      (await readdir(folder)).filter((file) => file.includes('.webhook.')),
      [],
    );
  });
});

test('without --yes and a terminal to ask on, nothing is changed', async () => {
  await withBench(async (bench, simulated) => {
    const outcome = await bench.command(['doctor', '--install-webhook']);
    assert.is(outcome.code, 2);
    assertOneLine(outcome, /nothing was changed: there is no terminal to ask on, so add --yes/);
    assert.is(simulated.calls.get('app/setPreferences'), undefined);
  });
});

test('another program that is on goes on to run, is not shown, and stands there again after the removal', async () => {
  await withBench(async (bench, _, port) => {
    await setPreferences(port, { autorun_program: '/bin/mine --token s3cret', autorun_enabled: true });
    const before = await preferences(port);
    const outcome = await bench.command(INSTALL);
    assert.is(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /Run on torrent finished, by sh: .*\(the program that stands there/);
    assert.not.match(outcome.stdout + outcome.stderr, /s3cret/);
    assert.match(String((await preferences(port)).autorun_program), / \/bin\/mine --token s3cret$/);
    assert.is((await bench.command(REMOVE)).code, 0);
    assert.equal(await preferences(port), before);
  });
});

test('a dry run writes no settings either', async () => {
  await withBench(async (bench, simulated, qbittorrentPort) => {
    await bench.configure({ qbittorrentPort, global: { dry_run: true } });
    for (const command of [INSTALL, REMOVE]) {
      const outcome = await bench.command(command);
      assert.is(outcome.code, 2);
      assertOneLine(outcome, /dry_run is on/);
    }
    assert.is(simulated.calls.get('app/setPreferences'), undefined);
  });
});

test('for a qBittorrent elsewhere the address, and where it finds the file, are asked for', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    await bench.configure({ qbittorrentPort, qbittorrent: { host: 'nas.invalid' } });
    const outcome = await bench.command(INSTALL);
    assert.is(outcome.code, 2);
    assertOneLine(
      outcome,
      /qBittorrent runs on nas\.invalid: say by --webhook-url how it reaches this service/,
    );
    await bench.configure({ qbittorrentPort });
    const named = [
      ...INSTALL,
      '--webhook-url',
      'http://guard:8089/',
      '--webhook-options',
      '/config/guard.curl',
    ];
    assert.is((await bench.command(named)).code, 0);
    assert.match(
      String((await preferences(qbittorrentPort)).autorun_program),
      /^curl --config "\/config\/guard\.curl"/,
    );
    const options = await readFile(path.join(bench.folder, 'data', 'journal.db.webhook.curl'), 'utf8');
    assert.ok(options.includes('url = "http://guard:8089/webhook"'));
  });
});

test('a record that cannot be read stops it: what stood there before must not be lost', async () => {
  await withBench(async (bench, simulated) => {
    assert.is((await bench.command(INSTALL)).code, 0);
    const calls = simulated.calls.get('app/setPreferences');
    await writeFile(path.join(bench.folder, 'data', 'journal.db.webhook.json'), '{"v": 2}');
    for (const command of [INSTALL, REMOVE]) {
      const outcome = await bench.command(command);
      assert.is(outcome.code, 3);
      assertOneLine(outcome, /journal\.db\.webhook\.json can't be used \(it is not of version 1\)/);
    }
    assert.is(simulated.calls.get('app/setPreferences'), calls);
  });
});

test.run();
