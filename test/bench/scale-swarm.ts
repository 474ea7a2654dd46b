/** The swarm of the scale bench: a tenth of the torrents active, on ten trackers, and churn that never ends. */
import type { DemandProgram } from '../../src/simulator/demand.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { TorrentSpec } from '../../src/simulator/torrent.ts';

const MIB = 1024 * 1024;
export const TRACKERS = 10;
/** A torrent in so many comes and goes in each interval of churn. */
const CHURN_PART = 10_000;

function demandOf(index: number): DemandProgram {
  if (index % 10 !== 0) return { kind: 'none' };
  if (index % 40 === 0)
    return { kind: 'periodic', bps: MIB, onMs: 20_000, offMs: 20_000, phaseMs: (index * 97) % 40_000 };
  return { kind: 'wandering', fromBps: 10_000, toBps: 200_000, everyMs: 5_000 };
}

/** Public trackers that torrents name beside others. */
const PUBLIC = Array.from({ length: 200 }, (_, n) => `udp://public${n}.example:6969/announce`);

/** As "automatically append these trackers" makes them: the same on each torrent, after ten of its own. */
function announceUrls(index: number, own: string, added: readonly string[]): string[] {
  if (added.length === 0) return [own];
  return [
    own,
    ...Array.from({ length: 9 }, (_, n) => PUBLIC[(index * 7 + n) % PUBLIC.length] ?? own),
    ...added,
  ];
}

/**
 * With names as long as release names are.
 * @param added announce URLs that are on every torrent; with any, each has ten of its own
 */
export function scaleTorrent(index: number, added: readonly string[] = []): TorrentSpec {
  return {
    name: `Some.Show.S${String(index % 97).padStart(2, '0')}E${index % 24}.1080p.WEB.H264-GROUP.${index}`,
    // The index spreads over trackers apart from whether it is active.
    trackers: announceUrls(
      index,
      `https://t${Math.floor(index / 10) % TRACKERS}.example/0123456789abcdef/announce`,
      added,
    ),
    demand: demandOf(index),
    category: `category ${index % 7}`,
  };
}

/** Removes some, adds as many new ones, one in ten of them active. */
export class Churn {
  readonly #simulator: Simulator;
  readonly #added: readonly string[];
  #next: number;

  constructor(simulator: Simulator, torrents: number, added: readonly string[] = []) {
    this.#simulator = simulator;
    this.#next = torrents;
    this.#added = added;
  }

  turn(): void {
    const { swarm } = this.#simulator;
    const count = Math.max(1, Math.round(swarm.torrents.size / CHURN_PART));
    const hashes = swarm.torrents.keys();
    for (let n = 0; n < count; n += 1) {
      const hash = hashes.next().value;
      if (hash !== undefined) this.#simulator.removeTorrent(hash);
      this.#simulator.addTorrent(scaleTorrent(this.#next, this.#added));
      this.#next += 1;
    }
  }
}

/** Each tracker's cap, B/s: what makes most of the active ones press. */
export function capBps(torrents: number): number {
  return Math.round((torrents / 1000) * MIB);
}
