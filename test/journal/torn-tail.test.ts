import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fsync } from '../../src/journal/sync.ts';
import { cutTornTail, scanJournalFile } from '../../src/journal/torn-tail.ts';
import { change, inFolder, journalError, KEY, opened } from './support.ts';

const test = suite('a torn last line');

/** A short journal (where NeDB alone refuses to open) with a last line that has characters of several bytes. */
async function shortJournal(file: string): Promise<{ whole: Buffer; lastLineAt: number }> {
  const journal = await opened(file);
  await journal.recordIntent([{ ...change(5000, [111]), reason: 'first' }], 100);
  await journal.recordIntent([{ ...change(6000, [5000]), reason: 'zweite Änderung ✓ 🎉' }], 200);
  await journal.close();
  const whole = await readFile(file);
  return { whole, lastLineAt: whole.lastIndexOf('\n', whole.length - 2) + 1 };
}

test('is distinguished from a whole one, wherever it is cut', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const { whole, lastLineAt } = await shortJournal(file);
    assert.ok(whole.length - lastLineAt > 100);
    for (let end = lastLineAt; end <= whole.length; end += 1) {
      await writeFile(file, whole.subarray(0, end));
      const scan = await scanJournalFile(file);
      // Only the line end missing: the entry itself is whole.
      const isWhole = end >= whole.length - 1;
      assert.is(scan.tornAt, isWhole || end === lastLineAt ? null : lastLineAt, `cut at ${end}`);
      assert.is([...scan.entries].length, isWhole ? 3 : 2, `cut at ${end}`);
    }
  }));

test('makes an adoption all or nothing, wherever it is cut', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const journal = await opened(file);
    await journal.recordIntent([change(5000, [111])], 100);
    const before = (await readFile(file)).length;
    const records = Array.from({ length: 50 }, (_, n) => ({
      key: KEY(100 + n),
      originalWire: 1000 + (n % 7),
      trackerId: 'tracker-b',
      firstSeenAt: 50 + n,
      lastWire: 2000 + n,
      beforeLastWire: null,
    }));
    await journal.adoptOriginals(records);
    await journal.close();
    const whole = await readFile(file);
    const found = new Set<number>();
    for (let end = before; end <= whole.length; end += 97) {
      await writeFile(file, whole.subarray(0, end));
      const again = await opened(file);
      found.add(again.originals.size);
      assert.is(again.originals.get(KEY(0))?.originalWire, 111, `cut at ${end}`);
      await again.close();
    }
    assert.equal([...found], [1, 51]);
  }));

test('does not keep the journal from opening, and its bytes are kept', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const { whole, lastLineAt } = await shortJournal(file);
    const cuts = fc.integer({ min: lastLineAt + 1, max: whole.length - 2 });
    let torn = 0;
    await fc.assert(
      fc.asyncProperty(cuts, fc.nat(64), async (end, zeros) => {
        const tail = Buffer.concat([whole.subarray(lastLineAt, end), Buffer.alloc(zeros)]);
        await writeFile(file, Buffer.concat([whole.subarray(0, lastLineAt), tail]));
        const journal = await opened(file);
        assert.is(journal.failure, null);
        assert.is(journal.originals.get(KEY(0))?.originalWire, 111);
        assert.is(journal.originals.get(KEY(0))?.lastWire, 5000);
        await journal.recordIntent([change(7000, [5000])], 300);
        await journal.close();
        torn = Math.min(9, torn + 1);
        assert.equal(await readFile(`${file}.torn-${torn}`), tail);
        assert.is((await scanJournalFile(file)).tornAt, null);
      }),
      { numRuns: 40 },
    );
    assert.is((await readdir(folder)).length, 10, 'the journal and at most nine cut ends');
  }));

test('is all that a new journal may consist of', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    for (const content of ['{"_id":"0', '{', '\0\0\0\0', '']) {
      await writeFile(file, content);
      const journal = await opened(file);
      await journal.recordIntent([change(5000, [111])], 100);
      await journal.close();
    }
  }));

test('may end in a line end, when what is missing is in its middle', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const { whole, lastLineAt } = await shortJournal(file);
    const holed = Buffer.from(whole);
    holed.fill(0, lastLineAt + 20, lastLineAt + 60);
    await writeFile(file, holed);
    assert.is((await scanJournalFile(file)).tornAt, lastLineAt);
    await writeFile(file, Buffer.concat([holed, whole.subarray(lastLineAt)]));
    await journalError(scanJournalFile(file), 'corrupt');
  }));

test('is found across the chunks in which a large file is read', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const journal = await opened(file);
    for (let n = 0; n < 4; n += 1) {
      await journal.recordIntent([change(5000 + n, Array(9000).fill(n))], 100 + n);
    }
    const expected = new Map(journal.originals);
    await journal.close();
    const whole = await readFile(file);
    assert.ok(whole.length > 1_000_000);
    await writeFile(file, Buffer.concat([whole, Buffer.from('{"_id":"torn')]));
    const scan = await scanJournalFile(file);
    assert.is(scan.tornAt, whole.length);
    await cutTornTail(file, whole.length, fsync);
    assert.equal(await readFile(file), whole);
    const again = await opened(file);
    assert.equal(again.originals, expected);
    await again.close();
  }));

test.run();
