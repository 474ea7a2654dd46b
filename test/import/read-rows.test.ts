import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Bounds, RowsError, readRows, readRowsFile } from '../../src/import/read-rows.ts';
import { rejection } from '../support/scripted-server.ts';
import { asLines, asList, HASH, inFolder, type Row, rows } from './support.ts';

const test = suite('rows of the Python Qguardarr');
const [FIRST, ...REST] = rows();
if (FIRST === undefined) throw new Error('there are rows');

const read = (content: string | Buffer, bounds?: Bounds) =>
  readRows('rows.json', Readable.from([Buffer.from(content)]), bounds);

/** The message; fails where the rows are read. */
async function refusal(content: string | Buffer, bounds?: Bounds): Promise<string> {
  const error = await rejection(read(content, bounds));
  assert.instance(error, RowsError, String(error));
  assert.match(error.message, /Nothing was changed/);
  return error.message;
}

test('a JSON array with one row a line and JSON lines are read alike, with any line end', async () => {
  const { torrents, rows: count } = await read(asList(rows()));
  assert.is(count, 13);
  assert.is(torrents.size, 8);
  assert.is(torrents.get(HASH(1))?.originalWire, 0);
  const same = [
    asLines(rows()),
    asLines(rows()).trimEnd(),
    asList(rows()).replaceAll('\n', '\r\n'),
    `\uFEFF${asList(rows())}`,
    `[\n${asList(rows()).trim().slice(1, -1)}\n]\n\n`,
  ];
  for (const text of same) assert.equal((await read(text)).torrents, torrents, text.slice(0, 40));
});

test('a file is read like standard input, also one of many chunks', async () => {
  await inFolder(async (folder) => {
    const file = path.join(folder, 'rows.json');
    const many = Array.from({ length: 5_000 }, (_, index): Row => ({ ...FIRST, id: index + 1 }));
    await writeFile(file, asList(many));
    assert.is((await readRowsFile(file)).rows, 5_000);
    await writeFile(file, `${asLines(many)}cut`);
    assert.match((await rejection(readRowsFile(file))).message, /rows\.json, line 5001: /);
  });
});

test('a list that is cut anywhere is refused, so that no part of it is imported', async () => {
  const whole = asList(rows()).trimEnd();
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
      await refusal(whole.slice(0, length));
    }),
  );
  assert.match(await refusal(whole.slice(0, -1)), /rows\.json, line 13: the list has no end/);
});

test('what follows the end of the list is refused', async () => {
  assert.match(await refusal(asList([FIRST]) + asList(REST)), /line 2: there is more after the end/);
});

test('a row that is not as expected is refused with its line, what was expected and what came', async () => {
  const wrong: readonly (readonly [Row, RegExp])[] = [
    [{ torrent_hash: 'none' }, /line 2: 'torrent_hash' should be a v1 or v2 info-hash in hex, got "none"\./],
    [{ old_limit: 'many' }, /line 2: 'old_limit' should be a limit in B\/s, got "many"/],
    [{ old_limit: null }, /'old_limit' .* got null/],
    [{ new_limit: '5' }, /'new_limit' .* got "5"/],
    [{ tracker_id: 5 }, /'tracker_id' should be a text, got 5/],
    [{ timestamp: 'yesterday' }, /'timestamp' should be a time in Unix seconds/],
    [{ timestamp: -1 }, /'timestamp'/],
    [{ restored: 'yes' }, /'restored' should be a 0 or 1/],
    [{ id: 1.5 }, /'id' should be a whole number/],
  ];
  for (const [field, message] of wrong) {
    const text = asList([FIRST, { ...REST[0], ...field }, ...REST.slice(1)]);
    assert.match(await refusal(text), message);
    assert.match(await refusal(text), /sqlite3 -json rollback\.db "SELECT \* FROM rollback_entries/);
  }
  for (const field of ['id', 'torrent_hash', 'old_limit', 'new_limit', 'tracker_id', 'timestamp']) {
    const { [field]: _, ...row } = FIRST;
    assert.match(await refusal(asLines([row])), new RegExp(`line 1: '${field}' .* got nothing`));
  }
});

test('a database without the column "restored", fractions and odd numbers are read', async () => {
  const { restored: _, ...early } = FIRST;
  const odd = { ...early, id: 2, old_limit: 5_000.5, timestamp: 1_700_000_000, torrent_hash: HASH(9) };
  const { torrents } = await read(asList([early, odd]));
  assert.equal([torrents.get(HASH(1))?.isRestored, torrents.get(HASH(9))?.originalWire], [false, 5_000]);
});

test('rows in another order are refused, since the oldest has to come first', async () => {
  assert.match(await refusal(asList(rows().reverse())), /line 2: .* not in the order of their ids: 12 .* 13/);
  assert.match(await refusal(asLines(rows()) + asLines(rows())), /line 14: .* 1 comes after 13/);
});

test('a file that holds something else is refused without showing what it holds', async () => {
  const others = [
    'password: hunter2',
    '"hunter2"',
    '{"hunter2',
    '[["hunter2"]]',
    '['.repeat(60_000),
    'hunter2\0',
  ];
  for (const text of others) assert.not.match(await refusal(text), /hunter2|\[\[/);
});

test('an SQLite database is refused with the command that writes its rows', async () => {
  const message = await refusal(Buffer.from(`SQLite format 3\0\x10\0\n${'\0'.repeat(200)}`, 'latin1'));
  assert.match(message, /^rows\.json: it is an SQLite database/);
  assert.match(
    message,
    /sqlite3 -json rows\.json "SELECT .*" > rows\.json; then: qguardarr import rows\.json/,
  );
});

test('UTF-16, as Windows PowerShell writes it, is refused by that name', async () => {
  assert.match(await refusal(Buffer.from(`\uFEFF${asList(rows())}`, 'utf16le')), /it is UTF-16.*cmd \/c/);
});

test('no rows at all are refused, as a command that failed before the pipe gives none', async () => {
  for (const text of ['', '\n', '[]\n', '[\n]']) assert.match(await refusal(text), /there are no rows in it/);
});

test('lines, bytes, rows and torrents without an end are refused at a bound', async () => {
  const bounds = { maxBytes: 10_000, maxLines: 100, maxTorrents: 7 };
  assert.match(await refusal(asList(rows()), bounds), /line 13: .* more than 7 torrents.*in parts/);
  assert.match(await refusal('\n'.repeat(101), bounds), /line 101: there are more than 100 lines/);
  assert.match(
    await refusal(asLines(rows()), { ...bounds, maxBytes: 300 }),
    /line 2: .* more than 300 bytes/,
  );
  let sent = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) {
      sent += 1;
      yield Buffer.alloc(16 * 1024);
    }
  }
  const error = await rejection(readRows('standard input', endless()));
  assert.match(error.message, /^standard input, line 1: it is longer than 64 KiB/);
  assert.ok(sent < 10, `${sent} chunks were read`);
});

test.run();
