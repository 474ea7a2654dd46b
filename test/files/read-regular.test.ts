import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KIB, MIB, readRegularText, readRegularTextSync, UnfitFile } from '../../src/files/read-regular.ts';
import { realFile, realFileSync } from '../../src/files/real-file.ts';

const test = suite('files that paths of the user name');

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'files-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function problemOf(work: () => Promise<unknown>): Promise<string> {
  const error = await work().catch((caught: unknown) => caught);
  assert.instance(error, UnfitFile);
  return `${(error as UnfitFile).code} ${(error as UnfitFile).message}`;
}

const READERS: readonly ((file: string, maxBytes: number) => Promise<string>)[] = [
  readRegularText,
  async (file, maxBytes) => readRegularTextSync(file, maxBytes),
];

test('a file is read whole, through a link too, up to the limit and no further', () =>
  withFolder(async (folder) => {
    const file = path.join(folder, 'file');
    const text = 'ä'.repeat(100 * KIB);
    await writeFile(file, text);
    await symlink('file', path.join(folder, 'link'));
    for (const read of READERS) {
      assert.is(await read(path.join(folder, 'link'), 200 * KIB), text);
      assert.is(
        await problemOf(() => read(file, 200 * KIB - 1)),
        `EFBIG it is larger than ${200 - 1 / KIB} KiB`,
      );
      assert.is(await problemOf(() => read(file, 64 * KIB)), 'EFBIG it is larger than 64 KiB');
    }
  }));

test('a file that says it is empty is read to its end', async () => {
  assert.match(await readRegularText('/proc/self/status', MIB), /^Pid:\s+\d+$/m);
});

test('a pipe is refused at once, with nobody at its other end, and so are a device and a folder', () =>
  withFolder(async (folder) => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await mkdir(path.join(folder, 'inner'));
    await symlink('/dev/zero', path.join(folder, 'zero'));
    for (const read of READERS) {
      for (const name of ['pipe', 'zero']) {
        assert.is(
          await problemOf(() => read(path.join(folder, name), MIB)),
          'EFTYPE it is a pipe, a socket or a device, not a regular file',
        );
      }
      assert.is(
        await problemOf(() => read(path.join(folder, 'inner'), MIB)),
        'EISDIR it is a folder, not a file',
      );
    }
  }));

test('the file behind links is found, whether it exists or not, and links in a circle are left as they are', () =>
  withFolder(async (folder) => {
    const at = (name: string) => path.join(folder, name);
    await mkdir(at('data'));
    await writeFile(at('data/there'), '');
    await symlink('data', at('folder'));
    await symlink('folder/there', at('one'));
    await symlink('one', at('two'));
    await symlink('folder/../data/missing', at('three'));
    await symlink('round', at('round'));
    const expected: readonly (readonly [string, string])[] = [
      ['data/there', 'data/there'],
      ['folder/there', 'data/there'],
      ['two', 'data/there'],
      ['three', 'data/missing'],
      ['folder/new', 'data/new'],
      ['nowhere/new', 'nowhere/new'],
      ['round', 'round'],
    ];
    for (const [name, real] of expected) {
      assert.is(await realFile(at(name)), at(real), name);
      assert.is(realFileSync(at(name)), at(real), name);
    }
  }));

test.run();
