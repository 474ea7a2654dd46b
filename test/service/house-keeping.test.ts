import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryJournal } from '../../src/journal/memory-journal.ts';
import { keepHouse } from '../../src/service/house-keeping.ts';
import type { JournalWatch } from '../../src/service/journal-watch.ts';
import { HeldLimits } from '../../src/service/limits/held-limits.ts';

const DAY_MS = 86_400_000;
const test = suite('house keeping');

test('a restored torrent that left the client before its limit was saved is forgotten after a week', async () => {
  const journal = new MemoryJournal();
  const change = { cycle: 1, trackerId: 'alpha', reason: 'test', toWire: 5_003 };
  await journal.recordIntent([{ ...change, torrents: [{ key: 'default:1', fromWire: 0 }] }], 0);
  await journal.recordRestored(['default:1'], 0);
  const watch: Pick<JournalWatch, 'note'> = { note: (error) => assert.unreachable(String(error)) };
  const house = { journal, held: new HeldLimits(), watch: watch as JournalWatch, keepChangesDays: 30 };
  await keepHouse({ ...house, nowMs: 6 * DAY_MS, monotonicMs: 0 });
  assert.is(journal.restored.size, 1);
  await keepHouse({ ...house, nowMs: 8 * DAY_MS, monotonicMs: 0 });
  assert.is(journal.restored.size, 0);
});

test.run();
