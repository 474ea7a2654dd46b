import { KIB, MIB, UNLIMITED } from '../../../src/control/units.ts';
import type { Program } from '../program.ts';
import { everything, leeching, times } from './demands.ts';

export const recap: Program = {
  name: 'recap',
  about: 'The user halves a cap, raises it, lifts it and sets it again while every torrent is busy.',
  strategy: 'equal',
  seconds: 150,
  trackers: [
    { id: 'a', capBps: 4 * MIB },
    { id: 'b', capBps: MIB },
  ],
  torrents: [
    ...times(4, { tracker: 'a', demand: everything }),
    ...times(2, { tracker: 'a', demand: leeching(150 * KIB) }),
    ...times(3, { tracker: 'b', demand: everything }),
  ],
  changes: [
    { atSecond: 40, caps: { a: 2 * MIB } },
    { atSecond: 70, caps: { a: 5 * MIB } },
    { atSecond: 100, caps: { a: UNLIMITED } },
    { atSecond: 115, caps: { a: 3 * MIB } },
  ],
};
