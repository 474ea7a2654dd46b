import { type DemandProgram, UNLIMITED_DEMAND_BPS } from './demand.ts';
import { infoHashFor, integerBetween, type Random, randomFrom } from './random.ts';
import type { SwarmOptions } from './swarm.ts';
import type { TorrentSpec } from './torrent.ts';

const KIB = 1024;
const MIB = 1024 * 1024;

/** Caps that suit the demo's swarm, B/s by tracker host: each tracker's leechers want several times as much. */
export const DEMO_CAPS_BPS: Readonly<Record<string, number>> = {
  'tracker.alpha.example': 6 * MIB,
  'tracker.beta.example': 3 * MIB,
  'open.gamma.example': 2 * MIB,
};

interface DemoTracker {
  readonly host: string;
  readonly announcePath: (passkey: string) => string;
  readonly isPrivate: boolean;
  readonly category: string;
  readonly torrents: number;
}

const TRACKERS: readonly DemoTracker[] = [
  {
    host: 'tracker.alpha.example',
    announcePath: (passkey) => `/${passkey}/announce`,
    isPrivate: true,
    category: 'films',
    torrents: 24,
  },
  {
    host: 'tracker.beta.example',
    announcePath: (passkey) => `/announce.php?passkey=${passkey}`,
    isPrivate: true,
    category: 'music',
    torrents: 18,
  },
  {
    host: 'open.gamma.example',
    announcePath: () => '/announce',
    isPrivate: false,
    category: 'images',
    torrents: 16,
  },
];

/** The demo's kinds of demand, dealt out in turn so that each tracker has some of all. */
const DEMANDS: readonly ((random: Random) => DemandProgram)[] = [
  () => ({ kind: 'constant', bps: UNLIMITED_DEMAND_BPS }),
  (random) => ({ kind: 'constant', bps: integerBetween(random, 15, 120) * KIB }),
  (random) => ({
    kind: 'periodic',
    bps: integerBetween(random, 1, 5) * MIB,
    onMs: integerBetween(random, 20, 60) * 1000,
    offMs: integerBetween(random, 20, 90) * 1000,
    phaseMs: integerBetween(random, 0, 60) * 1000,
  }),
  () => ({ kind: 'none' }),
  (random) => ({
    kind: 'wandering',
    fromBps: 40 * KIB,
    toBps: integerBetween(random, 1, 4) * MIB,
    everyMs: 5000,
  }),
  (random) => ({
    kind: 'waking',
    bps: UNLIMITED_DEMAND_BPS,
    atMs: integerBetween(random, 20, 240) * 1000,
    forMs: integerBetween(random, 60, 300) * 1000,
  }),
  // Idle first, then on for half a minute out of three: the demo's sleepers wake as long as it runs.
  (random) => ({
    kind: 'periodic',
    bps: UNLIMITED_DEMAND_BPS,
    onMs: 30_000,
    offMs: 150_000,
    phaseMs: integerBetween(random, 30, 179) * 1000,
  }),
];

const TITLES = [
  'Harbour Lights',
  'Northern Field',
  'Quiet Engines',
  'Paper Rivers',
  'Salt and Cedar',
  'Low Tide',
];

/** About 60 torrents of three trackers whose leechers come and go, and want far more than DEMO_CAPS_BPS. */
export function demoSwarm(seed: number): SwarmOptions {
  const random = randomFrom(seed, 'demo');
  const urls = TRACKERS.map(
    (tracker) =>
      `https://${tracker.host}${tracker.announcePath(infoHashFor(seed, tracker.host).slice(0, 32))}`,
  );
  const torrents = TRACKERS.flatMap((tracker, trackerIndex) =>
    Array.from({ length: tracker.torrents }, (_, index) =>
      demoTorrent(tracker, urls[trackerIndex] ?? '', index, random),
    ),
  );
  const nowhere: TorrentSpec = {
    name: 'Holiday photographs',
    trackers: [],
    demand: { kind: 'constant', bps: 50 * KIB },
  };
  const onTwo: TorrentSpec = {
    name: 'Atlas of Clouds, second edition',
    trackers: urls.slice(0, 2),
    demand: { kind: 'constant', bps: UNLIMITED_DEMAND_BPS },
    isPrivate: true,
    category: 'books',
  };
  return { seed, linkBps: 50 * MIB, torrents: [...torrents, onTwo, nowhere] };
}

function demoTorrent(tracker: DemoTracker, url: string, index: number, random: Random): TorrentSpec {
  const demand = DEMANDS[index % DEMANDS.length]?.(random) ?? { kind: 'none' };
  const title = TITLES[index % TITLES.length] ?? '';
  return {
    name: `${title} ${1 + Math.floor(index / TITLES.length)} (${tracker.category})`,
    trackers: [url],
    isPrivate: tracker.isPrivate,
    demand,
    category: tracker.category,
    tags: index % 4 === 0 ? ['favourite'] : [],
    sizeBytes: integerBetween(random, 1, 40) * 256 * MIB,
    // The second of each tracker's torrents that want everything carries a limit that its user has set.
    uploadLimitWire: index === DEMANDS.length ? 300 * KIB : 0,
    // In each tracker, one torrent's announces fail: it has no current tracker, only a place in the list.
    announces: index !== 4,
  };
}
