import { mkdir, mkdtemp, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AccessKeys, webhookKey } from '../../src/http/access-keys.ts';
import { AUTH } from './support.ts';

const test = suite<{ folder: string }>('the keys in force');
const MAIN = 'the-main-key-of-16';

test.before.each(async (context) => {
  context.folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-keys-'));
});
test.after.each(({ folder }) => rm(folder, { recursive: true, force: true }));

test('without a word in the config there is one for all, and one for the webhook', async ({ folder }) => {
  const keys = new AccessKeys(folder);
  const { made } = await keys.load(AUTH);
  assert.equal(
    made.map(({ name, isMain, file }) => [name, isMain, path.basename(file)]),
    [
      ['main', true, 'api-key'],
      ['webhook', false, 'api-key.webhook'],
    ],
  );
  assert.equal(
    keys.inForce(AUTH).map(({ name, scope }) => [name, scope]),
    [
      ['main', 'admin'],
      ['webhook', 'webhook'],
    ],
  );
  assert.is((await stat(path.join(folder, 'api-key.webhook'))).mode & 0o777, 0o600);
  assert.equal(await keys.load(AUTH), { made: [], failed: [] }, 'none is made twice');
  const again = new AccessKeys(folder);
  await again.load(AUTH);
  assert.equal(again.inForce(AUTH), keys.inForce(AUTH));
});

test('what the config gives is used, and what it leaves out is made', async ({ folder }) => {
  const auth = {
    ...AUTH,
    api_key: MAIN,
    keys: [
      { name: 'grafana', scope: 'read', key: 'the-read-key-of-16' },
      { name: 'script', scope: 'admin', key: '' },
    ],
  } as const;
  const keys = new AccessKeys(folder);
  assert.equal(
    keys.inForce(auth).map(({ name }) => name),
    ['main', 'grafana'],
    'before it is made a key opens nothing',
  );
  const { made } = await keys.load(auth);
  assert.equal(
    made.map(({ name }) => name),
    ['script', 'webhook'],
  );
  const script = (await readFile(path.join(folder, 'api-key.script'), 'utf8')).trim();
  assert.equal(
    keys.inForce(auth).find(({ name }) => name === 'script'),
    { name: 'script', scope: 'admin', key: script },
  );
  assert.is(await stat(path.join(folder, 'api-key')).catch(() => null), null);
});

test('a key that the config no longer names is in force no more, made or given', async ({ folder }) => {
  const keys = new AccessKeys(folder);
  const before = { ...AUTH, keys: [{ name: 'script', scope: 'admin', key: '' }] } as const;
  await keys.load(before);
  assert.is(keys.inForce(before).length, 3);
  assert.equal(
    keys.inForce({ ...AUTH, api_key: MAIN }).map(({ key, name }) => (name === 'main' ? key : name)),
    [MAIN, 'webhook'],
  );
});

test("the installed webhook's key is that of its name, then any of its scope, then one that is made", async ({
  folder,
}) => {
  const made = await webhookKey(AUTH, folder);
  assert.is((await readFile(path.join(folder, 'api-key.webhook'), 'utf8')).trim(), made);
  const other = { name: 'qbit', scope: 'webhook', key: 'the-other-hook-key' } as const;
  assert.is(await webhookKey({ ...AUTH, keys: [other] }, folder), 'the-other-hook-key');
  const named = { name: 'webhook', scope: 'webhook', key: 'the-named-hook-key' } as const;
  assert.is(await webhookKey({ ...AUTH, keys: [other, named] }, folder), 'the-named-hook-key');
});

test('a key that can be neither read nor made keeps no other out, and is tried again at the next load', async ({
  folder,
}) => {
  await mkdir(path.join(folder, 'api-key.webhook'));
  const keys = new AccessKeys(folder);
  const { made, failed } = await keys.load(AUTH);
  assert.equal(
    made.map(({ name }) => name),
    ['main'],
  );
  assert.equal(
    failed.map(({ isMain, error }) => [isMain, path.basename(error.file)]),
    [[false, 'api-key.webhook']],
  );
  assert.match(failed[0]?.error.message ?? '', /or give the key "webhook" in auth\.keys of the config/);
  assert.equal(
    keys.inForce(AUTH).map(({ name }) => name),
    ['main'],
  );
  await rmdir(path.join(folder, 'api-key.webhook'));
  assert.is((await keys.load(AUTH)).failed.length, 0);
  assert.is(keys.inForce(AUTH).length, 2);
});

if (process.getuid?.() === 0) {
  test("a webhook's key that root makes is given to the owner of the data", async ({ folder }) => {
    await webhookKey(AUTH, folder, { uid: 4321, gid: 4322 });
    const { uid, gid, mode } = await stat(path.join(folder, 'api-key.webhook'));
    assert.equal([uid, gid, mode & 0o777], [4321, 4322, 0o600]);
  });
}

test.run();
