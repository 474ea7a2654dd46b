import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LogFile } from '../../src/log/log-file.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';

const test = suite<{ folder: string }>('the log file');
const HALF_MIB = `${'x'.repeat(512 * 1024 - 1)}\n`;

test.before.each(async (context) => {
  context.folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-log-'));
});
test.after.each(({ folder }) => rm(folder, { recursive: true, force: true }));

function neverFails(error: Error): void {
  throw error;
}

test('its folder is made, and what is there already stays', async ({ folder }) => {
  const file = path.join(folder, 'a/b/q.log');
  for (const line of ['one\n', 'two\n']) {
    const log = new LogFile({ file, max_size_mb: 1, backup_count: 5 }, { onError: neverFails });
    log.write(line);
    await log.close();
  }
  assert.is(await readFile(file, 'utf8'), 'one\ntwo\n');
});

test('it is not made before there is a line', async ({ folder }) => {
  const log = new LogFile(
    { file: path.join(folder, 'q.log'), max_size_mb: 1, backup_count: 5 },
    { onError: neverFails },
  );
  await log.close();
  assert.equal(await readdir(folder), []);
});

async function writeMib(folder: string, mib: number, backups: number): Promise<string[]> {
  const log = new LogFile(
    { file: path.join(folder, 'q.log'), max_size_mb: 1, backup_count: backups },
    { onError: neverFails },
  );
  for (let half = 0; half < mib * 2; half += 1) log.write(HALF_MIB);
  log.write('last\n');
  await log.close();
  await waitFor('the rotation to end', 30_000, async () => {
    const names = await readdir(folder);
    return names.length === backups + 1 ? true : undefined;
  });
  return (await readdir(folder)).sort();
}

test('at its size a new one is begun, and as many old ones are kept as asked', async ({ folder }) => {
  assert.equal(await writeMib(folder, 4, 2), ['q.log', 'q.log.1', 'q.log.2']);
  assert.is(await readFile(path.join(folder, 'q.log'), 'utf8'), 'last\n');
  assert.is((await stat(path.join(folder, 'q.log.1'))).size, 1024 * 1024);
});

test('with none to keep, the old part goes', async ({ folder }) => {
  assert.equal(await writeMib(folder, 2, 0), ['q.log']);
});

test('a failure is reported once, lines are dropped, and after a minute it is tried again', async ({
  folder,
}) => {
  const blocked = path.join(folder, 'blocked');
  await writeFile(blocked, 'not a folder');
  const errors: Error[] = [];
  let now = 0;
  const log = new LogFile(
    { file: path.join(blocked, 'q.log'), max_size_mb: 1, backup_count: 1 },
    { onError: (error) => errors.push(error), now: () => now },
  );
  log.write('lost\n');
  await waitFor('the failure', 30_000, async () => errors[0]);
  log.write('lost too\n');
  now = 59_999;
  log.write('and this\n');
  assert.is(errors.length, 1);

  await rm(blocked);
  now = 60_000;
  log.write('kept\n');
  await log.close();
  assert.is(errors.length, 1);
  assert.is(await readFile(path.join(blocked, 'q.log'), 'utf8'), 'kept\n');
});

test('a line after the close does nothing', async ({ folder }) => {
  const log = new LogFile(
    { file: path.join(folder, 'q.log'), max_size_mb: 1, backup_count: 1 },
    { onError: neverFails },
  );
  await log.close();
  log.write('late\n');
  await log.close();
  assert.equal(await readdir(folder), []);
});

test.run();
