import { KIB, MIB } from '../../../src/control/units.ts';
import type { Program } from '../program.ts';
import { everything, times } from './demands.ts';

export const outside: Program = {
  name: 'outside',
  about:
    'Rollout leaves most torrents to their users for a while: what they upload comes off what the others share.',
  strategy: 'equal',
  seconds: 130,
  trackers: [{ id: 'a', capBps: 1.5 * MIB }],
  torrents: times(8, { tracker: 'a', demand: everything, ownLimitBps: 250 * KIB }),
  changes: [
    { atSecond: 45, rolloutPercentage: 50 },
    { atSecond: 90, rolloutPercentage: 100 },
  ],
};
