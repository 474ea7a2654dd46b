/** What the figures were measured on, and how busy it was meanwhile. */
import { readFileSync } from 'node:fs';
import os from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
}

export function thisMachine(): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.cpus().length,
    memoryGib: Math.round(os.totalmem() / 1024 ** 3),
    system: `${os.type()} ${os.release()}`,
    node: process.version,
  };
}

/** Busy time of all cores together since the machine started, as a part of all time. */
export class BusyMeter {
  #before = coreTimes();

  /** Per cent of all cores, 0..100, since it was made or last asked. */
  lap(): number {
    const now = coreTimes();
    const all = now.all - this.#before.all;
    const idle = now.idle - this.#before.idle;
    this.#before = now;
    return all === 0 ? 0 : Math.round((1 - idle / all) * 100);
  }
}

function coreTimes(): { readonly all: number; readonly idle: number } {
  const [, ...times] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').trim().split(/\s+/);
  // User, nice, system, idle, waiting for a disk, interrupts (hard, soft), stolen.
  const numbers = times.slice(0, 8).map(Number);
  return { all: numbers.reduce((sum, each) => sum + each, 0), idle: (numbers[3] ?? 0) + (numbers[4] ?? 0) };
}
