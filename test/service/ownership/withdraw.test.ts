/** What is taken back of a journal once another program is known to write limits, too. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { limitToWire } from '../../../src/control/limit-mark.ts';
import { MemoryJournal } from '../../../src/journal/memory-journal.ts';
import { HeldLimits } from '../../../src/service/limits/held-limits.ts';
import { withdraw } from '../../../src/service/ownership/withdraw.ts';
import { keyOf } from '../../support/torrents.ts';

const test = suite('withdrawn originals');
const SINCE = 1_000_000;
const THEIRS = 5 * 1024 * 1024;

/** A torrent that came under management after the other program had begun. */
async function newcomer() {
  const journal = new MemoryJournal();
  const held = new HeldLimits();
  const key = keyOf(1);
  const ours = limitToWire(500_000);
  const torrents = [{ key, fromWire: THEIRS }];
  await journal.recordIntent(
    [{ cycle: 1, trackerId: 't', reason: 'share', toWire: ours, torrents }],
    SINCE + 1,
  );
  held.intend(key, 't', THEIRS, ours, SINCE + 1);
  held.written(key, ours, 10);
  return { journal, held, key };
}

test('a torrent that has the limit of the other program is forgotten', async () => {
  const { journal, held, key } = await newcomer();
  held.override(key, THEIRS, 20);
  await withdraw({ journal, held }, SINCE, new Set([key]));
  assert.equal([journal.originals.size, held.size], [0, 0]);
});

test('a torrent that has a limit of Qguardarr stays managed, so that it is restored', async () => {
  const { journal, held, key } = await newcomer();
  await withdraw({ journal, held }, SINCE, new Set([key]));
  assert.equal([journal.originals.get(key)?.originalWire, held.size], [THEIRS, 1]);
});

test.run();
