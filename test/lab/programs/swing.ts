import { KIB, MIB } from '../../../src/control/units.ts';
import { type Program, swinging } from '../program.ts';

const SECONDS = 150;

export const swing: Program = {
  name: 'swing',
  about:
    'Six demands swing between 50 KiB/s and 2 MiB/s every few seconds: now under the cap together, now over.',
  strategy: 'equal',
  seconds: SECONDS,
  trackers: [{ id: 'a', capBps: 3 * MIB }],
  torrents: [4_000, 5_000, 7_000, 8_000, 11_000, 13_000].map((everyMs) => ({
    tracker: 'a',
    demand: swinging(`swing ${everyMs}`, { fromBps: 50 * KIB, toBps: 2 * MIB, everyMs }, SECONDS),
  })),
};
