import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { assertOneLine, leaveLimits, limitsOf, simulator, swarmOf, withBench } from './support.ts';

const test = suite('rollback on the command line: what it is asked for');

/** The first torrent is a hybrid one. */
function withHybrid(port = 0): ReturnType<typeof simulator> {
  const swarm = swarmOf();
  const torrents = swarm.torrents.map((spec, at) =>
    at === 0 ? { ...spec, format: 'hybrid' as const } : spec,
  );
  return simulator({ port, swarm: { ...swarm, torrents } });
}

test('a hybrid torrent is known by its v1 hash, and an unknown hash ends with 2, by the service with 5', async () => {
  const simulated = withHybrid();
  await withBench(async (bench) => {
    await leaveLimits(bench, simulated);
    const left = limitsOf(simulated);
    const torrents = new Map(
      [...simulated.swarm.torrents.values()].map((torrent) => [torrent.spec.name, torrent]),
    );
    const { hash = '', hashV1 = '' } = torrents.get('one') ?? {};
    const three = torrents.get('three')?.hash ?? '';
    const unknownHash = 'f'.repeat(40);

    const slip = await bench.command(['rollback', '--confirm', '--json', '--hash', unknownHash]);
    assert.is(slip.code, 2);
    assertOneLine(
      { ...slip, stdout: '' },
      new RegExp(`neither in qBittorrent nor in the journal: ${unknownHash}`),
    );
    assert.equal(limitsOf(simulated), left);

    const asked = await bench.command(['rollback', '--hash', hashV1]);
    assert.is(asked.code, 2);
    assert.match(asked.stdout, new RegExp(`of them torrent ${hash}: 1 torrent\n`));
    const done = await bench.command([
      'rollback',
      '--confirm',
      '--json',
      '--hash',
      hashV1,
      '--hash',
      unknownHash,
    ]);
    assert.is(done.code, 0, done.stderr);
    const { status, changes_reversed, unknown } = JSON.parse(done.stdout);
    assert.equal(
      { status, changes_reversed, unknown },
      { status: 'completed', changes_reversed: 1, unknown: [unknownHash] },
    );
    assert.match(done.stderr, `neither in qBittorrent nor in the journal: ${unknownHash}`);
    assert.equal(limitsOf(simulated), { ...left, one: 0 });

    await bench.serve();
    await bench.health(200, /not limited until POST \/resume/);
    const refused = await bench.command(['rollback', '--confirm', '--hash', unknownHash]);
    assert.is(refused.code, 5);
    assertOneLine(refused, new RegExp(`the service refuses: None is known: .*${unknownHash}`));
    const both = await bench.command(['rollback', '--confirm', '--hash', hashV1, '--hash', three]);
    assert.is(both.code, 0, both.stderr);
    const { one, three: third } = limitsOf(simulated);
    assert.equal({ one, third }, { one: 0, third: 0 });
  }, simulated);
});

test('a hash that the journal does not have needs qBittorrent, which is unreachable: it ends with 4', async () => {
  const simulated = withHybrid((await freePorts(1))[0]);
  await withBench(async (bench) => {
    await leaveLimits(bench, simulated);
    const [{ hash = '', hashV1 = '' } = {}] = simulated.swarm.torrents.values();
    await simulated.stop();
    const unknown = await bench.command(['rollback', '--confirm', '--hash', hashV1]);
    assert.is(unknown.code, 4);
    assertOneLine(unknown, /cannot be reached/);
    assert.not.match(unknown.stdout, 'remembered');
    const known = await bench.command(['rollback', '--confirm', '--hash', hash]);
    assert.is(known.code, 4);
    assert.match(known.stdout, 'the rollback is remembered');
  }, simulated);
});

test('with nothing managed it does nothing and ends with 0, with and without the service', async () => {
  await withBench(async (bench, simulated, qbittorrentPort) => {
    await bench.configure({ qbittorrentPort, capBps: -1 });
    const alone = await bench.command(['rollback', '--confirm']);
    assert.is(alone.code, 0, alone.stderr);
    assert.match(alone.stdout, /under management: 0 torrents\nnothing was managed, so nothing was changed/);
    assert.is(simulated.calls.size, 0);

    const run = await bench.serve();
    await bench.health(200);
    const served = await bench.command(['rollback', '--confirm', '--json']);
    assert.is(served.code, 0, served.stderr);
    assert.is(JSON.parse(served.stdout).status, 'completed');
    const words = await bench.command(['rollback', '--confirm']);
    assert.match(words.stdout, /Nothing was managed, so nothing was changed. Enforcement goes on./);
    assert.not.match(words.stdout, 'POST /resume');
    await run.stop();

    await bench.configure({ qbittorrentPort });
    await bench.serve();
    await waitFor('limits', 30_000, async () => ((limitsOf(simulated).one ?? 0) > 0 ? true : undefined));
    assert.match(await bench.health(200), /"status":"healthy"/);
  });
});

test.run();
