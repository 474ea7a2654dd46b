import { appendFile, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigWatcher } from '../../src/config/watch.ts';

interface Fixture {
  folder: string;
  stops: (() => Promise<void>)[];
}

const test = suite<Fixture>('ConfigWatcher');

test.before.each(async (context) => {
  context.folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-watch-'));
  context.stops = [];
});

test.after.each(async ({ folder, stops }) => {
  for (const stop of stops) await stop();
  await rm(folder, { recursive: true, force: true });
});

interface Watched {
  readonly changes: () => number;
  readonly errors: unknown[];
  /** Resolves when that many changes were told in all; rejects after 5 s. */
  readonly reach: (count: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

async function watchFile(
  context: Fixture,
  file: string,
  options: { recheckMs?: number; onChange?: () => void } = {},
): Promise<Watched> {
  let changes = 0;
  const errors: unknown[] = [];
  const watcher = new ConfigWatcher({
    path: file,
    debounceMs: 40,
    recheckMs: options.recheckMs ?? 60_000,
    onChange: () => {
      changes += 1;
      options.onChange?.();
    },
    onError: (error) => errors.push(error),
  });
  await watcher.start();
  context.stops.push(() => watcher.stop());
  return {
    changes: () => changes,
    errors,
    reach: async (count) => {
      for (let waited = 0; changes < count; waited += 10) {
        if (waited > 5000) throw new Error(`${changes} changes told, expected ${count}`);
        await sleep(10);
      }
      assert.is(changes, count);
    },
    stop: () => watcher.stop(),
  };
}

test('tells of a file written in place, once for several writes in a row', async (context) => {
  const file = path.join(context.folder, 'q.yaml');
  await writeFile(file, 'a: 1\n');
  const watched = await watchFile(context, file);
  await writeFile(file, 'a: 2\n');
  await appendFile(file, 'b: 3\n');
  await watched.reach(1);
  await sleep(120);
  assert.is(watched.changes(), 1);
});

test('tells of every save by an editor that renames a new file into place', async (context) => {
  const file = path.join(context.folder, 'q.yaml');
  await writeFile(file, 'a: 0\n');
  const watched = await watchFile(context, file);
  for (let save = 1; save <= 3; save += 1) {
    await writeFile(path.join(context.folder, '.q.yaml.swp'), `a: ${save}\n`);
    await rename(path.join(context.folder, '.q.yaml.swp'), file);
    await watched.reach(save);
  }
});

test('tells of an editor that first moves the old file away', async (context) => {
  const file = path.join(context.folder, 'q.yaml');
  await writeFile(file, 'a: 0\n');
  const watched = await watchFile(context, file);
  for (let save = 1; save <= 2; save += 1) {
    await rename(file, `${file}~`);
    await sleep(60);
    await writeFile(file, `a: ${save}\n`);
    await watched.reach(save);
  }
});

test("tells of Kubernetes' swap of the data link, again and again", async (context) => {
  const { folder } = context;
  const publish = async (version: number): Promise<void> => {
    await mkdir(path.join(folder, `..v${version}`));
    await writeFile(path.join(folder, `..v${version}`, 'q.yaml'), `a: ${version}\n`);
    await symlink(`..v${version}`, path.join(folder, '..data_tmp'));
    await rename(path.join(folder, '..data_tmp'), path.join(folder, '..data'));
    if (version > 0) await rm(path.join(folder, `..v${version - 1}`), { recursive: true });
  };
  await publish(0);
  const file = path.join(folder, 'q.yaml');
  await symlink('..data/q.yaml', file);
  const watched = await watchFile(context, file);
  for (let version = 1; version <= 3; version += 1) {
    await publish(version);
    await watched.reach(version);
  }
});

test('tells of an edit of the file that a link leads to, in another folder', async (context) => {
  await mkdir(path.join(context.folder, 'real'));
  await mkdir(path.join(context.folder, 'config'));
  const target = path.join(context.folder, 'real', 'q.yaml');
  await writeFile(target, 'a: 0\n');
  const file = path.join(context.folder, 'config', 'q.yaml');
  await symlink('../real/q.yaml', file);
  const watched = await watchFile(context, file);
  await writeFile(target, 'a: 1\n');
  await watched.reach(1);
  await writeFile(target, 'a: 2\n');
  await watched.reach(2);
});

test('says nothing of a touch, of other files, and of a file that goes and comes back the same', async (context) => {
  const file = path.join(context.folder, 'q.yaml');
  await writeFile(file, 'a: 0\n');
  const watched = await watchFile(context, file);
  await utimes(file, new Date(), new Date());
  await writeFile(path.join(context.folder, 'other.yaml'), 'x');
  await rename(file, `${file}.away`);
  await sleep(100);
  await rename(`${file}.away`, file);
  await sleep(150);
  assert.is(watched.changes(), 0);
  await writeFile(file, 'a: 1\n');
  await watched.reach(1);
});

test('finds a change that gave no event at the slow recheck', async (context) => {
  const file = path.join(context.folder, 'q.yaml');
  await writeFile(file, 'a: 0\n');
  const folderAway = `${context.folder}-away`;
  const watched = await watchFile(context, file, { recheckMs: 50 });
  // A folder mounted over the watched one: its files give no event to the old watch.
  await rename(context.folder, folderAway);
  await mkdir(context.folder);
  await writeFile(file, 'a: 1\n');
  await watched.reach(1);
  await rm(folderAway, { recursive: true });
});

test('goes on after a handler that throws, and hands the error over', async (context) => {
  const file = path.join(context.folder, 'q.yaml');
  await writeFile(file, 'a: 0\n');
  const watched = await watchFile(context, file, {
    onChange: () => {
      throw new Error('reload failed');
    },
  });
  await writeFile(file, 'a: 1\n');
  await watched.reach(1);
  await writeFile(file, 'a: 2\n');
  await watched.reach(2);
  await sleep(20);
  assert.equal(
    watched.errors.map((error) => (error instanceof Error ? error.message : error)),
    ['reload failed', 'reload failed'],
  );
});

test('tells nothing after stop, and stopping twice is harmless', async (context) => {
  const file = path.join(context.folder, 'q.yaml');
  await writeFile(file, 'a: 0\n');
  const watched = await watchFile(context, file);
  await writeFile(file, 'a: 1\n');
  await watched.stop();
  await watched.stop();
  await sleep(120);
  assert.is(watched.changes(), 0);
});

test.run();
