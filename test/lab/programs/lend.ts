import { KIB, MIB } from '../../../src/control/units.ts';
import type { Program } from '../program.ts';
import { everything, leeching, times, wakesAt } from './demands.ts';

export const lend: Program = {
  name: 'lend',
  about:
    'A hungry tracker borrows from one that uses a quarter and from an idle one, until both wake and want theirs back.',
  strategy: 'soft',
  seconds: 150,
  trackers: [
    { id: 'a', capBps: 4 * MIB, priority: 5 },
    { id: 'b', capBps: 2 * MIB, priority: 10 },
    { id: 'c', capBps: 2 * MIB, priority: 5 },
  ],
  torrents: [
    ...times(4, { tracker: 'a', demand: leeching(256 * KIB) }),
    ...times(3, { tracker: 'a', demand: wakesAt(60, 40) }),
    ...times(4, { tracker: 'b', demand: everything }),
    ...times(2, { tracker: 'c', demand: wakesAt(80, 30) }),
  ],
  maxBorrowFraction: 1,
};
