import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { change, inFolder, journalError, opened } from './support.ts';

const test = suite('a damaged or foreign file');

test('is refused with the line that is damaged, in the middle or of another version, and changes nothing', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const journal = await opened(file);
    for (let n = 0; n < 3; n += 1) await journal.recordIntent([change(5000, [1], n)], 100);
    await journal.close();
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    const damaged = async (line: number, text: string) => {
      const content = `${lines.with(line - 1, text).join('\n')}\n`;
      await writeFile(file, content);
      const error = await journalError(opened(file), 'corrupt');
      assert.match(error.message, new RegExp(`^Line ${line} of the journal ${file} `));
      assert.is(await readFile(file, 'utf8'), content);
      return error.message;
    };
    await damaged(2, (lines[1] ?? '').slice(0, -9));
    await damaged(3, 'null');
    assert.match(await damaged(6, (lines[5] ?? '').replace('"v":2', '"v":0')), /version 0/);
    assert.match(await damaged(6, (lines[5] ?? '').replace('level', 'le\u2028vel')), /U\+2028/);
    assert.match(
      await damaged(6, (lines[5] ?? '').replace('"toWire":5000', '"toWire":-5')),
      /toWire.*got -5/,
    );
    assert.match(await damaged(1, (lines[0] ?? '').replace('"at"', '"att"')), /'at'/);
    assert.match(await damaged(1, (lines[0] ?? '').replace('{', '{"more":1,')), /unknown field 'more'/);
    assert.equal(await readdir(folder), ['rollback.db'], 'no lock, no copy left behind');
  }));

test('is left as it was when it is no journal at all', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    await writeFile(file, `SQLite format 3\0${'\x10'.repeat(4000)}`);
    assert.match((await journalError(opened(file), 'corrupt')).message, /SQLite.*Python/);
    await writeFile(file, 'a letter to my aunt');
    await journalError(opened(file), 'corrupt');
    assert.is(await readFile(file, 'utf8'), 'a letter to my aunt');
  }));

test.run();
