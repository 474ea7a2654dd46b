import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { demoEnvironment } from '../../src/cli/demo.ts';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { withBench } from './support.ts';

const test = suite('the demo');

function addressIn(output: string): string {
  return /serves (http:\/\/[\d.]+:\d+) /.exec(output)?.[1] ?? '';
}

test('--demo limits a simulated qBittorrent, whatever the environment says, and leaves nothing', async () => {
  await withBench(async (bench, simulated, qbittorrentPort) => {
    const [port = 0] = await freePorts(1);
    const run = bench.start(['--demo'], {
      TMPDIR: bench.folder,
      QGUARDARR__GLOBAL__PORT: String(port),
      QGUARDARR__QBITTORRENT__PORT: String(qbittorrentPort),
      QGUARDARR__ROLLBACK__DATABASE_PATH: './real.db',
    });
    await run.says(/Demo\. It runs against a simulated qBittorrent .* no real torrent is touched/);
    await run.says(/cycle 1: changed \d+ limits/);
    assert.is(addressIn(run.stdout), `http://127.0.0.1:${port}`);
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    assert.is(health.status, 200);
    const folders = async () =>
      (await readdir(bench.folder)).filter((name) => name.startsWith('qguardarr-demo-'));
    assert.is((await folders()).length, 1);
    assert.is((await run.stop()).code, 0);
    assert.equal(await folders(), []);
    assert.is(simulated.calls.size, 0);
    assert.not.ok(existsSync(path.join(bench.folder, 'real.db')));
  });
});

test('without any config it is the demo, on another port when its own is taken', async () => {
  await withBench(async (bench) => {
    const squatter = createServer();
    // Taken by another program already: as good for this.
    await new Promise<void>((resolve) => {
      squatter.once('error', () => resolve());
      squatter.listen(8089, '127.0.0.1', () => resolve());
    });
    try {
      const run = bench.start([], { QGUARDARR_CONFIG: '' });
      await run.says(/No config found: this is the demo/);
      await run.says(/Port 8089 is in use, so the demo serves on port \d+/);
      await run.says(/serves http/);
      const health = await fetch(`${addressIn(run.stdout)}/ping`);
      assert.is(health.status, 200);
      assert.is((await run.stop()).code, 0);
    } finally {
      await new Promise((resolve) => squatter.close(resolve));
    }
  });
});

test('of the environment it heeds only how it is reached and how it logs', () => {
  const heeded = {
    QGUARDARR__GLOBAL__PORT: '1',
    qguardarr__global__host: '0.0.0.0',
    QGUARDARR_API_KEY_FILE: '/run/key',
    QGUARDARR__LOGGING__LEVEL: 'DEBUG',
  };
  const others = {
    QGUARDARR__QBITTORRENT__HOST: 'nas',
    QGUARDARR__TRACKERS__0__PATTERN: 'x',
    QGUARDARR__ROLLBACK__DATABASE_PATH: '/data/rollback.db',
    QGUARDARR__GLOBAL__DRY_RUN_STORE_PATH: '/data/dry.json',
    HOME: '/root',
  };
  assert.equal(demoEnvironment({ ...heeded, ...others }), heeded);
});

test.run();
