import { KIB, MIB } from '../../../src/control/units.ts';
import { type Program, type ProgramTorrent, swinging } from '../program.ts';
import { everything, leeching, times, wakesAt } from './demands.ts';

const SECONDS = 150;

const swings = (index: number): ProgramTorrent => ({
  tracker: 'a',
  demand: swinging(`mixed ${index}`, { fromBps: 20 * KIB, toBps: 900 * KIB, everyMs: 10_000 }, SECONDS),
});
const comesAndGoes = (index: number): ProgramTorrent => ({
  tracker: 'a',
  demand: {
    kind: 'periodic',
    bps: index % 2 === 0 ? Number.POSITIVE_INFINITY : 400 * KIB,
    onMs: 15_000 + 4_000 * index,
    offMs: 20_000 + 3_000 * index,
    phaseMs: 7_000 * index,
  },
});

export const mixed: Program = {
  name: 'mixed',
  about: 'Twenty-five torrents of every kind on one tracker, as on any seedbox: nothing ever stands still.',
  strategy: 'equal',
  seconds: SECONDS,
  trackers: [{ id: 'a', capBps: 6 * MIB }],
  torrents: [
    ...times(4, { tracker: 'a', demand: everything }),
    ...[20, 60, 110, 40].map((kib) => ({ tracker: 'a', demand: leeching(kib * KIB) })),
    ...[0, 1, 2, 3, 4, 5].map(swings),
    ...[0, 1, 2, 3, 4, 5].map(comesAndGoes),
    ...[30, 50, 70].map((second) => ({ tracker: 'a', demand: wakesAt(second, 40) })),
    ...times(2, { tracker: 'a', demand: { kind: 'none' } }),
  ],
};
