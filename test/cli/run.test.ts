import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { assertOneLine, limitsOf, withBench } from './support.ts';

const test = suite('run: start and stop');

test('it serves and limits; SIGTERM ends it with 0 within 5 s and leaves the limits', async () => {
  await withBench(async (bench, simulated) => {
    const run = await bench.serve();
    await bench.health(200);
    const state = await bench.get('/state');
    assert.is(state.status, 200);
    assert.match(state.text, /"steady"/);
    await waitFor('all to be limited', 30_000, async () =>
      Object.values(limitsOf(simulated)).every((wire) => wire > 0) ? true : undefined,
    );
    const { code, ms, stdout, stderr } = await run.stop();
    assert.is(code, 0);
    assert.ok(ms < 5_000, `${ms} ms`);
    assert.is(stderr, '');
    assert.ok(Object.values(limitsOf(simulated)).every((wire) => wire > 0));
    assert.not.ok(existsSync(path.join(bench.folder, 'data/journal.db.lock')));
    for (const line of stdout.trimEnd().split('\n')) assert.type(JSON.parse(line).msg, 'string');
    assert.match(stdout, /SIGTERM: stopping/);
    assert.match(stdout, /stopped; limits stay as they are/);
  });
});

test('with on_shutdown: restore, SIGTERM gives every limit back, and says which it could not', async () => {
  await withBench(async (bench, simulated, qbittorrentPort) => {
    const own = limitsOf(simulated);
    await bench.configure({ qbittorrentPort, rollback: { on_shutdown: 'restore' } });
    const isLimited = async () => ((limitsOf(simulated).one ?? 0) > 0 ? true : undefined);
    const first = await bench.serve();
    await waitFor('limits', 30_000, isLimited);
    const stopped = await first.stop();
    assert.is(stopped.code, 0);
    assert.match(stopped.stdout, /stopped; [23] torrents have their own limits back/);
    assert.equal(limitsOf(simulated), own);

    const second = await bench.serve();
    await waitFor('limits', 30_000, isLimited);
    await simulated.stop();
    await bench.health(503);
    const { code, ms, stdout } = await second.stop();
    assert.is(code, 0);
    assert.ok(ms < 5_000, `${ms} ms`);
    assert.match(
      stdout,
      /stopped; 0 torrents have their own limits back, [23] have not \(qBittorrent does not answer/,
    );
  });
});

test('a second one is refused: who holds the journal, and 3; the first runs on', async () => {
  await withBench(async (bench) => {
    await bench.serve();
    const second = await bench.command(['run']);
    assert.is(second.code, 3);
    assertOneLine(
      second,
      /journal .*journal\.db is in use by process \d+ on .*, running since 20.*stop the other/,
    );
    assert.is((await bench.get('/ping')).status, 200);
  });
});

test('a port in use is one line and 3; the journal is free again', async () => {
  await withBench(async (bench) => {
    const squatter = createServer().listen(bench.port, '127.0.0.1');
    try {
      const outcome = await bench.command(['run']);
      assert.is(outcome.code, 3);
      assertOneLine(outcome, new RegExp(`Port ${bench.port} on 127\\.0\\.0\\.1 is in use.*global\\.port`));
      assert.not.ok(existsSync(path.join(bench.folder, 'data/journal.db.lock')));
    } finally {
      await new Promise((resolve) => squatter.close(resolve));
    }
  });
});

test('a data folder that cannot be is one line and 3', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    await bench.write('file', 'not a folder');
    await bench.configure({ qbittorrentPort, rollback: { database_path: './file/journal.db' } });
    const outcome = await bench.command(['run']);
    assert.is(outcome.code, 3);
    assertOneLine(
      outcome,
      /journal .*file\/journal\.db can't be written \((ENOTDIR|EEXIST)\).*rollback\.database_path/,
    );
  });
});

test('an API key file that cannot be read is one line and 3, and frees the journal', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    await bench.configure({
      qbittorrentPort,
      auth: { api_key: '' },
      rollback: { database_path: './journal.db' },
    });
    // A folder of that name is there: reading it fails, for root too.
    await mkdir(path.join(bench.folder, 'api-key'));
    const outcome = await bench.command(['run']);
    assert.is(outcome.code, 3);
    assertOneLine(outcome, /API key can't be kept in api-key \(EISDIR\).*auth\.api_key/);
    assert.not.ok(existsSync(path.join(bench.folder, 'journal.db.lock')));
  });
});

test('the API key is shown once, at the first start, on stderr only', async () => {
  await withBench(async (bench, _, qbittorrentPort) => {
    await bench.configure({
      qbittorrentPort,
      auth: { api_key: '' },
      logging: { file: './q.log', level: 'DEBUG' },
    });
    const first = await bench.serve();
    const { stdout, stderr } = await first.stop();
    const key = /kept in \S+\):\n\s+(\S{32})\n/.exec(stderr)?.[1] ?? '';
    assert.is(key.length, 32, stderr);
    assert.not.ok(stdout.includes(key));
    const second = await bench.serve();
    const again = await second.stop();
    assert.is(again.stderr, '');
    assert.not.ok(again.stdout.includes(key));
    assert.not.ok((await readFile(path.join(bench.folder, 'q.log'), 'utf8')).includes(key));
  });
});

test.run();
