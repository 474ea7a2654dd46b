import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { NedbJournal } from '../../src/journal/nedb-journal.ts';
import { fsync } from '../../src/journal/sync.ts';
import { realStorage, withStorage } from '../support/nedb-storage.ts';
import { change, inFolder, KEY, opened } from './support.ts';

const test = suite('compaction');

/** What the disk holds at one moment. */
interface Disk {
  readonly step: string;
  readonly journal: Buffer;
  /** `<journal>~`, or null. */
  readonly rewritten: Buffer | null;
}

/** Opened some thousand times below: what a sync does is of no matter. */
const sync = { file: async (file: string) => (await stat(file)).size, folder: fsync.folder };

async function shortJournal(file: string): Promise<NedbJournal> {
  const journal = await opened(file, { now: counter(1_790_000_000_000), sync });
  const [id = ''] = await journal.recordIntent([{ ...change(6000, [300_000], 1), reason: 'ø' }], 200);
  await journal.recordOutcome([id], 'failed');
  await journal.recordIntent([change(5000, [0])], 100);
  await journal.replaceOriginals([{ key: KEY(0), originalWire: 777 }], 250);
  await journal.beginRollback('me', 'grün', 300);
  return journal;
}

/** Every state of the disk on the way through one prune: each byte that it appends or writes. */
async function disksOf(journal: NedbJournal, file: string): Promise<Disk[]> {
  const disks: Disk[] = [];
  const cuts = (text: string) => {
    const bytes = Buffer.from(text);
    return Array.from({ length: bytes.length + 1 }, (_, end) => bytes.subarray(0, end));
  };
  await withStorage(
    {
      async appendFileAsync(...args: unknown[]) {
        const before = await readFile(file);
        for (const part of cuts(String(args[1])))
          disks.push({ step: 'append', journal: Buffer.concat([before, part]), rewritten: null });
        await realStorage.appendFileAsync(...args);
      },
      async crashSafeWriteFileLinesAsync(...args: unknown[]) {
        const before = await readFile(file);
        for (const part of cuts(`${(args[1] as string[]).join('\n')}\n`))
          disks.push({ step: 'rewrite', journal: before, rewritten: part });
        await realStorage.crashSafeWriteFileLinesAsync(...args);
        disks.push({ step: 'renamed', journal: await readFile(file), rewritten: null });
      },
    },
    () => journal.prune(150),
  );
  return disks;
}

test('killed at any byte that it writes leaves a journal that opens with all of its originals', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const journal = await shortJournal(file);
    const before = { originals: new Map(journal.originals), rollback: journal.openRollback };
    const disks = await disksOf(journal, file);
    await journal.close();
    const steps = disks.map(({ step }) => step);
    assert.equal([...new Set(steps)], ['append', 'rewrite', 'renamed']);
    assert.ok(disks.length > 1_500, `${disks.length} states of the disk`);

    for (const [n, disk] of disks.entries()) {
      const at = `${disk.step}, state ${n} of ${disks.length}`;
      const place = path.join(folder, String(n % 50), 'rollback.db');
      await mkdir(path.dirname(place), { recursive: true });
      await writeFile(place, disk.journal);
      if (disk.rewritten !== null) await writeFile(`${place}~`, disk.rewritten);

      const found = await opened(place, { sync });
      assert.is(found.failure, null, at);
      assert.equal(found.originals, before.originals, at);
      assert.equal(found.openRollback, before.rollback, at);
      const { items } = await found.page('change', 0, 10);
      const kept = items.find((item) => 'toWire' in item && item.toWire === 6000);
      assert.is(kept !== undefined && 'state' in kept && kept.state, 'failed', at);
      await found.close();
      assert.not((await readdir(path.dirname(place))).includes('rollback.db~'), at);
    }
  }));

function counter(from: number): () => number {
  let at = from;
  return () => at++;
}

test.run();
