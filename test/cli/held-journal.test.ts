import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { type Bench, limitsOf, withBench } from './support.ts';

const test = suite('a journal that another container with our host name and pid 1 holds');

const ORIGINAL = { one: 0, two: 300 * 1024, three: 0 };
const NO_SERVICE = /no service answers at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)/;
const WATCHING = /marked as in use by process 1 on .*: watching for its heartbeat/;

async function lockElsewhere({ folder }: Bench, beats: number): Promise<void> {
  await mkdir(path.join(folder, 'data'), { recursive: true });
  const lock = {
    pid: 1,
    hostname: hostname(),
    startedAt: 1e12,
    token: '01234567-89ab-4def-8123-456789abcdef',
    pidNamespace: '00000000-0000-4000-8000-000000000000 pid:[4026532999]',
    beats: String(beats).padStart(10, '0'),
  };
  await writeFile(path.join(folder, 'data/journal.db.lock'), JSON.stringify(lock));
}

test('is refused with 3 by the service, and left alone, once its owner is seen to live', async () => {
  await withBench(async (bench, simulated) => {
    await lockElsewhere(bench, 1);
    const run = bench.start(['run']);
    await run.says(WATCHING);
    await lockElsewhere(bench, 2);
    const { code, stderr } = await run.ended;
    assert.is(code, 3);
    assert.match(stderr, /The journal .* is in use by process 1 on /);
    assert.equal(limitsOf(simulated), ORIGINAL);
  });
});

test('is refused with 5 by a rollback that reaches no service, once its owner is seen to live', async () => {
  await withBench(async (bench) => {
    await lockElsewhere(bench, 1);
    const run = bench.start(['rollback', '--confirm']);
    await run.says(WATCHING);
    await lockElsewhere(bench, 2);
    const { code, stderr } = await run.ended;
    assert.is(code, 5);
    assert.match(stderr, NO_SERVICE);
    assert.match(stderr, /the journal is in use by process 1 on .*, which is alive/);
  });
});

test('is taken over by a rollback when its owner crashed, after 30 s without a heartbeat', async () => {
  await withBench(async (bench, simulated) => {
    const service = await bench.serve();
    await waitFor('limits', 30_000, async () => ((limitsOf(simulated).one ?? 0) > 0 ? true : undefined));
    service.kill('SIGKILL');
    await service.ended;
    await lockElsewhere(bench, 1);
    const startedAt = performance.now();
    const { code, stderr } = await bench.command(['rollback', '--confirm']);
    assert.is(code, 0, stderr);
    assert.match(stderr, NO_SERVICE);
    assert.match(stderr, WATCHING);
    const seconds = (performance.now() - startedAt) / 1000;
    assert.ok(seconds >= 30 && seconds < 45, `took ${seconds} s`);
    assert.equal(limitsOf(simulated), ORIGINAL);
  });
});

test.run();
