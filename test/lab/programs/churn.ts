import { KIB, MIB } from '../../../src/control/units.ts';
import type { Program, ProgramTorrent } from '../program.ts';
import { everything, leeching, times, wakesAt } from './demands.ts';

const comingAndGoing = (phaseMs: number): ProgramTorrent => ({
  tracker: 'a',
  demand: { kind: 'periodic', bps: Number.POSITIVE_INFINITY, onMs: 20_000, offMs: 20_000, phaseMs },
});

export const churn: Program = {
  name: 'churn',
  about: 'Torrents come, go and wake on a full tracker, beside one with equals and one that fills late.',
  strategy: 'equal',
  seconds: 120,
  trackers: [
    { id: 'a', capBps: 4 * MIB },
    { id: 'b', capBps: MIB },
    { id: 'c', capBps: 2 * MIB },
  ],
  torrents: [
    ...times(3, { tracker: 'a', demand: everything }),
    ...times(3, { tracker: 'a', demand: leeching(200 * KIB) }),
    comingAndGoing(0),
    comingAndGoing(20_000),
    ...[30, 45, 60, 75].map((second) => ({ tracker: 'a', demand: wakesAt(second) })),
    ...times(5, { tracker: 'b', demand: everything }),
    ...times(4, { tracker: 'c', demand: leeching(150 * KIB) }),
    { tracker: 'c', demand: wakesAt(60) },
  ],
};
