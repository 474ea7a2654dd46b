import { execFileSync } from 'node:child_process';
import { appendFile, lstat, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { JournalError, storageError } from '../../src/journal/errors.ts';
import { failWith, withStorage } from '../support/nedb-storage.ts';
import { change, inFolder, journalError, KEY, opened } from './support.ts';

const test = suite('a disk that fails');

for (const [code, kind] of [
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
  ['EROFS', 'unwritable'],
  ['EACCES', 'unwritable'],
  ['EIO', 'unwritable'],
] as const) {
  test(`stops what must be written (${code}), leaves the originals readable, and is got over`, () =>
    inFolder(async (folder) => {
      const file = path.join(folder, 'rollback.db');
      const journal = await opened(file);
      await journal.recordIntent([change(5000, [111])], 100);
      await withStorage(
        { appendFileAsync: failWith(code), crashSafeWriteFileLinesAsync: failWith(code) },
        async () => {
          const { message } = await journalError(journal.recordIntent([change(5000, [222], 1)], 200), kind);
          assert.match(message, file);
          assert.match(message, code);
          assert.is(journal.failure?.kind, kind);
          for (const write of [
            () => journal.recordIntent([change(6000, [5000])], 300),
            () => journal.closeOriginals([KEY(0)]),
            () => journal.replaceOriginals([{ key: KEY(0), originalWire: 1 }], 300),
            () => journal.beginRollback('me', '', 300),
            () => journal.resume(300),
            () => journal.prune(0),
          ]) {
            await journalError(write(), kind);
          }
          assert.equal([...journal.originals.keys()], [KEY(0)]);
          assert.is(journal.originals.get(KEY(0))?.originalWire, 111);
          assert.is(journal.originals.get(KEY(0))?.lastWire, 5000);
          assert.is((await journal.page('change', 0, 10)).total, 1);
        },
      );
      await journal.recordIntent([change(5000, [333], 1)], 400);
      assert.is(journal.failure, null);
      assert.is(journal.originals.get(KEY(1))?.originalWire, 333, 'the failed intent left nothing behind');
      await journal.close();
      const again = await opened(file);
      assert.is(again.originals.get(KEY(0))?.originalWire, 111);
      assert.is(again.originals.get(KEY(1))?.originalWire, 333);
      await again.close();
    }));
}

test('that is a pipe or a device is refused at once, and stays what it is', () =>
  inFolder(async (folder) => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const link = path.join(folder, 'link');
    await symlink('/dev/null', link);
    for (const file of [pipe, link]) {
      const { message } = await journalError(opened(file), 'unwritable');
      assert.match(message, `${file} is not a regular file, so it is not replaced`);
      assert.match(message, 'or set another rollback.database_path');
    }
    assert.ok((await stat(pipe)).isFIFO());
    assert.ok((await lstat(link)).isSymbolicLink());
    assert.equal((await readdir(folder)).sort(), ['link', 'pipe']);
  }));

test('in the middle of an append tears a line, which the next attempt sets aside', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const journal = await opened(file);
    await journal.recordIntent([change(5000, [111])], 100);
    const tornAppend = async (...args: unknown[]) => {
      const text = String(args[1]);
      await appendFile(file, text.slice(0, text.indexOf('\n') + 30));
      await failWith('ENOSPC')();
    };
    await withStorage({ appendFileAsync: tornAppend }, async () => {
      await journalError(journal.recordIntent([change(5000, [222], 1)], 200), 'full');
    });
    assert.not(journal.originals.has(KEY(1)));
    await journal.recordIntent([change(6000, [444], 1)], 300);
    assert.is(journal.originals.get(KEY(1))?.originalWire, 222, 'its original was whole, and it came first');
    assert.is(journal.originals.get(KEY(1))?.lastWire, 6000);
    assert.match(await readFile(`${file}.torn-1`, 'utf8'), /^\{"_id":"\w+".*[^}\n]$/);
    await journal.close();
  }));

test('is no obstacle to opening a journal for rollback', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    let journal = await opened(file);
    await journal.recordIntent([change(5000, [111])], 100);
    await journal.close();
    await appendFile(file, '{"_id":"torn');
    await withStorage({ crashSafeWriteFileLinesAsync: failWith('ENOSPC') }, async () => {
      journal = await opened(file);
      assert.is(journal.failure?.kind, 'full');
      assert.is(journal.originals.get(KEY(0))?.originalWire, 111);
      await journalError(journal.beginRollback('cli', '', 200), 'full');
    });
    await journal.beginRollback('cli', '', 300);
    assert.is(journal.failure, null);
    await journal.close();
  }));

test('is an error at once when there is no journal to read', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    await withStorage({ crashSafeWriteFileLinesAsync: failWith('ENOSPC') }, async () => {
      await journalError(opened(file), 'full');
    });
    assert.not((await readdir(folder)).includes('rollback.db.lock'));
  }));

test('does not keep its space taken by half a rewritten file', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const journal = await opened(file);
    await journal.recordIntent([change(5000, [111])], 100);
    const halfRewrite = async () => {
      await writeFile(`${file}~`, 'half');
      await failWith('ENOSPC')();
    };
    await withStorage({ crashSafeWriteFileLinesAsync: halfRewrite }, async () => {
      await journalError(journal.prune(0), 'full');
    });
    assert.not((await readdir(folder)).includes('rollback.db~'));
    await journal.close();
  }));

test('does not lose outcomes that wait for it', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    let journal = await opened(file);
    const ids = await journal.recordIntent([change(5000, [111])], 100);
    await journal.recordOutcome(ids, 'failed');
    await withStorage({ appendFileAsync: failWith('ENOSPC') }, async () => {
      await journalError(journal.recordIntent([change(6000, [5000])], 200), 'full');
    });
    await journal.closeOriginals([KEY(9)]);
    assert.is(journal.failure, null, 'read anew from the disk, which does not know the outcome yet');
    const [first] = (await journal.page('change', 0, 1)).items;
    assert.is(first !== undefined && 'state' in first && first.state, 'failed');
    await journal.recordIntent([change(6000, [5000])], 300);
    await journal.close();
    journal = await opened(file);
    const { items } = await journal.page('change', 0, 10);
    assert.equal(
      items.map((item) => 'state' in item && item.state),
      ['intended', 'failed'],
    );
    await journal.close();
  }));

test('is found in what NeDB wraps around it', () => {
  const wrapped = Object.assign(new Error('Failed to flush to storage'), {
    errorOnFsync: Object.assign(new Error('x'), { code: 'ENOSPC' }),
    errorOnClose: undefined,
  });
  const error = storageError('/data/rollback.db', wrapped);
  assert.is(error.kind, 'full');
  assert.is(error.cause, wrapped);
  assert.is(storageError('/other', error), error);
  assert.instance(error, JournalError);
  assert.match(storageError('/data/rollback.db', new Error('odd')).message, /\(odd\).*folder \/data exists/);
});

test.run();
