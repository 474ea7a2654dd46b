import { readFile, readlink } from 'node:fs/promises';

/**
 * The same text only for processes that share their process ids: one boot of one kernel, one pid namespace. Null where
 * that can't be known (no /proc, or one with `subset=pid`, as systemd's `ProcSubset=pid` mounts it). A host name says
 * nothing: two containers may have the same one, and pid 1 both.
 *
 * Invariant: a kernel gives the number of a pid namespace to another one only when no process is left in the first.
 * So a live process with the same text is in our namespace.
 */
export async function pidNamespace(): Promise<string | null> {
  try {
    const [boot, namespace] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readlink('/proc/self/ns/pid'),
    ]);
    return `${boot.trim()} ${namespace}`;
  } catch {
    return null;
  }
}

/** Whether a process of our own pid namespace runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, but another user's.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** Of the clock that /proc counts in, on all of Node's platforms. */
const TICK_MS = 10;

/**
 * When a process of our own pid namespace started, Unix ms by today's clock, up to 1 s too early; null where that can't
 * be known (no /proc, or no such process). A process begun by `exec` started when the one before it did. Never rejects.
 */
export async function startTimeOf(pid: number): Promise<number | null> {
  try {
    const [kernel, process] = await Promise.all([
      readFile('/proc/stat', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    const boot = /^btime (\d+)$/m.exec(kernel)?.[1];
    // The name, in brackets, may hold spaces and brackets. The start is the 22nd value, the 20th after the name.
    const ticks = process.slice(process.lastIndexOf(')') + 2).split(' ')[19];
    if (boot === undefined || ticks === undefined || !/^\d+$/.test(ticks)) return null;
    return Number(boot) * 1000 + Number(ticks) * TICK_MS;
  } catch {
    return null;
  }
}
