import { MIB } from '../../../src/control/units.ts';
import type { Program } from '../program.ts';
import { everything, times } from './demands.ts';

const STARTED_AT_SECOND = 30;

export const resumed: Program = {
  name: 'resumed',
  about:
    'Twenty-four stopped torrents, whose leechers wait, are started in one second beside one that has the cap for itself.',
  strategy: 'equal',
  seconds: 90,
  trackers: [{ id: 'a', capBps: MIB / 2 }],
  torrents: [
    { tracker: 'a', demand: everything },
    ...times(24, {
      tracker: 'a',
      demand: everything,
      startedAtSecond: STARTED_AT_SECOND,
    }),
  ],
};
