/** Moving over from the Python Qguardarr as its users do: the rows of its database, its config, its limits in qBittorrent. */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { asLines, asList, HASH, rows } from '../import/support.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { assertOneLine, type Bench, limitsOf, SECRETS, simulator, swarmOf, withBench } from './support.ts';

const test = suite('qguardarr import');

/** What the tool left in qBittorrent, by the rows. */
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

/** The rows in a file, as `sqlite3 -json` writes them. */
async function bring(bench: Bench): Promise<string> {
  await bench.write('rows.json', asList(rows()));
  return 'rows.json';
}

test('without --confirm it shows what would be taken over, and writes nothing', async () => {
  await withBench(async (bench) => {
    const file = await bring(bench);
    const { code, stdout } = await bench.command(['import', file]);
    assert.is(code, 2);
    assert.match(stdout, /rows\.json: 13 changes of 8 torrents\nTORRENT +OWN LIMIT +LAST WRITTEN +WHAT\n/);
    assert.match(stdout, new RegExp(`${HASH(1)} +unlimited +439 KiB/s +taken over\n`));
    assert.match(stdout, new RegExp(`${HASH(4)} +244 KiB/s +88 KiB/s +has it back already\n`));
    assert.match(stdout, new RegExp(`${HASH(7)} .* taken over; 117 KiB/s was seen later\n`));
    assert.match(stdout, /nothing was changed: add --confirm to take over 7 originals/);
    const again = await bench.command(['import', file, '--json']);
    const answer = JSON.parse(again.stdout);
    assert.equal([answer.status, answer.originals, answer.torrents.length], ['not_confirmed', 7, 8]);
    assert.equal([answer.source, answer.changes], ['rows.json', 13]);
  });
});

test('a rollback then gives each torrent what it had before the Python Qguardarr came', async () => {
  const simulated = leftByPython();
  await withBench(async (bench) => {
    const file = await bring(bench);
    const taken = await bench.command(['import', file, '--confirm']);
    assert.is(taken.code, 0, taken.stderr);
    assert.match(taken.stdout, /taken over: 7 originals, on disk\. qBittorrent was not touched\./);
    assert.equal(limitsOf(simulated), LEFT);
    const back = await bench.command(['rollback', '--confirm']);
    assert.is(back.code, 0, back.stderr);
    assert.equal(limitsOf(simulated), OWN);
    const again = await bench.command(['import', file, '--confirm', '--json']);
    assert.is(again.code, 0, again.stderr);
  }, simulated);
});

test('the service takes none of the limits that it finds for the user’s, and gives the originals back', async () => {
  const simulated = leftByPython();
  await withBench(async (bench) => {
    const file = await bring(bench);
    await bench.command(['import', file, '--confirm']);
    const service = await bench.serve();
    await waitFor('limits of ours', 30_000, async () => {
      const limits = limitsOf(simulated);
      return limits.limited !== LEFT.limited || undefined;
    });
    assert.not.match(service.stdout, /changed from outside/);
    const held = await bench.command(['import', file, '--confirm']);
    assert.is(held.code, 3);
    assertOneLine(held, /in use by process .*: stop the service, import, start it again/);
    assert.is((await bench.command(['rollback', '--confirm'])).code, 0);
    assert.equal(limitsOf(simulated), OWN);
    assert.is((await service.stop()).code, 0);
  }, simulated);
});

test('rows come on standard input too, in both forms', async () => {
  await withBench(async (bench) => {
    const shown = await bench.command(['import'], {}, asList(rows()));
    assert.is(shown.code, 2, shown.stderr);
    assert.match(shown.stdout, /^standard input: 13 changes of 8 torrents\n/);
    const taken = await bench.command(['import', '-', '--confirm'], {}, asLines(rows()));
    assert.is(taken.code, 0, taken.stderr);
    assert.match(taken.stdout, /taken over: 7 originals/);
    const none = await bench.command(['import', '--confirm']);
    assert.is(none.code, 1);
    assertOneLine(none, /standard input: there are no rows in it/);
  });
});

test('a database in the place of the journal is refused with what to do, and nothing of it changes', async () => {
  const simulated = leftByPython();
  await withBench(async (bench) => {
    const folder = path.join(bench.folder, 'data');
    const journal = path.join(folder, 'journal.db');
    const bytes = `SQLite format 3\0${'\x10'.repeat(4_000)}`;
    await mkdir(folder);
    await writeFile(journal, bytes);
    await writeFile(`${journal}-wal`, 'the log');
    const file = await bring(bench);
    for (const args of [
      ['run'],
      ['import', file],
      ['import', file, '--confirm'],
      ['rollback', '--confirm'],
    ]) {
      const refused = await bench.command(args);
      assert.is(refused.code, 3, args.join(' '));
      assertOneLine(refused, /is an SQLite database.*sqlite3 -json .*move the database into another folder/);
    }
    assert.equal((await readdir(folder)).sort(), ['journal.db', 'journal.db-wal']);
    assert.is(await readFile(journal, 'latin1'), bytes);
    assert.is(await readFile(`${journal}-wal`, 'latin1'), 'the log');
    await mkdir(path.join(bench.folder, 'python-data'));
    for (const name of ['journal.db', 'journal.db-wal']) {
      await rename(path.join(folder, name), path.join(bench.folder, 'python-data', name));
    }
    assert.is((await bench.command(['import', file, '--confirm'])).code, 0);
    assert.is((await bench.command(['rollback', '--confirm'])).code, 0);
    assert.equal(limitsOf(simulated), OWN);
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
    const file = await bring(bench);
    const { stdout } = await bench.command(['import', file, '--confirm']);
    assert.match(stdout, new RegExp(`${HASH(2)} .* kept: the journal has 98 KiB/s`));
    assert.match(stdout, /torrents? under management already: the original in the journal stays/);
  }, simulated);
});

test('what are not such rows is refused in one line with its number, and nothing is written', async () => {
  await withBench(async (bench) => {
    const [first = {}, second = {}, ...rest] = rows();
    const all = asList(rows());
    await bench.write('cut.json', all.slice(0, -3));
    await bench.write('half.json', all.slice(0, all.lastIndexOf(',\n') + 2));
    await bench.write('wrong.json', asLines([first, { ...second, old_limit: 'x' }, ...rest]));
    await bench.write('python.db', 'SQLite format 3\0');
    const cases: readonly (readonly [file: string, message: RegExp])[] = [
      ['cut.json', /cut\.json, line 13: it is not one whole row/],
      ['half.json', /half\.json, line 12: the list has no end/],
      ['wrong.json', /wrong\.json, line 2: 'old_limit' should be a limit in B\/s, got "x"/],
      ['python.db', /python\.db: it is an SQLite database.* sqlite3 -json python\.db "SELECT/],
      ['q.yaml', /q\.yaml, line 1: it is not one whole row/],
      ['missing.json', /missing\.json can't be read \(ENOENT\)/],
    ];
    for (const [file, message] of cases) {
      const outcome = await bench.command(['import', file, '--confirm']);
      assert.is(outcome.code, 1);
      assertOneLine(outcome, message);
    }
    assert.not.ok((await readdir(bench.folder)).includes('data'), 'no journal is made');
  });
});

test.run();
