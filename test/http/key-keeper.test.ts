import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AccessKeys } from '../../src/http/access-keys.ts';
import { ApiKeyFileError } from '../../src/http/api-key-file.ts';
import { KeyKeeper } from '../../src/http/key-keeper.ts';
import { AUTH, deferred, fakeLog } from './support.ts';

const test = suite<{ folder: string }>('the keeper of keys');

test.before.each(async (context) => {
  context.folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-keeper-'));
});
test.after.each(({ folder }) => rm(folder, { recursive: true, force: true }));

function keeperOf(folder: string, auth: typeof AUTH | { api_key: string } = AUTH) {
  const { log, lines } = fakeLog();
  const keys = new AccessKeys(folder);
  const inForce = () => keys.inForce({ ...AUTH, ...auth }).map(({ name }) => name);
  const changes: string[][] = [];
  const sleeps: { ms: number; wake: () => void; signal: AbortSignal | undefined }[] = [];
  let onSleep = deferred<void>();
  const keeper = new KeyKeeper({
    keys,
    auth: () => ({ ...AUTH, ...auth }),
    log,
    onMade: () => undefined,
    onChange: () => void changes.push(inForce()),
    clock: {
      sleep: (ms, signal) => {
        const asleep = deferred<void>();
        sleeps.push({ ms, wake: () => asleep.resolve(), signal });
        onSleep.resolve();
        onSleep = deferred();
        return asleep.promise;
      },
    },
  });
  return { keeper, lines, changes, sleeps, inForce, nextSleep: () => onSleep.promise };
}

test('without the webhook key the service starts, says so once, and tries again each minute', async ({
  folder,
}) => {
  const blocker = path.join(folder, 'api-key.webhook');
  await mkdir(blocker);
  const { keeper, lines, sleeps, inForce, nextSleep } = keeperOf(folder, { api_key: 'the-main-key-of-16' });
  await keeper.start();
  assert.equal(inForce(), ['main']);
  assert.is(sleeps[0]?.ms, 60_000);
  const again = nextSleep();
  sleeps[0]?.wake();
  await again;
  assert.equal(
    lines.map(({ level }) => level),
    ['error'],
    'told once',
  );
  assert.match(lines[0]?.message ?? '', /api-key\.webhook \(EISDIR\).*Until then it opens nothing/);
  await rmdir(blocker);
  await keeper.renew();
  assert.equal(inForce(), ['main', 'webhook']);
  assert.ok(sleeps[1]?.signal?.aborted, 'nothing is left to try');
});

test('without the main key the start fails, and nothing goes on', async ({ folder }) => {
  await mkdir(path.join(folder, 'api-key'));
  const { keeper, sleeps } = keeperOf(folder);
  const error = await keeper.start().catch((problem: unknown) => problem);
  assert.instance(error, ApiKeyFileError);
  assert.ok(sleeps.every(({ signal }) => signal?.aborted));
});

test('the secrets of a new config are told before a key is read', async ({ folder }) => {
  await mkdir(path.join(folder, 'api-key.webhook'));
  const { keeper, changes } = keeperOf(folder, { api_key: 'the-main-key-of-16' });
  const renewing = keeper.renew();
  assert.equal(changes, [['main']]);
  await renewing;
  keeper.stop();
});

test.run();
