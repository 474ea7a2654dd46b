import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { assertOneLine, leaveLimits, limitsOf, simulator, withBench } from './support.ts';

const test = suite('rollback on the command line');

const ORIGINAL = { one: 0, two: 300 * 1024, three: 0 };

test('after a crash it gives the originals back, and enforcement stays off', async () => {
  await withBench(async (bench, simulated) => {
    assert.equal(limitsOf(simulated), ORIGINAL);
    await leaveLimits(bench, simulated);
    const left = limitsOf(simulated);
    assert.not.equal(left, ORIGINAL);

    const asked = await bench.command(['rollback']);
    assert.is(asked.code, 2);
    assert.match(asked.stdout, /under management: [23] torrents\nnothing was changed: add --confirm/);
    assert.equal(limitsOf(simulated), left);

    const done = await bench.command(['rollback', '--confirm', '--reason', 'test']);
    assert.is(done.code, 0, done.stderr);
    assert.match(done.stdout, /restored: [23] torrents/);
    assert.match(done.stdout, /nothing is enforced until POST \/resume/);
    assert.equal(limitsOf(simulated), ORIGINAL);

    const run = await bench.serve();
    await bench.health(200, /rolled back: no limit is enforced until POST \/resume/);
    assert.equal(limitsOf(simulated), ORIGINAL);
    assert.is((await run.stop()).code, 0);
  });
});

test('of one tracker, or of some torrents, it gives those back, and the service leaves only them alone', async () => {
  await withBench(async (bench, simulated) => {
    await leaveLimits(bench, simulated);
    const left = limitsOf(simulated);
    const hashes = new Map([...simulated.swarm.torrents].map(([hash, { spec }]) => [spec.name, hash]));
    const [one = '', three = ''] = [hashes.get('one'), hashes.get('three')];

    const slip = await bench.command(['rollback', '--confirm', '--tracker', 'exmaple']);
    assert.is(slip.code, 2);
    assertOneLine(slip, /no tracker has the id "exmaple": expected one of example, default/);
    assert.equal(limitsOf(simulated), left);

    const done = await bench.command(['rollback', '--confirm', '--hash', one]);
    assert.is(done.code, 0, done.stderr);
    assert.match(done.stdout, new RegExp(`of them torrent ${one}: 1 torrent\nrestored: 1 torrent`));
    assert.match(done.stdout, new RegExp(`torrent ${one}: not limited until POST /resume`));
    assert.equal(limitsOf(simulated), { ...left, one: 0 });

    const run = await bench.serve();
    await bench.health(200, new RegExp(`not limited until POST /resume: torrent ${one}`));
    const unknown = await bench.command(['rollback', '--confirm', '--tracker', 'exmaple']);
    assert.is(unknown.code, 5);
    assertOneLine(unknown, /the service refuses: No tracker with the id "exmaple" is configured/);
    const asked = await bench.command(['rollback', '--confirm', '--hash', three, '--hash', 'f'.repeat(40)]);
    assert.is(asked.code, 0, asked.stderr);
    assert.match(asked.stderr, /neither in qBittorrent nor in the journal: f{40}/);
    assert.match(asked.stdout, /restored: 1 torrent .*\n2 torrents: not limited until POST \/resume/);
    assert.is(limitsOf(simulated).one, 0);
    assert.is(limitsOf(simulated).three, ORIGINAL.three);
    assert.is((await run.stop()).code, 0);

    const all = await bench.command(['rollback', '--confirm', '--tracker', 'example']);
    assert.is(all.code, 0, all.stderr);
    assert.equal(limitsOf(simulated), ORIGINAL);
  });
});

test('unreachable it ends with 4 and is remembered: the next start finishes it', async () => {
  const [port = 0] = await freePorts(1);
  const simulated = simulator({ port });
  await withBench(async (bench) => {
    await leaveLimits(bench, simulated);
    await simulated.stop();
    const outcome = await bench.command(['rollback', '--confirm']);
    assert.is(outcome.code, 4);
    assertOneLine(outcome, /cannot be reached .*ECONNREFUSED/);
    assert.match(outcome.stdout, /the rollback is remembered: the service goes on with it when it starts/);

    await simulated.start();
    const run = await bench.serve();
    await waitFor('the originals', 30_000, async () =>
      JSON.stringify(limitsOf(simulated)) === JSON.stringify(ORIGINAL) ? true : undefined,
    );
    await bench.health(200, /rolled back/);
    assert.is((await run.stop()).code, 0);
  }, simulated);
});

test('while the service runs, the service does it, and qBittorrent gets no login besides', async () => {
  await withBench(async (bench, simulated, qbittorrentPort) => {
    await bench.configure({ qbittorrentPort, global: { host: '0.0.0.0' } });
    await bench.serve();
    await bench.health(200);
    await waitFor('limits', 30_000, async () => ((limitsOf(simulated).one ?? 0) > 0 ? true : undefined));
    const before = simulated.calls.get('auth/login');
    const asked = await bench.command(['rollback']);
    assert.is(asked.code, 2);
    assert.match(
      asked.stdout,
      /the service is running; under management: [23] torrents\nnothing was changed/,
    );
    const outcome = await bench.command(['rollback', '--confirm', '--json']);
    assert.is(outcome.code, 0, outcome.stderr);
    assert.is(JSON.parse(outcome.stdout).status, 'completed');
    assert.is(outcome.stderr, '', 'no bar where there is no terminal');
    assert.equal(limitsOf(simulated), ORIGINAL);
    assert.is(simulated.calls.get('auth/login'), before);
    await bench.health(200, /rolled back: no limit is enforced until POST \/resume/);
  });
});

test('a dry run refuses', async () => {
  await withBench(async (bench, simulated, qbittorrentPort) => {
    await bench.configure({ qbittorrentPort, global: { dry_run: true } });
    const outcome = await bench.command(['rollback', '--confirm']);
    assert.is(outcome.code, 2);
    assertOneLine(outcome, /global\.dry_run is on/);
    assert.is(simulated.calls.size, 0);
  });
});

test('after a renaming of qBittorrent both the service and the rollback refuse with 3, until the name is back', async () => {
  await withBench(async (bench, simulated, qbittorrentPort) => {
    await leaveLimits(bench, simulated);
    const left = limitsOf(simulated);
    await bench.configure({ qbittorrentPort, qbittorrent: { name: 'nas' } });
    for (const args of [['run'], ['rollback', '--confirm']]) {
      const outcome = await bench.command(args);
      assert.is(outcome.code, 3, args[0]);
      assert.match(
        outcome.stderr,
        /^qguardarr: The journal belongs to qBittorrent "default" with [23] torrents/m,
      );
      assert.equal(limitsOf(simulated), left);
    }
    await bench.configure({ qbittorrentPort });
    assert.is((await bench.command(['rollback', '--confirm'])).code, 0);
    assert.equal(limitsOf(simulated), ORIGINAL);
  });
});

test.run();
