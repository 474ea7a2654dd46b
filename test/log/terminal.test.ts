import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { overwriteLine, withStyle, writeJson, writeLines } from '../../src/log/terminal.ts';

const test = suite('texts for a terminal');
const HOSTILE = 'name\n\u001b[2J\u001b]0;title\u0007\u009b31m\r\u202Egnp.exe\u2028\u007f';
const UNRULY = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

function written(write: (stream: PassThrough) => void): string {
  const stream = new PassThrough();
  write(stream);
  return String(stream.read());
}

test('a hostile text stays one line, and its control characters are shown as escapes', () => {
  const text = written((stream) => writeLines(stream, [HOSTILE, 'second']));
  assert.is(text.split('\n').length, 3);
  assert.not.match(text.replaceAll('\n', ''), UNRULY);
  assert.match(
    text,
    /^name\\n\\u001b\[2J\\u001b\]0;title\\u0007\\u009b31m\\r\\u202egnp\.exe\\u2028\\u007f\n/,
  );
});

test('of a styled text only the style reaches the terminal as escape sequences', () => {
  const text = written((stream) => writeLines(stream, [`a ${withStyle('red', HOSTILE)} z`]));
  assert.ok(text.startsWith('a \u001b[31mname\\n\\u001b[2J'), text);
  assert.ok(text.endsWith('\u001b[39m z\n'), text);
  assert.is(text.split('\u001b').length, 3);
});

test('a text that was never styled can not bring a style of its own', () => {
  assert.is(
    written((stream) => writeLines(stream, ['\u001b[31mred\u001b[39m'])),
    '\\u001b[31mred\\u001b[39m\n',
  );
});

test('JSON has the same meaning, without a control character other than its line breaks', () => {
  const text = written((stream) => writeJson(stream, JSON.stringify({ name: HOSTILE }, null, 2)));
  assert.not.match(text.replaceAll('\n', ''), UNRULY);
  assert.equal(JSON.parse(text), { name: HOSTILE });
});

test('a progress line overwrites the one before it, and shows its text as it is read', () => {
  assert.is(
    written((stream) => overwriteLine(stream, `5 % ${'\u001b[2J'}`)),
    '\r\u001b[K5 % \\u001b[2J',
  );
});

test('no other source file writes to standard output or standard error by itself', async () => {
  const root = fileURLToPath(new URL('../../src/', import.meta.url));
  const files = (await readdir(root, { recursive: true })).filter(
    (name) => name.endsWith('.ts') && !name.startsWith('web'),
  );
  const direct = /process\.std(out|err)\.write|\bconsole\.\w+\(/;
  const writers: string[] = [];
  for (const name of files)
    if (direct.test(await readFile(path.join(root, name), 'utf8'))) writers.push(name);
  assert.ok(files.length > 100);
  assert.equal(writers, []);
});

test.run();
