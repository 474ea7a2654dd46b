import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryJournal } from '../../../src/journal/memory-journal.ts';
import { HeldLimits } from '../../../src/service/limits/held-limits.ts';
import { recallWrites } from '../../../src/service/limits/recall.ts';
import { keyOf, torrentShowing } from '../../support/torrents.ts';

const test = suite('recall of a former run');
const MINUTE_MS = 60_000;

/** A journal of a run that wrote these limits, and the held limits of the next. */
async function afterRun(writes: readonly { readonly wire: number; readonly at: number }[]) {
  const journal = new MemoryJournal({ now: () => 0 });
  let fromWire = 0;
  for (const { wire, at } of writes) {
    const torrents = [{ key: keyOf(1), fromWire }];
    await journal.recordIntent(
      [{ cycle: 1, trackerId: 'alpha', reason: 'level', toWire: wire, torrents }],
      at,
    );
    fromWire = wire;
  }
  const held = new HeldLimits();
  held.restore(journal.originals.values(), 0);
  await recallWrites(journal, held);
  return (wire: number) => held.see(torrentShowing(1, wire), 0).kind;
}

test('every limit of its last minutes is ours, when a client brings it back', async () => {
  const sight = await afterRun([5000, 6000, 7000, 8000].map((wire, n) => ({ wire, at: n * 2000 })));
  for (const wire of [0, 5000, 6000, 7000, 8000]) assert.is(sight(wire), 'ours', String(wire));
  assert.is(sight(9000), 'users');
});

test('what it wrote long before its end may be the hand of the user', async () => {
  const late = 10 * MINUTE_MS;
  const sight = await afterRun([
    { wire: 5000, at: 0 },
    { wire: 6000, at: late },
    { wire: 7000, at: late },
    { wire: 8000, at: late },
  ]);
  assert.is(sight(6000), 'ours');
  assert.is(sight(5000), 'users');
});

test('more changes than fit on a page are recalled too', async () => {
  const writes = Array.from({ length: 1200 }, (_, n) => ({ wire: 5000 + (n % 7), at: n }));
  const sight = await afterRun(writes);
  for (let n = 0; n < 7; n += 1) assert.is(sight(5000 + n), 'ours');
});

test('an empty journal recalls nothing', async () => {
  await recallWrites(new MemoryJournal(), new HeldLimits());
});

test.run();
