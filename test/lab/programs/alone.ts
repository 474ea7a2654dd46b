import { MIB } from '../../../src/control/units.ts';
import type { Program } from '../program.ts';

export const alone: Program = {
  name: 'alone',
  about: 'One torrent has the whole tracker, goes, and comes back to nothing but its guard.',
  strategy: 'equal',
  seconds: 120,
  trackers: [{ id: 'a', capBps: 4 * MIB }],
  torrents: [
    {
      tracker: 'a',
      demand: { kind: 'periodic', bps: Number.POSITIVE_INFINITY, onMs: 50_000, offMs: 20_000 },
    },
  ],
};
