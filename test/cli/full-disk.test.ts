/**
 * A disk that is really full, for this one process: the system refuses to let any of its files grow (the limit of
 * `ulimit -f`, which prlimit sets while it runs), without root and without filling anybody's disk.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { limitsOf, MIB, type Run, withBench } from './support.ts';

const test = suite('run: a disk that is full');
const ORIGINAL = { one: 0, two: 300 * 1024, three: 0 };

async function allowFilesOf(run: Run, bytes: number | 'unlimited'): Promise<void> {
  await promisify(execFile)('prlimit', ['--pid', String(run.pid), `--fsize=${bytes}:unlimited`]);
}

test('nothing is limited, /health and one line of the log say why, a rollback works, and all goes on when there is room', async () => {
  await withBench(async (bench, simulated, qbittorrentPort) => {
    const isLimited = async () => ((limitsOf(simulated).one ?? 0) > 0 ? true : undefined);
    const run = await bench.serve();
    await waitFor('limits', 30_000, isLimited);
    await bench.health(200);
    await allowFilesOf(run, 64);
    const writes = () => simulated.calls.get('torrents/setUploadLimit');

    await bench.configure({ qbittorrentPort, capBps: MIB });
    const reason = /nothing is limited while the journal can't be written: No space left .*\(EFBIG\)/;
    await bench.health(503, reason);
    const before = writes();
    // Several more cycles that want other limits, and a reconcile's worth of attempts to write.
    for (const capBps of [3 * MIB, MIB / 2]) {
      await bench.configure({ qbittorrentPort, capBps });
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    }
    await bench.health(503, reason);
    assert.is(writes(), before, 'no limit is written without journal');
    assert.is(run.stdout.split('EFBIG').length - 1, 1, run.stdout);

    const answer = await fetch(`http://127.0.0.1:${bench.port}/rollback`, {
      method: 'POST',
      body: new URLSearchParams({ confirm: 'true' }),
    });
    const { status, remembered } = (await answer.json()) as Record<string, unknown>;
    assert.equal([status, remembered], ['completed', false]);
    assert.equal(limitsOf(simulated), ORIGINAL);

    await allowFilesOf(run, 'unlimited');
    await bench.health(200, /rolled back: no limit is enforced until POST \/resume/);
    await waitFor('the rollback on disk', 30_000, async () => {
      const { text } = await bench.get('/journal?kind=rollback');
      return /"finished_at":"/.test(text) ? true : undefined;
    });
    assert.equal(limitsOf(simulated), ORIGINAL);
    const resumed = await fetch(`http://127.0.0.1:${bench.port}/resume`, { method: 'POST' });
    assert.is(resumed.status, 200);
    await waitFor('limits again', 30_000, isLimited);
    await bench.health(200);
    assert.is((await run.stop()).code, 0);
  });
});

test.run();
