/** Our reader of SQLite files, measured by what SQLite itself reads from them. */
import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DatabaseError } from '../../src/import/sqlite/errors.ts';
import { Pages } from '../../src/import/sqlite/pages.ts';
import { readVarint } from '../../src/import/sqlite/record.ts';
import { columnsOf, findTable, rowsOf } from '../../src/import/sqlite/table.ts';
import { rejection } from '../support/scripted-server.ts';
import { database, inFolder, rowsBySqlite } from './support.ts';

const test = suite('reading SQLite');
const WANTED = ['torrent_hash', 'old_limit', 'new_limit', 'tracker_id', 'timestamp', 'restored'];

async function rowsByUs(file: string): Promise<string[]> {
  const pages = await Pages.open(file);
  try {
    const { root, columns } = await findTable(pages, 'rollback_entries');
    const places = WANTED.map((name) => columns.indexOf(name));
    const rows: string[] = [];
    for await (const some of rowsOf(pages, root)) {
      for (const { values } of some) {
        rows.push(places.map((place, index) => asPython(values[place], WANTED[index])).join('\t'));
      }
    }
    await pages.assertUnchanged();
    return rows;
  } finally {
    await pages.close();
  }
}

function asPython(value: unknown, column: string | undefined): string {
  return column === 'timestamp' && Number.isInteger(value) ? `${value}.0` : String(value);
}

for (const name of ['plain', 'logged', 'large', 'utf16']) {
  test(`${name}.db has the rows that SQLite finds in it`, async () => {
    await inFolder(async (folder) => {
      assert.equal(await rowsByUs(await database(name, folder)), await rowsBySqlite(name));
    });
  });
}

test('without its log, a database is what it was when the log was begun', async () => {
  await inFolder(async (folder) => {
    const file = await database('logged', folder);
    await truncate(`${file}-wal`, 0);
    const rows = await rowsByUs(file);
    assert.is(rows.length, 59);
    assert.equal(rows, (await rowsBySqlite('logged')).slice(0, 59));
  });
});

test('a log that is cut off anywhere counts up to the last whole commit', async () => {
  await inFolder(async (folder) => {
    const whole = await rowsBySqlite('logged');
    const log = await readFile(`${await database('logged', folder)}-wal`);
    const file = path.join(folder, 'logged.db');
    const lengths = new Set<number>();
    for (let length = 0; length <= log.length; length += 268) {
      await writeFile(`${file}-wal`, log.subarray(0, length));
      const rows = await rowsByUs(file);
      assert.equal(rows, whole.slice(0, rows.length));
      lengths.add(rows.length);
    }
    assert.equal([...lengths], [59, 60, 61]);
  });
});

test('a log whose bits have flipped counts up to there', async () => {
  await inFolder(async (folder) => {
    const file = await database('logged', folder);
    const log = await readFile(`${file}-wal`);
    log.writeUInt8(log.readUInt8(100) ^ 1, 100);
    await writeFile(`${file}-wal`, log);
    assert.is((await rowsByUs(file)).length, 59);
  });
});

async function refusal(file: string): Promise<string> {
  const error = await rejection(rowsByUs(file));
  assert.instance(error, DatabaseError, String(error));
  assert.match(error.message, /Nothing was changed\./);
  return error.message;
}

test('a transaction that was cut off is for SQLite to undo, and it is said how', async () => {
  await inFolder(async (folder) => {
    const file = await database('unfinished', folder);
    assert.match(await refusal(file), /unfinished\.db-journal.*Start the Python Qguardarr once more/);
    await writeFile(`${file}-journal`, Buffer.alloc(512));
    const rows = await rowsByUs(file).catch(() => null);
    assert.ok(rows === null || rows.length === 39, 'a journal that was emptied holds nothing up');
  });
});

test('another database, no database, an empty and a missing file are distinguished', async () => {
  await inFolder(async (folder) => {
    assert.match(await refusal(await database('foreign', folder)), /no table "rollback_entries".*bookmarks/);
    const text = path.join(folder, 'text');
    await writeFile(text, '{"originals": []}\n'.repeat(20));
    assert.match(await refusal(text), /does not begin with "SQLite format 3"/);
    await writeFile(text, '');
    assert.match(await refusal(text), /header of 100 bytes, the file has 0/);
    const missing = await rejection(rowsByUs(path.join(folder, 'missing')));
    assert.is((missing as NodeJS.ErrnoException).code, 'ENOENT');
  });
});

test('a file cut off at any page is refused', async () => {
  await inFolder(async (folder) => {
    const whole = await readFile(await database('large', folder));
    const cut = path.join(folder, 'cut.db');
    for (let pages = 1; pages < whole.length / 512; pages += 17) {
      await writeFile(cut, whole.subarray(0, pages * 512 + 100));
      assert.match(await refusal(cut), /cut off|damaged|refers to page/);
    }
  });
});

test('whatever is damaged in it, the answer is rows or a refusal, and never takes for ever', async () => {
  await inFolder(async (folder) => {
    const whole = await readFile(await database('plain', folder));
    const file = path.join(folder, 'damaged.db');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 }),
        async (changes) => {
          const bytes = Buffer.from(whole);
          for (const [at, byte] of changes) bytes.writeUInt8(byte, at);
          await writeFile(file, bytes);
          const outcome = await rowsByUs(file).catch((error: unknown) => error);
          assert.ok(Array.isArray(outcome) || outcome instanceof DatabaseError, String(outcome));
        },
      ),
      { numRuns: 300 },
    );
  });
});

test('a page that leads back to one above it is no endless way', async () => {
  await inFolder(async (folder) => {
    const file = await database('large', folder);
    const bytes = await readFile(file);
    const pages = await Pages.open(file);
    const { root } = await findTable(pages, 'rollback_entries');
    await pages.close();
    const start = (root - 1) * 512;
    const firstCell = bytes.readUInt16BE(start + 12);
    bytes.writeUInt32BE(root, start + firstCell);
    await writeFile(file, bytes);
    assert.match(await refusal(file), /in a circle/);
  });
});

test('a database written to meanwhile is not taken for whole', async () => {
  await inFolder(async (folder) => {
    const file = await database('logged', folder);
    const pages = await Pages.open(file);
    try {
      await pages.assertUnchanged();
      await appendFile(`${file}-wal`, Buffer.alloc(536));
      assert.match((await rejection(pages.assertUnchanged())).message, /written to while it was read/);
    } finally {
      await pages.close();
    }
  });
});

test('varints of one to nine bytes are read as the format says', () => {
  const cases: readonly (readonly [bytes: readonly number[], value: number])[] = [
    [[0x00], 0],
    [[0x7f], 127],
    [[0x81, 0x00], 128],
    [[0x81, 0x80, 0x00], 16_384],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -1],
  ];
  for (const [bytes, value] of cases) {
    assert.equal(readVarint(Buffer.from([9, ...bytes, 9]), 1), { value, end: 1 + bytes.length });
  }
  assert.throws(() => readVarint(Buffer.from([0x81]), 0), /ERR_OUT_OF_RANGE|out of range/i);
});

test('columns are found whatever stands around their names', () => {
  assert.equal(
    columnsOf(
      'CREATE TABLE "t" (id INTEGER PRIMARY KEY, "a, b" TEXT DEFAULT \'x,(y\', [c] DECIMAL(10, 2), `d`, UNIQUE(c, d))',
    ),
    ['id', 'a, b', 'c', 'd'],
  );
});

test.run();
