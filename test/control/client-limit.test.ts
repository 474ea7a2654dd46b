import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { capsWithinClient } from '../../src/control/client-limit.ts';
import { EMPTY_MEMORY, type TrackerSettings } from '../../src/control/types.ts';
import { MIB, UNLIMITED } from '../../src/control/units.ts';
import { measure } from '../lab/measures.ts';
import type { Program } from '../lab/program.ts';
import { everything, leeching, times } from '../lab/programs/demands.ts';
import { runSimulated } from '../lab/simulated-run.ts';
import { readingOf, trackerMemoryOf, usageOf } from '../support/readings.ts';

/** Caps in force, where each tracker's one torrent uses so much, and is thought to want what `wants` says. */
function caps(
  clientLimitBps: number,
  capsBps: Readonly<Record<string, number>>,
  usesBps: Readonly<Record<string, number>>,
  wantsBps: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const trackers = Object.entries(capsBps).map(
    ([id, capBps]): TrackerSettings => ({ id, capBps, priority: 1 }),
  );
  const memories = Object.entries(wantsBps).map(
    ([id, demandBps]) => [id, trackerMemoryOf({ [id]: { demandBps } })] as const,
  );
  return Object.fromEntries(
    capsWithinClient({
      clientLimitBps,
      trackers,
      readingsOf: (id) => [readingOf(id, { trackerId: id, usage: usageOf(usesBps[id] ?? 0) })],
      memory: { ...EMPTY_MEMORY, trackers: new Map(memories) },
    }),
  );
}

const CAPS = { a: 4 * MIB, b: 2 * MIB, free: UNLIMITED };

test('without a limit of its own, or while all fits into it, caps are as configured', () => {
  assert.equal(caps(UNLIMITED, CAPS, { a: 4 * MIB, b: 2 * MIB }), CAPS);
  assert.equal(caps(3 * MIB, CAPS, { a: MIB, b: 0.5 * MIB, free: MIB }), CAPS);
});

test('what does not fit is shared max-min fair, by what each is thought to want under its cap', () => {
  const wants = { a: UNLIMITED, b: UNLIMITED };
  assert.equal(caps(3 * MIB, CAPS, { a: MIB, b: MIB }, wants), { ...CAPS, a: 1.5 * MIB, b: 1.5 * MIB });
  assert.equal(caps(3 * MIB, CAPS, { a: MIB, b: MIB }, { a: UNLIMITED, b: MIB }), { ...CAPS, a: 2 * MIB });
});

test('one without a cap counts with what it uses, but no more than its fair part', () => {
  const wants = { a: UNLIMITED };
  assert.equal(caps(3 * MIB, CAPS, { a: MIB, free: MIB }, wants).a, 2 * MIB);
  assert.equal(caps(3 * MIB, CAPS, { a: 0, free: 3 * MIB }, wants).a, 1.5 * MIB, 'no tracker starves');
});

test('no cap is lowered below a tenth', () => {
  assert.equal(caps(10_240, CAPS, { a: MIB }, { a: UNLIMITED, b: UNLIMITED }), {
    ...CAPS,
    a: 0.4 * MIB,
    b: 0.2 * MIB,
  });
});

const program: Program = {
  name: 'test',
  about: '',
  strategy: 'equal',
  seconds: 110,
  trackers: [
    { id: 'a', capBps: 4 * MIB },
    { id: 'b', capBps: 2 * MIB },
  ],
  torrents: [
    ...times(4, { tracker: 'a', demand: everything }),
    ...times(10, { tracker: 'a', demand: leeching(100 * 1024) }),
    ...times(2, { tracker: 'b', demand: everything }),
  ],
};

test('under it nothing winds up, and when it is lifted the caps hold and are used again', () => {
  for (const wire of [10_240, 2 * MIB, 3 * MIB, 5 * MIB]) {
    const globalLimits = [
      { atSecond: 30, wire },
      { atSecond: 70, wire: 0 },
    ];
    const { trace } = runSimulated(program, { globalLimits });
    const what = `under ${wire} B/s`;
    // What is measured begins 15 s into it: shortly before the limit is lifted.
    const bytes = trace.bytes.map((each) => each.slice(50));
    const after = measure({ ...program, seconds: 60 }, { bytes });
    for (const { id, worst10 } of after)
      assert.ok((worst10 ?? 0) <= 1.25, `${what}: ${id} had ${worst10} of its cap after it`);
    const sumOf = (from: number, to: number) =>
      trace.bytes.reduce((sum, each) => sum + each.slice(from, to).reduce((a, b) => a + b, 0), 0) /
      (to - from);
    assert.ok(sumOf(95, 110) >= 0.9 * 6 * MIB, `${what}: ${sumOf(95, 110) / MIB} MiB/s afterwards`);
    if (wire >= MIB) assert.ok(sumOf(40, 70) >= 0.9 * wire, `${what}: ${sumOf(40, 70) / wire} of it used`);
    const writes = trace.limits.filter(({ atMs }) => atMs >= 35_000 && atMs < 70_000).length;
    assert.ok(writes <= 40, `${what}: ${writes} writes`);
  }
});

test.run();
