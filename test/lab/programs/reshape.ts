import { KIB, MIB } from '../../../src/control/units.ts';
import type { Program } from '../program.ts';
import { everything, leeching, times } from './demands.ts';

export const reshape: Program = {
  name: 'reshape',
  about: 'The user changes strategy and priorities while every torrent is busy.',
  strategy: 'equal',
  seconds: 150,
  trackers: [
    { id: 'a', capBps: 3 * MIB },
    { id: 'b', capBps: 2 * MIB },
    { id: 'c', capBps: 2 * MIB },
  ],
  torrents: [
    ...times(5, { tracker: 'a', demand: everything }),
    ...times(3, { tracker: 'b', demand: everything }),
    ...times(2, { tracker: 'c', demand: leeching(200 * KIB) }),
  ],
  changes: [
    { atSecond: 35, strategy: 'weighted' },
    { atSecond: 65, strategy: 'soft' },
    { atSecond: 100, priorities: { a: 1, b: 10 } },
    { atSecond: 125, strategy: 'equal' },
  ],
};
