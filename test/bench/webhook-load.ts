/** What floods of webhooks cost a running service, each on a connection of its own as qBittorrent sends them. */
import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { usageOf } from '../support/real-swarm/process-usage.ts';
import type { LoadOrder, LoadReport } from './load-child.ts';
import { percentile } from './percentile.ts';

const BARE_SERVER = fileURLToPath(new URL('./bare-server.ts', import.meta.url));
const CHILD = fileURLToPath(new URL('./load-child.ts', import.meta.url));
const NO_COLLECTIONS = ['--min-semi-space-size=64', '--max-semi-space-size=64'];
/** The service has run for a minute by then. */
const WARM_UP_S = 5;
const PER_SECOND = 200;
const CROWD = 1_000;
const SAMPLE_MS = 50;
const SETTLE_MS = 5_000;
const MIB = 1024 * 1024;

export interface LoadRow {
  readonly webhooks: LoadOrder['kind'];
  readonly sent: number;
  /** How often each status was answered. */
  readonly answers: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly rssBeforeMib: number;
  readonly rssMostMib: number;
  /** 5 s later. */
  readonly rssAfterMib: number;
  /** Cycles while they came. */
  readonly cycles: number;
}

export interface LoadTarget {
  readonly port: number;
  readonly pid: number;
  /** How many cycles there have been. */
  readonly cycles: () => Promise<number>;
}

/** At 200 a second. */
export function steadyFlow(target: LoadTarget, seconds: number): Promise<LoadRow> {
  const count = PER_SECOND * seconds;
  return measureLoad(target, { port: target.port, kind: 'steady', count, perSecond: PER_SECOND });
}

/** At 200 a second, to a server that does nothing: less than that can't be measured here. */
export async function bareFlow(seconds: number): Promise<LoadRow> {
  const server = fork(BARE_SERVER, { execArgv: process.execArgv });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('message', (message) => resolve(Number(message)));
    server.once('exit', (code) => reject(new Error(`the bare server ended with ${code}`)));
  });
  const { pid } = server;
  if (pid === undefined) throw new Error('the bare server is gone');
  const target = { port, pid, cycles: async () => 0 };
  try {
    await steadyFlow(target, WARM_UP_S);
    return await steadyFlow(target, seconds);
  } finally {
    server.removeAllListeners('exit').kill('SIGKILL');
  }
}

/** As many as are answered: each of 32 senders sends its next when its last was answered. */
export function saturation(target: LoadTarget, seconds: number): Promise<LoadRow> {
  return measureLoad(target, { port: target.port, kind: 'saturation', senders: 32, seconds });
}

export async function floods(target: LoadTarget): Promise<LoadRow[]> {
  const { port } = target;
  return [
    await measureLoad(target, { port, kind: 'at once', count: CROWD }),
    await measureLoad(target, { port, kind: 'malformed and huge', count: CROWD }),
  ];
}

async function measureLoad({ pid, cycles }: LoadTarget, order: LoadOrder): Promise<LoadRow> {
  const rss = async () => Math.round((await usageOf(pid)).rssBytes / MIB);
  const rssBeforeMib = await rss();
  const cyclesBefore = await cycles();
  const sent = sendFromChild(order);
  let rssMostMib = rssBeforeMib;
  let isOver = false;
  void sent.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    rssMostMib = Math.max(rssMostMib, await rss());
    await sleep(SAMPLE_MS);
  }
  const report = await sent;
  const during = (await cycles()) - cyclesBefore;
  await sleep(SETTLE_MS);
  const times = report.map(({ ms }) => ms);
  const rounded = (part: number) => Math.round(percentile(times, part) * 100) / 100;
  return {
    webhooks: order.kind,
    sent: report.length,
    answers: answersOf(report),
    p50Ms: rounded(0.5),
    p99Ms: rounded(0.99),
    maxMs: rounded(1),
    rssBeforeMib,
    rssMostMib,
    rssAfterMib: await rss(),
    cycles: during,
  };
}

function sendFromChild(order: LoadOrder): Promise<LoadReport> {
  return new Promise((resolve, reject) => {
    // What it allocates is not collected while it measures.
    const child = fork(CHILD, { execArgv: [...process.execArgv, ...NO_COLLECTIONS] });
    child.once('message', (report) => resolve(report as LoadReport));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the sender of webhooks ended with ${code}`)));
    child.send(order);
  });
}

function answersOf(report: LoadReport): string {
  const counts = new Map<number, number>();
  for (const { status } of report) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status === 0 ? 'none' : status}: ${count}`)
    .join(', ');
}
