import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { API_KEY_FILE, ApiKeyFileError, loadKeptKey } from '../../src/http/api-key-file.ts';

const test = suite<{ folder: string }>('the file of the API key');

test.before.each(async (context) => {
  context.folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-key-'));
});
test.after.each(({ folder }) => rm(folder, { recursive: true, force: true }));

async function failure(folder: string): Promise<ApiKeyFileError> {
  try {
    await loadKeptKey(folder, API_KEY_FILE);
  } catch (error) {
    assert.instance(error, ApiKeyFileError);
    if (error instanceof ApiKeyFileError) return error;
  }
  throw new Error('it was loaded');
}

async function modeOf(file: string): Promise<string> {
  return ((await stat(file)).mode & 0o777).toString(8);
}

test('it is made once, with its folder, for its owner only, and kept', async ({ folder }) => {
  const data = path.join(folder, 'new/data');
  const first = await loadKeptKey(data, API_KEY_FILE);
  assert.is(first.created, true);
  assert.is(first.file, path.join(data, 'api-key'));
  assert.match(first.key, /^[\w-]{32}$/);
  assert.is(await modeOf(path.join(data, 'api-key')), '600');
  assert.is(await readFile(path.join(data, 'api-key'), 'utf8'), `${first.key}\n`);
  assert.equal(await loadKeptKey(data, API_KEY_FILE), { ...first, created: false });
});

test('no two are alike', async ({ folder }) => {
  const [a, b] = await Promise.all(
    ['a', 'b'].map((name) => loadKeptKey(path.join(folder, name), API_KEY_FILE)),
  );
  assert.is.not(a?.key, b?.key);
});

test('an empty file, as a crash leaves it, gets a key and its mode', async ({ folder }) => {
  const file = path.join(folder, 'api-key');
  await writeFile(file, '\n');
  await chmod(file, 0o644);
  const made = await loadKeptKey(folder, API_KEY_FILE);
  assert.is(made.created, true);
  assert.is(await modeOf(file), '600');
});

test('a kept one that others may read, as a backup may leave it, is closed to them', async ({ folder }) => {
  const file = path.join(folder, 'api-key');
  await writeFile(file, 'kept-by-its-owner\n');
  await chmod(file, 0o644);
  assert.is((await loadKeptKey(folder, API_KEY_FILE)).key, 'kept-by-its-owner');
  assert.is(await modeOf(file), '600');
});

test('a kept one that can be guessed, or is no key, is refused and not repeated', async ({ folder }) => {
  for (const wrong of [
    'x',
    'kept-but-short',
    'with a space in the middle',
    'two-lines-of-a\nkey-that-is-long',
  ]) {
    await writeFile(path.join(folder, 'api-key'), wrong);
    const { message } = await failure(folder);
    assert.match(message, /api-key holds no API key of 16 to 512 characters.*: remove it/);
    assert.ok(wrong === 'x' || !message.includes(wrong));
  }
});

test('a file that cannot be made or read is reported with what to do', async ({ folder }) => {
  await writeFile(path.join(folder, 'file'), '');
  const below = await failure(path.join(folder, 'file'));
  assert.match(
    below.message,
    /file\/api-key \(ENOTDIR\): .*or set auth\.api_key in the config or QGUARDARR_API_KEY/,
  );
  await mkdir(path.join(folder, 'api-key'));
  const aFolder = await failure(folder);
  assert.match(aFolder.message, /api-key \(EISDIR\)/);
  assert.is(aFolder.file, path.join(folder, 'api-key'));
});

test.run();
