import type { Machine } from './machine.ts';
import type { LoadRow } from './webhook-load.ts';

/**
 * What one size of one qBittorrent cost the service. The steady time is two of the same length, with a full picture in
 * each: in the first the service gets no request (its CPU, own time, resident memory and traffic), in the second
 * its loop is watched, which wakes it 100 times a second, and it is asked how it is once a second (how long the loop was
 * blocked, how long cycles took).
 */
export interface ScaleRow {
  /** `simulator`, or `qBittorrent` and its version. */
  readonly against: string;
  readonly torrents: number;
  /** On every torrent, besides ten of its own; absent: each has one of its own. */
  readonly announceUrls?: number;
  /** Torrents that held a limit in the last cycle: all of them where `standby` is absent, as it was once. */
  readonly managed: number;
  /** Idle ones that held a standby limit. */
  readonly standby?: number;
  /** From the start of the process to the first call that sets a limit. */
  readonly firstLimitsMs: number;
  /** 5 s after the first limits. */
  readonly rssAfterStartMib: number;
  readonly rssSteadyMib: number;
  /** Part of that which belongs to no file, as node's own code does. */
  readonly anonymousSteadyMib: number;
  /** The most since the process began, to the end of the steady times. */
  readonly rssPeakMib: number;
  readonly heapUsedMib: number;
  /** Beside V8's heap: buffers and typed arrays. */
  readonly externalMib: number;
  /** Of one core, over the first steady time. */
  readonly cpuPercent: number;
  /** Cycles that began and ended within the first steady time; with none, what is measured by cycle is null. */
  readonly cycles: number;
  /** CPU time of the JavaScript thread from one reading to the next: all that it does, garbage collection included. */
  readonly ownP50Ms: number | null;
  readonly ownP95Ms: number | null;
  /** As the service reports it, over the second steady time: with the time that qBittorrent takes to answer. */
  readonly cycleP50Ms: number | null;
  readonly cycleP95Ms: number | null;
  readonly callsP50: number | null;
  readonly writesP95: number | null;
  readonly readKibP50: number | null;
  readonly sentKibP50: number | null;
  /** Of the first picture. */
  readonly fullReadMib: number;
  /** The longest that the event loop was blocked: while it started, in the second steady time, and under webhooks. */
  readonly blockedStartMs: number;
  readonly blockedSteadyMs: number;
  readonly blockedWebhooksMs: number | null;
  /** At 200 a second. */
  readonly webhookP50Ms: number | null;
  readonly webhookP99Ms: number | null;
  /** As many as it takes from 32 senders at once. */
  readonly saturationPerSecond: number | null;
  readonly saturationP99Ms: number | null;
  /** All cores of the machine, over the first steady time, the service and qBittorrent included. */
  readonly machineBusyPercent: number;
}

export interface BenchResults {
  readonly machine: Machine;
  /** ISO 8601. */
  readonly at: string;
  readonly seconds: number;
  readonly flags: string;
  /** Of a bare HTTP server of Node under the same 200 webhooks a second; null where there were none. */
  readonly bareWebhook: Pick<LoadRow, 'p50Ms' | 'p99Ms'> | null;
  readonly rows: readonly ScaleRow[];
  readonly webhooks: readonly LoadRow[];
}
