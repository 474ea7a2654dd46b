/** Moving over from the Python Qguardarr as its users do: its database, its config, its limits in qBittorrent. */
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { database, HASH } from '../import/support.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { assertOneLine, type Bench, limitsOf, SECRETS, simulator, swarmOf, withBench } from './support.ts';

const test = suite('qguardarr import');

/** What the tool left in qBittorrent, by the histories in plain.db. */
const LEFT = { limited: 450_000, owned: 100_000, restored: 250_000, misrestored: 90_000 };
const OWN = { limited: 0, owned: 307_200, restored: 250_000, misrestored: 260_000 };

function leftByPython() {
  const trackers = [`https://tracker.example/${SECRETS.passkey}/announce`];
  const hashes = { limited: 1, owned: 2, restored: 4, misrestored: 5 };
  const torrents = Object.entries(hashes).map(([name, number]) => ({
    name,
    hash: HASH(number),
    trackers,
    demand: { kind: 'constant', bps: 1024 * 1024 } as const,
    uploadLimitWire: LEFT[name as keyof typeof LEFT],
  }));
  return simulator({ swarm: { ...swarmOf(), torrents } });
}

/** The Python Qguardarr's database in the data folder, under that name. */
async function bring(bench: Bench, name: string, as: string): Promise<string> {
  const folder = path.join(bench.folder, 'data');
  await mkdir(folder, { recursive: true });
  await database(name, folder, as);
  return `data/${as}`;
}

const filesIn = async (bench: Bench) => (await readdir(path.join(bench.folder, 'data'))).sort();

test('without --confirm it shows what would be taken over, and writes nothing', async () => {
  await withBench(async (bench) => {
    const file = await bring(bench, 'plain', 'python.db');
    const { code, stdout } = await bench.command(['import', '--database', file]);
    assert.is(code, 2);
    assert.match(stdout, /python\.db: 13 changes of 8 torrents\nTORRENT +OWN LIMIT +LAST WRITTEN +WHAT\n/);
    assert.match(stdout, new RegExp(`${HASH(1)} +unlimited +439 KiB/s +taken over\n`));
    assert.match(stdout, new RegExp(`${HASH(4)} +244 KiB/s +88 KiB/s +has it back already\n`));
    assert.match(stdout, new RegExp(`${HASH(7)} .* taken over; 117 KiB/s was seen later\n`));
    assert.match(stdout, /nothing was changed: add --confirm to take over 7 originals/);
    const again = await bench.command(['import', '--database', file, '--json']);
    const answer = JSON.parse(again.stdout);
    assert.equal([answer.status, answer.originals, answer.torrents.length], ['not_confirmed', 7, 8]);
  });
});

test('a rollback then gives each torrent what it had before the Python Qguardarr came', async () => {
  const simulated = leftByPython();
  await withBench(async (bench) => {
    const file = await bring(bench, 'plain', 'python.db');
    const taken = await bench.command(['import', '--database', file, '--confirm']);
    assert.is(taken.code, 0, taken.stderr);
    assert.match(taken.stdout, /taken over: 7 originals, on disk\. qBittorrent was not touched\./);
    assert.equal(limitsOf(simulated), LEFT);
    const back = await bench.command(['rollback', '--confirm']);
    assert.is(back.code, 0, back.stderr);
    assert.equal(limitsOf(simulated), OWN);
    const again = await bench.command(['import', '--database', file, '--confirm', '--json']);
    assert.is(again.code, 0, again.stderr);
  }, simulated);
});

test('the service takes none of the limits that it finds for the user’s, and gives the originals back', async () => {
  const simulated = leftByPython();
  await withBench(async (bench) => {
    const file = await bring(bench, 'plain', 'python.db');
    await bench.command(['import', '--database', file, '--confirm']);
    const service = await bench.serve();
    await waitFor('limits of ours', 30_000, async () => {
      const limits = limitsOf(simulated);
      return limits.limited !== LEFT.limited || undefined;
    });
    assert.not.match(service.stdout, /changed from outside/);
    const held = await bench.command(['import', '--database', file, '--confirm']);
    assert.is(held.code, 3);
    assertOneLine(held, /in use by process .*: stop the service, import, start it again/);
    assert.is((await bench.command(['rollback', '--confirm'])).code, 0);
    assert.equal(limitsOf(simulated), OWN);
    assert.is((await service.stop()).code, 0);
  }, simulated);
});

test('with the config as it was, the service says what to do, and the database makes room for the journal', async () => {
  const simulated = leftByPython();
  await withBench(async (bench) => {
    await bring(bench, 'plain', 'journal.db');
    const refused = await bench.command(['run']);
    assert.is(refused.code, 3);
    assertOneLine(refused, /is an SQLite database.*qguardarr import --confirm/);
    assert.is((await bench.command(['import'])).code, 2);
    assert.equal(await filesIn(bench), ['journal.db']);
    const taken = await bench.command(['import', '--confirm', '--json']);
    assert.is(taken.code, 0, taken.stderr);
    assert.match(JSON.parse(taken.stdout).kept, /journal\.db\.python$/);
    assert.equal(await filesIn(bench), ['journal.db', 'journal.db.python']);
    assert.is((await bench.command(['rollback', '--confirm'])).code, 0);
    assert.equal(limitsOf(simulated), OWN);
    const known = await bench.command(['import']);
    assert.is(known.code, 2);
    assertOneLine(known, /no SQLite database is at .*journal\.db: name .* by --database FILE/);
  }, simulated);
});

test('a torrent that is under management keeps its original, which is said', async () => {
  const simulated = leftByPython();
  await withBench(async (bench, _, qbittorrentPort) => {
    await bench.configure({ qbittorrentPort, capBps: 256 * 1024 });
    const service = await bench.serve();
    await waitFor(
      'limits of ours',
      30_000,
      async () => limitsOf(simulated).owned !== LEFT.owned || undefined,
    );
    await service.stop();
    const file = await bring(bench, 'plain', 'python.db');
    const { stdout } = await bench.command(['import', '--database', file, '--confirm']);
    assert.match(stdout, new RegExp(`${HASH(2)} .* kept: the journal has 98 KiB/s`));
    assert.match(stdout, /torrents? under management already: the original in the journal stays/);
  }, simulated);
});

test('what is no such database is refused in one line, and nothing is written', async () => {
  await withBench(async (bench) => {
    const cases: readonly (readonly [file: string, message: RegExp])[] = [
      [await bring(bench, 'foreign', 'foreign.db'), /no table "rollback_entries"/],
      [await bring(bench, 'unfinished', 'cut.db'), /a transaction was cut off/],
      ['q.yaml', /does not begin with "SQLite format 3"/],
      ['data/missing.db', /missing\.db can't be read \(ENOENT\)/],
    ];
    const before = await filesIn(bench);
    for (const [file, message] of cases) {
      const outcome = await bench.command(['import', '--database', file, '--confirm']);
      assert.is(outcome.code, 1);
      assertOneLine(outcome, message);
    }
    assert.equal(await filesIn(bench), before);
  });
});

test.run();
