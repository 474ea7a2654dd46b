/** What a process has cost so far, from Linux's /proc. */
import { readFile } from 'node:fs/promises';

export interface ProcessUsage {
  /** User and system time of all its threads since it began. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  /** Part of that which belongs to no file: without node's own code, which the system shares and can drop. */
  readonly anonymousBytes: number;
  /** The most that it has had. */
  readonly peakRssBytes: number;
}

/** Clock ticks a second in /proc/PID/stat; Linux has used 100 for user space on every platform Node supports. */
const TICKS = 100;

/** Rejects when there is no such process. */
export async function usageOf(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // The second field is the name in brackets, which may hold spaces; user and system time are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
    rssBytes: kib(status, 'VmRSS') * 1024,
    anonymousBytes: kib(status, 'RssAnon') * 1024,
    peakRssBytes: kib(status, 'VmHWM') * 1024,
  };
}

function kib(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
}
