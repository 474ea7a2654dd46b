import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { JournalError } from '../../src/journal/errors.ts';
import { MemoryJournal } from '../../src/journal/memory-journal.ts';
import type { Clock } from '../../src/service/clock.ts';
import { PatientJournal } from '../../src/service/patient-journal.ts';
import { TappedJournal } from '../support/tapped-journal.ts';

const test = suite('a patient journal');

const CHANGE = {
  cycle: 1,
  trackerId: 'a',
  reason: 'test',
  toWire: 5000,
  torrents: [{ key: 'default:aa', fromWire: 0 }],
};

/** Its patience ends when the test says so; every operation of the journal waits until `wake` is called. */
function hanging() {
  const tapped = new TappedJournal(new MemoryJournal());
  let wake = () => {};
  const awake = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let asked = 0;
  tapped.around = async (_, run) => {
    asked += 1;
    await awake;
    return await run();
  };
  const sleeps: { readonly ms: number; readonly end: () => void }[] = [];
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: (ms, signal) =>
      new Promise((end, reject) => {
        sleeps.push({ ms, end });
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
  };
  const journal = new PatientJournal({ journal: tapped, path: '/data/rollback.db', clock });
  return { journal, tapped, wake, sleeps, asked: () => asked };
}

async function failureOf(promise: Promise<unknown>): Promise<JournalError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof JournalError)) throw new Error(`expected a JournalError, got ${error}`);
  return error;
}

test('gives what the journal gives, as long as that takes no longer than its patience', async () => {
  const { journal, wake, sleeps } = hanging();
  wake();
  const ids = await journal.recordIntent([CHANGE], 100);
  assert.is(ids.length, 1);
  await journal.recordOutcome(ids, 'done');
  await journal.replaceOriginals([{ key: 'default:aa', originalWire: 7 }], 100);
  assert.is(journal.originals.get('default:aa')?.originalWire, 7);
  await journal.closeOriginals(['default:aa']);
  const rollback = await journal.beginRollback('me', '', 100);
  await journal.finishRollback(rollback, 1, 0, 100);
  assert.is(journal.openRollback?.id, rollback);
  await journal.resume(100);
  await journal.recover();
  assert.is((await journal.page('change', 0, 1)).total, 1);
  await journal.prune(200);
  assert.is((await journal.page('change', 0, 1)).total, 0);
  assert.ok(sleeps.every(({ ms }) => ms === 15_000));
  assert.is(journal.failure, null);
  await journal.close();
  assert.is((await failureOf(journal.prune(0))).kind, 'closed');
});

test('is failed from when something is overdue until that ends, and asks for nothing more meanwhile', async () => {
  const { journal, wake, sleeps, asked } = hanging();
  const overdue = failureOf(journal.recordIntent([CHANGE], 100));
  sleeps[0]?.end();
  const error = await overdue;
  assert.is(error.kind, 'slow');
  assert.match(error.message, /^The journal \/data\/rollback\.db has not answered for 15 s: its disk hangs/);
  assert.is(journal.failure, error);
  for (const operation of [
    () => journal.recordIntent([CHANGE], 100),
    () => journal.recover(),
    () => journal.replaceOriginals([], 100),
    () => journal.closeOriginals(['default:aa']),
    () => journal.beginRollback('me', '', 100),
    () => journal.finishRollback('x', 0, 0, 100),
    () => journal.resume(100),
    () => journal.prune(0),
  ]) {
    assert.is(await failureOf(operation()), error);
  }
  await journal.recordOutcome(['x'], 'done');
  assert.is((await journal.page('original', 0, 1)).total, 0, 'what is known can be read');
  assert.is(asked(), 1);

  wake();
  await new Promise((resolve) => setImmediate(resolve));
  assert.is(journal.failure, null);
  assert.is(journal.originals.size, 1, 'what was overdue has come to pass after all');
  await journal.recordIntent([CHANGE], 200);
});

test('is mended also by an overdue operation that fails in the end', async () => {
  const { journal, tapped, wake, sleeps } = hanging();
  tapped.around = async (_, run) => {
    await new Promise<void>((resolve) => setImmediate(resolve));
    await run();
    throw new JournalError('full', 'x', 'no space');
  };
  const overdue = failureOf(journal.prune(0));
  sleeps[0]?.end();
  assert.is((await overdue).kind, 'slow');
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.is(journal.failure, null);
  wake();
});

test('it pages what is wanted, as the journal does', async () => {
  const { journal, wake } = hanging();
  wake();
  await journal.recordIntent([CHANGE, { ...CHANGE, trackerId: 'b' }], 0);
  const { total } = await journal.page(
    'change',
    0,
    10,
    (item) => 'trackerId' in item && item.trackerId === 'b',
  );
  assert.is(total, 1);
});

test.run();
