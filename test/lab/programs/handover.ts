import { MIB } from '../../../src/control/units.ts';
import type { Program, ProgramTorrent } from '../program.ts';
import { leeching, times } from './demands.ts';

const halfTheTime = (tracker: string, phaseMs: number): ProgramTorrent => ({
  tracker,
  demand: { kind: 'periodic', bps: Number.POSITIVE_INFINITY, onMs: 40_000, offMs: 40_000, phaseMs },
});

export const handover: Program = {
  name: 'handover',
  about:
    'Two trackers take turns: every 40 s the one that borrowed falls asleep and the one that lent wakes.',
  strategy: 'soft',
  seconds: 170,
  trackers: [
    { id: 'a', capBps: 2 * MIB },
    { id: 'b', capBps: 3 * MIB },
  ],
  torrents: [
    ...times(3, halfTheTime('a', 0)),
    { tracker: 'a', demand: leeching(MIB / 10) },
    ...times(3, halfTheTime('b', 40_000)),
    { tracker: 'b', demand: leeching(MIB / 10) },
  ],
};
