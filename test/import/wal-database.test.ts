/** A real database in WAL mode, with all of it in the log yet: its rows by the commands of the document. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readRows, readRowsFile } from '../../src/import/read-rows.ts';
import { NedbJournal } from '../../src/journal/nedb-journal.ts';
import { rowsCommand } from '../../src/journal/sqlite-file.ts';
import { rejection } from '../support/scripted-server.ts';
import { asList, databaseSql, inFolder, rows } from './support.ts';

const test = suite('a database in WAL mode');
const DATABASE = 'data/rollback.db';
const DOCUMENT = await readFile(new URL('../../docs/moving-from-python.md', import.meta.url), 'utf8');

/** A tool that makes a database and leaves its log, and the document's command that writes the rows. */
interface Tool {
  readonly program: string;
  make(folder: string): void;
  export(folder: string): void;
}

/** As at a crash: the log is not written back to the database. */
const LEAVE_LOG = `
import os, sqlite3, sys
sqlite3.connect("${DATABASE}").executescript(sys.stdin.read())
os._exit(0)`;

const tools: readonly Tool[] = [
  {
    program: 'sqlite3',
    make: (cwd) =>
      void execFileSync('sqlite3', ['-bail', DATABASE], {
        cwd,
        input: `.dbconfig no_ckpt_on_close on\n${databaseSql()}`,
      }),
    export: (cwd) => void execFileSync('sh', ['-c', rowsCommand(DATABASE)], { cwd }),
  },
  {
    program: 'python3',
    make: (cwd) => void execFileSync('python3', ['-c', LEAVE_LOG], { cwd, input: databaseSql() }),
    export(cwd) {
      const script = /```python\n([\s\S]*?)```/.exec(DOCUMENT)?.[1] ?? '';
      assert.is(script.trim().split('\n').length, 5, 'five lines of Python in the document');
      execFileSync('sh', ['-c', 'python3 - > rows.json'], { cwd, input: script });
    },
  },
];

const isThere = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

for (const { program, make, export: exportRows } of tools) {
  const title = `${program} writes rows that are read as they are in the log`;
  if (!isThere(program)) {
    test(title, () => {
      if (process.env.CI) throw new Error(`CI is set, but ${program} is not installed`);
      console.log(`skipped "${title}": ${program} is not installed`);
    });
    continue;
  }
  test(title, () =>
    inFolder(async (folder) => {
      execFileSync('mkdir', [path.join(folder, 'data')]);
      make(folder);
      const file = path.join(folder, DATABASE);
      assert.ok((await stat(`${file}-wal`)).size > 4096, 'the rows are in the log');
      assert.not.ok((await readFile(file)).includes('allocation_update'), 'and not in the database');
      exportRows(folder);
      assert.equal(
        await readRowsFile(path.join(folder, 'rows.json')),
        await readRows('rows', Readable.from([Buffer.from(asList(rows()))])),
      );
    }),
  );

  test(`made by ${program} it is refused as a journal and as rows, and no byte of it changes`, () =>
    inFolder(async (folder) => {
      execFileSync('mkdir', [path.join(folder, 'data')]);
      make(folder);
      const file = path.join(folder, DATABASE);
      const content = async () => {
        const names = (await readdir(path.dirname(file))).sort();
        return await Promise.all(
          names.map(async (name) => [name, await readFile(path.join(path.dirname(file), name))]),
        );
      };
      const before = await content();
      const refused = await rejection(new NedbJournal({ path: file }).open());
      assert.match(
        refused.message,
        /is an SQLite database.*sqlite3 -json .*move the database into another folder/,
      );
      assert.match((await rejection(readRowsFile(file))).message, /it is an SQLite database/);
      assert.equal(await content(), before);
    }));
}

test('the document has the very command that messages and help tell', () => {
  assert.ok(DOCUMENT.includes(`\n${rowsCommand(DATABASE)}\n`), rowsCommand(DATABASE));
});

test.run();
