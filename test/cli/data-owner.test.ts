import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dataOwner, ForeignDataFolder } from '../../src/cli/webhook/data-owner.ts';

const test = suite<{ databasePath: string }>('the owner of the data');

test.before.each(async (context) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-owner-'));
  context.databasePath = path.join(folder, 'journal.db');
});
test.after.each(({ databasePath }) => rm(path.dirname(databasePath), { recursive: true, force: true }));

test("the service's own user keeps what it makes", async ({ databasePath }) => {
  await writeFile(databasePath, '');
  const { uid } = await stat(databasePath);
  assert.is(await dataOwner({ databasePath, uid }), null);
});

test('another user than that of the journal is refused, with whom to run it as', async ({ databasePath }) => {
  await writeFile(databasePath, '');
  const { uid } = await stat(databasePath);
  const error = await dataOwner({ databasePath, uid: uid + 1 }).catch((problem: unknown) => problem);
  assert.instance(error, ForeignDataFolder);
  assert.match(
    (error as Error).message,
    new RegExp(`the id ${uid}, and this is run by ${uid + 1}.*sudo -u '#${uid}'`),
  );
});

test('before there is a journal a folder of another, writable by a group, refuses nobody', async ({
  databasePath,
}) => {
  assert.is(await dataOwner({ databasePath, uid: 999_999 }), null);
  assert.is(await dataOwner({ databasePath: '/nowhere/at/all/journal.db', uid: 0 }), null);
});

test.run();
