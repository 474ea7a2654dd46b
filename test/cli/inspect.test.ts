import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FaultyProxy } from '../support/faulty-proxy.ts';
import { assertOneLine, limitsOf, SECRETS, simulator, withBench } from './support.ts';

const test = suite('doctor, preview and match on the command line');

test('doctor lists what it finds, with advice, and ends with 1; it writes nothing', async () => {
  await withBench(async (bench, simulated, port) => {
    const body = new URLSearchParams({
      json: JSON.stringify({ limit_lan_peers: false, limit_utp_rate: false, up_limit: 102_400 }),
    });
    await fetch(`http://127.0.0.1:${port}/api/v2/app/setPreferences`, { method: 'POST', body });
    const before = limitsOf(simulated);
    const { code, stdout, stderr } = await bench.command(['doctor']);
    assert.is(code, 1, stderr);
    assert.match(
      stdout,
      new RegExp(`connected to qBittorrent v5\\.1\\.0 at http://127\\.0\\.0\\.1:${port}: 3 torrents`),
    );
    assert.match(
      stdout,
      /- warning: qBittorrent's global upload limit of 100 KiB\/s is in force, .*\n {4}what torrents want is shared/,
    );
    assert.not.match(stdout, /LAN|local network|TP protocol/, 'no limit of a torrent depends on them');
    assert.match(stdout, /- note: 1 torrent has an upload limit of its own \(example 1\)/);
    assert.not.match(stdout, /every user of this machine/);
    assert.equal(limitsOf(simulated), before);
    assert.is(simulated.calls.get('torrents/setUploadLimit'), undefined);
  });
});

test('doctor notes a config with secrets that every user can read', async () => {
  await withBench(async (bench) => {
    await chmod(path.join(bench.folder, 'q.yaml'), 0o644);
    const { stdout } = await bench.command(['doctor']);
    assert.match(
      stdout,
      /- note: q\.yaml holds secrets, and every user .* \(mode 644\)\n {4}chmod 600 q\.yaml/,
    );
  });
});

test('doctor finds that every read is a full one when a proxy strips cookies, and not otherwise', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    const proxy = new FaultyProxy(qbittorrentPort);
    await proxy.start();
    try {
      await bench.configure({ qbittorrentPort: proxy.port });
      const whole = await bench.command(['doctor']);
      assert.not.match(whole.stdout, /full one/);
      await proxy.inject({ strikes: () => true, injury: { kind: 'strip-cookies' } });
      const { code, stdout } = await bench.command(['doctor']);
      assert.is(code, 1);
      assert.match(
        stdout,
        /- warning: every read of qBittorrent is a full one of \d+ kB, .*\n {4}let the proxy pass the headers Cookie and Set-Cookie/,
      );
    } finally {
      await proxy.stop();
    }
  });
});

test('doctor takes a journal that cannot be used for one more finding', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    await bench.write('file', '');
    await bench.configure({ qbittorrentPort, rollback: { database_path: './file/journal.db' } });
    const { code, stdout } = await bench.command(['doctor']);
    assert.is(code, 1);
    assert.match(stdout, /connected to qBittorrent/);
    assert.match(stdout, /- error: The journal .* can't be written \(ENOTDIR\)/);
  });
});

test('doctor and preview end with 4 and one line when qBittorrent refuses', async () => {
  await withBench(
    async (bench, simulated, qbittorrentPort) => {
      await bench.configure({ qbittorrentPort, password: SECRETS.wrongPassword });
      for (const command of ['doctor', 'preview']) {
        const outcome = await bench.command([command]);
        assert.is(outcome.code, 4);
        assertOneLine(outcome, /refused the user name or password/);
      }
      assert.is(simulated.calls.get('auth/login'), 2);
    },
    simulator({ bypassLocalAuth: false }),
  );
});

test('preview says what would be written and why, and writes nothing', async () => {
  await withBench(async (bench, simulated) => {
    const before = limitsOf(simulated);
    const { code, stdout, stderr } = await bench.command(['preview']);
    assert.is(code, 0, stderr);
    assert.match(stdout, /3 torrents considered, \d limits? would change in \d calls?; nothing was written/);
    assert.match(stdout, /^TRACKER\s+CAP\s+USAGE\s+MANAGED\s+ACTIVE$/m);
    assert.match(stdout, /^example\s+2\.00 MiB\/s\s+.*\s3\s+3$/m);
    assert.match(stdout, /^TORRENT\s+TRACKER\s+FROM\s+TO\s+WHY$/m);
    assert.match(stdout, /^[0-9a-f]{40}\s+example\s+/m);
    assert.equal(limitsOf(simulated), before);
  });
});

test('while the service runs, preview asks it, and doctor still looks', async () => {
  await withBench(async (bench) => {
    await bench.serve();
    await bench.health(200);
    const preview = await bench.command(['preview']);
    assert.is(preview.code, 0, preview.stderr);
    assert.match(preview.stdout, /^by the running service: 3 torrents considered, .*nothing was written$/m);
    assert.match(preview.stdout, /^example\s+2\.00 MiB\/s\s+2\.00 MiB\/s$/m);
    const doctor = await bench.command(['doctor']);
    assert.match(doctor.stdout, /^the journal is in use by process \d+ on .+, running since 20.+: /);
    assert.match(doctor.stdout, /connected to qBittorrent/);
    assert.not.match(doctor.stdout, /limit of their own/);
  });
});

test('match names the pattern that wins, without the passkey', async () => {
  await withBench(async (bench) => {
    const url = `https://tracker.example/${SECRETS.passkey}/announce?passkey=${SECRETS.passkey}`;
    const { code, stdout } = await bench.command(['match', url]);
    assert.is(code, 0);
    assert.match(stdout, /^TRACKER\s+PATTERN\s+MATCHES\s+WINS$/m);
    assert.match(stdout, /^example\s+\S+\s+yes\s+yes$/m);
    assert.match(stdout, /^default\s+\.\*\s+/m);
    const nonsense = await bench.command(['match', '** [DHT] **']);
    assert.is(nonsense.code, 1);
    assert.is(nonsense.stderr, '');
  });
});

test.run();
