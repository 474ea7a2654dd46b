import { MIB } from '../../../src/control/units.ts';
import type { Program } from '../program.ts';
import { everything, times, wakesAt } from './demands.ts';

export const crowd: Program = {
  name: 'crowd',
  about:
    'Thirty torrents wake in one second on a tracker that one torrent had for itself, and half go again.',
  strategy: 'equal',
  seconds: 120,
  trackers: [{ id: 'a', capBps: 4 * MIB }],
  torrents: [
    { tracker: 'a', demand: everything },
    ...times(15, { tracker: 'a', demand: wakesAt(40) }),
    ...times(15, { tracker: 'a', demand: wakesAt(40, 40) }),
  ],
};
