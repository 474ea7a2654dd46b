/** All that a run leaves behind: what its table and its chart are made of, and what `--out` keeps as JSON. */
import type { Strategy } from '../../src/control/types.ts';

/** One torrents/setUploadLimit. */
export interface TracedLimit {
  /** Since the demand began; below 0 before. */
  readonly atMs: number;
  /** Their indexes in the program. */
  readonly torrents: readonly number[];
  /** B/s; 0: no limit. */
  readonly limitBps: number;
}

/** What the service believed at that time: usage, level, trim and the rest, by tracker. */
export interface TracedBelief {
  readonly atMs: number;
  readonly trackers: Readonly<Record<string, unknown>>;
}

export interface Trace {
  readonly program: string;
  /** `native`: the seeder's own global limit, and no service. */
  readonly strategy: Strategy | 'native';
  /** Of the seeder, `4.5.2`, or what stands in for it. */
  readonly version: string;
  readonly seconds: number;
  /** What the leechers got, by torrent and second. */
  readonly bytes: readonly (readonly number[])[];
  readonly limits: readonly TracedLimit[];
  /** What /stats/trackers said, every second or so; empty without a service. */
  readonly beliefs: readonly TracedBelief[];
  /** Requests to qBittorrent while the demand ran, and those of them that could change something. */
  readonly calls: number;
  readonly writes: number;
  /** Null without a service of its own process. */
  readonly service: ServiceUse | null;
  /** Parts of one core, 0..1, by process: how busy the machine was with the run itself. */
  readonly busy: Readonly<Record<string, number>>;
}

export interface ServiceUse {
  readonly peakRssBytes: number;
  readonly endRssBytes: number;
  /** Part of one core, 0..1. */
  readonly cpu: number;
}
