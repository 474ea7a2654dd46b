import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { assertNoSecrets, assertOneLine, limitsOf, type Outcome, withBench } from './support.ts';

const test = suite('how run ends when something is wrong');

const CHILD = fileURLToPath(new URL('./crashing-child.ts', import.meta.url));

/** Starts the child; sends the signals once it serves. */
async function runChild(how: string, folder: string, signals: readonly NodeJS.Signals[]): Promise<Outcome> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), CHILD, how, 'q.yaml'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  try {
    await waitFor('it to serve', 30_000, async () => (stdout.includes('serves http') ? true : undefined));
    for (const signal of signals) child.kill(signal);
    return { code: await ended, stdout, stderr };
  } finally {
    child.kill('SIGKILL');
  }
}

for (const [how, message] of [
  ['exception', 'not caught of https://t.example/…'],
  ['rejection', 'not handled'],
] as const) {
  test(`${how}: when it is not caught, it is logged, and ends the service in order with 3`, async () => {
    await withBench(async (bench) => {
      const outcome = await runChild(how, bench.folder, []);
      assert.is(outcome.code, 3);
      assertOneLine(outcome, /internal error, please report it: TypeError: not .* \(at .*crashing-child\.ts/);
      assertNoSecrets(outcome.stdout + outcome.stderr);
      const fatal = outcome.stdout.split('\n').find((line) => line.includes('"fatal"')) ?? '{}';
      assert.is(JSON.parse(fatal).err.message, message);
      assert.match(outcome.stdout, /stopped; limits stay as they are/);
      assert.not.ok(existsSync(path.join(bench.folder, 'data/journal.db.lock')));
    });
  });
}

test('after a crash limits stay, whatever on_shutdown says', async () => {
  await withBench(async (bench, simulated, qbittorrentPort) => {
    await bench.configure({ qbittorrentPort, rollback: { on_shutdown: 'restore' } });
    const outcome = await runChild('exception', bench.folder, []);
    assert.match(outcome.stdout, /stopped; limits stay as they are/);
    assert.ok((limitsOf(simulated).one ?? 0) > 0);
  });
});

test('a handle that never closes does not keep it longer than 5 s', async () => {
  await withBench(async (bench) => {
    const startedAt = performance.now();
    const outcome = await runChild('hang', bench.folder, ['SIGTERM']);
    assert.is(outcome.code, 0);
    assert.match(outcome.stdout, /stopped; limits stay as they are/);
    assert.ok(performance.now() - startedAt > 4_500, 'the handle held it');
  });
});

test('a second signal ends it at once', async () => {
  await withBench(async (bench) => {
    const outcome = await runChild('hang', bench.folder, ['SIGTERM', 'SIGINT']);
    assert.is(outcome.code, 3);
  });
});

test.run();
