import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inFolder, KEY, opened } from './support.ts';

const test = suite('a journal whose process is killed');

const CHILD = fileURLToPath(new URL('./crash-child.ts', import.meta.url));
const ROUNDS = 10;

/** Runs the child until some time after its first acknowledgement; returns the first numbers it acknowledged. */
async function killedAfter(file: string, first: number, delayMs: number): Promise<number[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, file, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), delayMs);
    output += chunk;
  });
  const [code, signal] = await once(child, 'close');
  assert.is(signal, 'SIGKILL', `the child ended by itself with ${code}`);
  const whole = output.slice(0, output.lastIndexOf('\n') + 1);
  return [...whole.matchAll(/^(\d+) /gm)].map((match) => Number(match[1]));
}

test('opens again with every acknowledged original at its first value', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    let next = 0;
    let acknowledged = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      // The spread reaches into the load, appends, and (every ten or so intents) the rewriting of the file.
      const numbers = await killedAfter(file, next, Math.random() * 150);
      acknowledged += numbers.length;
      next = Math.max(next, ...numbers.map((n) => n + 3));
      const journal = await opened(file);
      assert.is(journal.failure, null);
      for (let n = 0; n < next; n += 1) {
        assert.is(journal.originals.get(KEY(n))?.originalWire, n, `torrent ${n} in round ${round}`);
      }
      const changes = await journal.page('change', 0, 500);
      for (const item of changes.items) {
        if (!('torrents' in item)) continue;
        for (const { key } of item.torrents)
          assert.ok(journal.originals.has(key), 'no change without original');
      }
      const last = numbers.at(-1);
      const lastWire = journal.originals.get(KEY(0))?.lastWire ?? 0;
      assert.ok(last === undefined || lastWire >= 9000 + last, 'the last limit is known');
      // An intent that was cut before it was acknowledged may be there or not: begin after it.
      next = journal.originals.size;
      await journal.close();
    }
    assert.ok(acknowledged > ROUNDS, `only ${acknowledged} intents were acknowledged`);
  }));

test.run();
