/** What the service is measured against: a simulated qBittorrent, or a real one. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SimulatorOrder } from './simulator-child.ts';

const CHILD = fileURLToPath(new URL('./simulator-child.ts', import.meta.url));

export interface Target {
  readonly name: string;
  readonly torrents: number;
  /** On every torrent, besides its own; absent: none. */
  readonly announceUrls?: number;
  /** Of its WebUI API, on 127.0.0.1. */
  readonly port: number;
  stop(): Promise<void>;
}

/** @param announceUrls that are on every torrent, besides its own */
export async function simulatedTarget(torrents: number, announceUrls: number): Promise<Target> {
  const child = fork(CHILD, { execArgv: process.execArgv });
  const order: SimulatorOrder = { torrents, announceUrls };
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { readonly port: number }).port));
    child.once('exit', (code) => reject(new Error(`the simulator ended with ${code}`)));
    child.send(order);
  });
  return {
    name: 'simulator',
    torrents,
    ...(announceUrls > 0 ? { announceUrls } : {}),
    port,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}
