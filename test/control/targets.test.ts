import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TorrentEstimate } from '../../src/control/estimate.ts';
import { computeTargets } from '../../src/control/targets.ts';
import type { TorrentReading } from '../../src/control/types.ts';
import { MIB, UNLIMITED } from '../../src/control/units.ts';
import { memoryOf, readingOf, usageOf } from '../support/readings.ts';

function awake(reading: TorrentReading, demandBps: number): TorrentEstimate {
  return { reading, active: true, known: memoryOf({ demandBps, appetite: 'met' }) };
}

test('a torrent that the line alone held back before its guard is not let above what there is', () => {
  // Taken for idle, as the client's own figure lags; its first samples show the line, from before the limit.
  const usage = { ...usageOf(20 * MIB, false), shortBps: 20 * MIB };
  const reading = readingOf('a', { limitBps: 160_000, held: true, usage });
  const { targets } = computeTargets({
    strategy: 'equal',
    estimates: [awake(reading, 160_000)],
    guardBps: 160_000,
    idleGuard: { limitBps: 160_000, mostBps: 160_000 },
    capBps: 4 * MIB,
    availableBps: 4 * MIB,
  });
  assert.ok((targets[0]?.limitBps ?? UNLIMITED) <= 4 * MIB, String(targets[0]?.limitBps));
});

test('property: no limit is above what there is, whatever was used before', () => {
  const torrent = fc.record({ demandBps: fc.nat(8 * MIB), usedBps: fc.nat(40 * MIB) });
  fc.assert(
    fc.property(
      fc.array(torrent, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1024, max: 8 * MIB }),
      (torrents, capBps) => {
        const estimates = torrents.map(({ demandBps, usedBps }, index) =>
          awake(readingOf(String(index), { usage: usageOf(usedBps) }), demandBps),
        );
        const input = {
          strategy: 'equal' as const,
          estimates,
          guardBps: 1024,
          idleGuard: { limitBps: 1024, mostBps: 1024 },
          capBps,
          availableBps: capBps,
        };
        return computeTargets(input).targets.every(({ limitBps }) => limitBps <= capBps + 1e-6);
      },
    ),
  );
});

test.run();
