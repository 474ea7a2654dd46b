import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RECORD_VERSION } from '../../src/journal/records.ts';
import { change, HASH, inFolder, journalError, KEY, opened } from './support.ts';

const test = suite('the format of the journal');
const FORMATS = fileURLToPath(new URL('./formats', import.meta.url));

test('of each version so far is kept as a file, which this release reads', async () => {
  const versions = Array.from({ length: RECORD_VERSION }, (_, n) => `v${n + 1}.db`);
  assert.equal((await readdir(FORMATS)).sort(), versions);
});

/** Every kind of entry, a deletion, and each field with a value of its own: as release 0.1 wrote them. */
test('1 means what it meant', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    await copyFile(path.join(FORMATS, 'v1.db'), file);
    const kinds = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).kind ?? 'deletion');
    assert.equal(
      [...new Set(kinds)].sort(),
      'change,checkpoint,closed,deletion,original,outcome,replaced,rollback,written'.split(','),
    );
    const journal = await opened(file);
    const original = (n: number, originalWire: number, firstSeenAt: number, wires: [number, number]) => ({
      key: KEY(n),
      originalWire,
      trackerId: 'tracker-a',
      firstSeenAt,
      beforeLastWire: wires[0],
      lastWire: wires[1],
    });
    assert.equal(
      [...journal.originals.values()],
      [
        original(0, 0, 1_790_000_001_000, [5000, 6000]),
        {
          ...original(1, 777, 1_790_000_018_000, [0, 6000]),
          earlier: [{ wire: 300_000, until: 1_790_000_018_000 }],
        },
        original(3, 700, 1_790_000_014_000, [700, 2048]),
        original(7, 1, 1_790_000_024_000, [1, 4096]),
        original(8, 2, 1_790_000_024_000, [2, 4096]),
      ],
    );
    const changes = (await journal.page('change', 0, 10)).items;
    assert.equal(
      changes.map((item) => 'state' in item && [item.toWire, item.reason, item.state]),
      [
        [2048, 'level', 'failed'],
        [6000, 'level', 'done'],
        [1024, 'guard', 'failed'],
      ],
    );
    assert.equal(
      (await journal.page('rollback', 0, 10)).items.map((item) => 'by' in item && [item.by, item.resumedAt]),
      [
        ['command line', null],
        ['api', 1_790_000_011_000],
      ],
    );
    assert.is(journal.openRollback?.reason, 'half done');
    await journal.close();
  }));

test('2 means what it meant: originals, restored torrents, accepted limits, a contest, a rollback, the name', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    await copyFile(path.join(FORMATS, 'v2.db'), file);
    const journal = await opened(file);
    const shared = { trackerId: 'tracker-a' };
    const first = { ...shared, originalWire: 111, firstSeenAt: 1_795_000_016_000 };
    assert.equal(
      [...journal.originals.values()],
      [
        {
          key: KEY(0),
          ...first,
          lastWire: 6011,
          beforeLastWire: 5003,
          earlier: [{ wire: 0, until: 1_795_000_016_000 }],
        },
        {
          key: KEY(3),
          ...shared,
          originalWire: 900,
          firstSeenAt: 1_795_000_016_000,
          lastWire: 5003,
          beforeLastWire: 900,
        },
      ],
    );
    assert.equal(
      [...journal.restored.values()].map(({ key, originalWire, restoredAt }) => [
        key,
        originalWire,
        restoredAt,
      ]),
      [[KEY(1), 888, 1_795_000_022_000]],
    );
    assert.equal(
      [...journal.accepted],
      [
        [KEY(5), 2011],
        [KEY(6), 4011],
      ],
    );
    assert.is(journal.contest, null);
    const open = journal.openPartRollbacks.map(({ by, scope, originals }) => ({ by, scope, originals }));
    assert.equal(open, [
      { by: 'api', scope: { kind: 'tracker', trackerId: 'tracker-a' }, originals: 'first' },
    ]);
    assert.is(await journal.identify(), '7a96f579-d9f0-4527-a980-273fad4f5b44');
    await journal.close();
  }));

test('of a later release is refused by its version, with what to do, and left as it is', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const journal = await opened(file);
    await journal.recordIntent([change(5000, [1])], 100);
    await journal.close();
    const ours = await readFile(file, 'utf8');
    const later = `{"_id":"0zzzzzzzzzz","v":${RECORD_VERSION + 1},"kind":"what-no-one-knows-yet","of":"${HASH(1)}"}\n`;
    for (const content of [later, ours + later, `${ours + later}{"_id":"torn`]) {
      await writeFile(file, content);
      const { message } = await journalError(opened(file), 'newer');
      assert.match(message, `newer Qguardarr, in version ${RECORD_VERSION + 1} of its format`);
      assert.match(message, /Nothing was changed\. Start the newer Qguardarr again, or have it roll back/);
      assert.is(await readFile(file, 'utf8'), content);
    }
    assert.equal(await readdir(folder), ['rollback.db'], 'no lock, no copy left behind');
  }));

test.run();
