import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { assertNoSecrets, type Bench, MIB, withBench } from './support.ts';

const test = suite('run: reload and log');

async function capOf(bench: Bench): Promise<number> {
  const trackers = JSON.parse((await bench.get('/stats/trackers')).text);
  return trackers.example?.configured_limit_mbps ?? 0;
}

async function untilCap(bench: Bench, mib: number): Promise<void> {
  await waitFor(`a cap of ${mib} MiB/s`, 30_000, async () =>
    (await capOf(bench)) === mib ? true : undefined,
  );
}

test('a changed file is taken over; a broken one is refused, told, and the old config stays', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    const run = await bench.serve();
    await untilCap(bench, 2);
    await bench.configure({ qbittorrentPort, capBps: 3 * MIB });
    await untilCap(bench, 3);
    await run.says('config reloaded');

    await bench.write('q.yaml', 'trackers: 5\n');
    await run.says(/config not reloaded, the one in force stays/);
    await run.says(/trackers \(line 1\): expected a list/);
    await bench.health(200, /config not reloaded: trackers/);
    assert.is(await capOf(bench), 3);

    await bench.configure({ qbittorrentPort, capBps: 4 * MIB });
    await untilCap(bench, 4);
    assert.is((await run.stop()).code, 0);
  });
});

test('SIGHUP reloads too, and changes nothing where nothing has changed', async () => {
  await withBench(async (bench) => {
    const run = await bench.serve();
    await bench.health(200);
    run.kill('SIGHUP');
    await run.says(/SIGHUP: reloading the config(.|\n)*config reloaded/);
    await bench.health(200);
    assert.is((await run.stop()).code, 0);
  });
});

test('level and file of the log change with the config; no secret is in it', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    const log = (name: string) => readFile(path.join(bench.folder, 'logs', name), 'utf8');
    await bench.configure({ qbittorrentPort, logging: { file: './logs/a.log', level: 'ERROR' } });
    const run = bench.start();
    await bench.health(200);
    await bench.configure({
      qbittorrentPort,
      logging: { file: './logs/b.log', level: 'DEBUG', backup_count: 0 },
    });
    await waitFor('debug lines', 30_000, async () =>
      (await log('b.log')).includes('"level":"debug"') ? true : undefined,
    );
    assert.is((await run.stop()).code, 0);
    assert.not.match(run.stdout, /serves http/);
    const text = await log('b.log');
    assertNoSecrets(text);
    assert.match(text, /stopped; limits stay as they are"\}\n$/);
    assert.equal(
      (await readdir(path.join(bench.folder, 'logs'))).filter((name) => name !== 'a.log'),
      ['b.log'],
    );
  });
});

test('a log file that cannot be written is reported once, and the service runs', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    await bench.write('file', 'not a folder');
    await bench.configure({ qbittorrentPort, logging: { file: './file/q.log' } });
    const run = await bench.serve();
    await bench.health(200);
    const { code, stderr } = await run.stop();
    assert.is(code, 0);
    assert.match(stderr, /^qguardarr: the log file \.\/file\/q\.log can't be written \(.*\n$/);
    assert.is(stderr.trimEnd().split('\n').length, 1);
  });
});

test.run();
