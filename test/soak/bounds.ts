import { type Bound, NO_MORE } from './figures.ts';

/** What a garbage collector and a sawtooth leave of a size that doesn't grow. */
const about = (part: number, more: number): Bound => ({
  by: 'mean',
  allowed: (first) => first * (1 + part) + more,
});
const atMost = (bound: number): Bound => ({ by: 'most', allowed: () => bound });

/** @see test/soak/simulated-soak.ts for the journal's `max_changes`: a quarter more may wait for a checkpoint. */
export const SIMULATED_BOUNDS: Readonly<Record<string, Bound>> = {
  // It settles over three hours, at some 15 % above what it begins with: code that is compiled, for the most part.
  'heap, MiB': about(0.1, 1.5),
  // Connections kept alive to qBittorrent: one more while one is about to close.
  handles: { by: 'most', allowed: (first) => first + 1 },
  timers: NO_MORE,
  'listeners on the bus': NO_MORE,
  actors: NO_MORE,
  'torrents held': NO_MORE,
  'webhooks waiting': NO_MORE,
  'calls waiting': NO_MORE,
  'events dropped': atMost(0),
  'journal, KiB': about(0.5, 16),
  'changes kept': atMost(300 + 75),
};

export const REAL_BOUNDS: Readonly<Record<string, Bound>> = {
  'memory (RSS), MiB': about(0.1, 2),
  // The connections by which it is watched and told of torrents among them.
  'open files': { by: 'most', allowed: (first) => first + 4 },
  threads: NO_MORE,
  'torrents held and there': { by: 'most', allowed: (first) => first + 4 },
  'calls waiting': NO_MORE,
  'events dropped': atMost(0),
  'journal, KiB': about(0.5, 64),
};
