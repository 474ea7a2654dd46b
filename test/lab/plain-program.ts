/** Programs of a minute for tests: one tracker unless told otherwise, and demands that stay. */
import type { Program, ProgramTorrent } from './program.ts';

export const ALL = Number.POSITIVE_INFINITY;
export const CAP = 1000;

export function wants(tracker: string, bps: number, ownLimitBps?: number): ProgramTorrent {
  return {
    tracker,
    demand: { kind: 'constant', bps },
    ...(ownLimitBps === undefined ? {} : { ownLimitBps }),
  };
}

export function programOf(torrents: readonly ProgramTorrent[], more: Partial<Program> = {}): Program {
  return {
    name: 'test',
    about: '',
    strategy: 'equal',
    seconds: 60,
    trackers: [{ id: 'a', capBps: CAP }],
    torrents,
    ...more,
  };
}
