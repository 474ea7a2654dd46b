import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NotARegularFile } from '../src/journal/regular-file.ts';
import { removeReplaced, replaceFile } from '../src/replace-file.ts';

const test = suite('replacing a file');

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'replace-file-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('the text is in the place of what was there, for the owner only, in a folder made for it', () =>
  withFolder(async (folder) => {
    const file = path.join(folder, 'data', 'kept.json');
    await replaceFile(file, 'one');
    // As a crash in the middle would leave it, and readable by all.
    await writeFile(`${file}.new`, 'half of tw', { mode: 0o644 });
    await replaceFile(file, 'two');
    assert.is(await readFile(file, 'utf8'), 'two');
    assert.is((await stat(file)).mode & 0o777, 0o600);
    assert.equal(await readdir(path.dirname(file)), ['kept.json']);
  }));

test('where it cannot be put in place, an error says so, and what was there stays', () =>
  withFolder(async (folder) => {
    const file = path.join(folder, 'kept.json');
    await writeFile(path.join(folder, 'in-the-way'), '');
    await replaceFile(file, 'one');
    const error = await replaceFile(path.join(folder, 'in-the-way', 'kept.json'), 'x').catch(
      (e: unknown) => e,
    );
    assert.is((error as NodeJS.ErrnoException).code, 'EEXIST');
    assert.is(await readFile(file, 'utf8'), 'one');
  }));

test('a pipe, a folder or a link to a device in its place is not replaced, and the error says what to do', () =>
  withFolder(async (folder) => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const inner = path.join(folder, 'folder');
    await mkdir(inner);
    const link = path.join(folder, 'link');
    await symlink('/dev/null', link);
    for (const file of [pipe, inner, link]) {
      const error = await replaceFile(file, 'x').catch((e: unknown) => e);
      assert.instance(error, NotARegularFile);
      assert.is(
        String(error),
        `NotARegularFile: ${file} is not a regular file, so it is not replaced: set another path`,
      );
    }
    assert.ok((await stat(pipe)).isFIFO());
    assert.ok((await lstat(link)).isSymbolicLink());
    assert.equal((await readdir(folder)).sort(), ['folder', 'link', 'pipe']);
  }));

test('a link stays, and the file that it leads to is replaced, or made where there is none', () =>
  withFolder(async (folder) => {
    await writeFile(path.join(folder, 'real'), 'one');
    for (const target of ['real', 'nothing']) {
      const link = path.join(folder, `to-${target}`);
      await symlink(target, link);
      await replaceFile(link, 'two');
      assert.ok((await lstat(link)).isSymbolicLink());
      assert.is(await readFile(path.join(folder, target), 'utf8'), 'two');
    }
  }));

test('a removal takes the text, also behind a chain of links, the link, and what a crash left half written', () =>
  withFolder(async (folder) => {
    const at = (name: string) => path.join(folder, name);
    await mkdir(at('elsewhere'));
    await symlink(at('link'), at('kept.json'));
    await symlink('elsewhere/real.json', at('link'));
    await replaceFile(at('kept.json'), 'the key');
    assert.is(await readFile(at('elsewhere/real.json'), 'utf8'), 'the key');
    await writeFile(at('elsewhere/real.json.new'), 'half of the k');
    await removeReplaced(at('kept.json'));
    assert.equal(await readdir(at('elsewhere')), []);
    assert.equal(await readdir(folder), ['elsewhere', 'link']);
    await removeReplaced(at('kept.json'));
  }));

test('a removal of a link to a device or a folder removes nothing', () =>
  withFolder(async (folder) => {
    const link = path.join(folder, 'link');
    for (const target of ['/dev/null', folder]) {
      await symlink(target, link);
      assert.instance(await removeReplaced(link).catch((e: unknown) => e), NotARegularFile);
      assert.ok((await lstat(link)).isSymbolicLink());
      await rm(link);
    }
  }));

test.run();
