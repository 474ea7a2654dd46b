import { KIB, MIB } from '../../../src/control/units.ts';
import { type Program, swinging } from '../program.ts';
import { everything } from './demands.ts';

const SECONDS = 120;

export const small: Program = {
  name: 'small',
  about:
    'Two hundred small torrents wander between 5 and 60 KiB/s, alone on one tracker, beside a big one on another.',
  strategy: 'equal',
  seconds: SECONDS,
  trackers: [
    { id: 'a', capBps: 2 * MIB },
    { id: 'b', capBps: 4 * MIB },
  ],
  torrents: [
    ...Array.from({ length: 200 }, (_, index) => ({
      tracker: index < 100 ? 'a' : 'b',
      demand: swinging(`small ${index}`, { fromBps: 5 * KIB, toBps: 60 * KIB, everyMs: 6_000 }, SECONDS),
    })),
    { tracker: 'b', demand: everything },
  ],
};
