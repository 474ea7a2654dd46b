import { MIB } from '../../../src/control/units.ts';
import type { Program } from '../program.ts';
import { everything, times, wakesAt } from './demands.ts';

export const latecomers: Program = {
  name: 'latecomers',
  about: 'A full tracker gets one torrent more every 15 s, a small one every 20 s.',
  strategy: 'equal',
  seconds: 130,
  trackers: [
    { id: 'a', capBps: 6 * MIB },
    { id: 'b', capBps: MIB / 2 },
  ],
  torrents: [
    ...times(3, { tracker: 'a', demand: everything }),
    ...[25, 40, 55, 70, 85, 100].map((second) => ({ tracker: 'a', demand: wakesAt(second) })),
    ...times(2, { tracker: 'b', demand: everything }),
    ...[30, 50, 70, 90].map((second) => ({ tracker: 'b', demand: wakesAt(second) })),
  ],
};
