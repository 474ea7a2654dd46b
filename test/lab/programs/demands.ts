import type { ProgramTorrent } from '../program.ts';

type Demand = ProgramTorrent['demand'];

export const everything: Demand = { kind: 'constant', bps: Number.POSITIVE_INFINITY };

export function leeching(bps: number): Demand {
  return { kind: 'constant', bps };
}

/** All it can get from that second on, for good or for some seconds. */
export function wakesAt(second: number, forSeconds?: number, bps = Number.POSITIVE_INFINITY): Demand {
  const base = { kind: 'waking', bps, atMs: second * 1000 } as const;
  return forSeconds === undefined ? base : { ...base, forMs: forSeconds * 1000 };
}

export function times(count: number, torrent: ProgramTorrent): ProgramTorrent[] {
  return Array<ProgramTorrent>(count).fill(torrent);
}
