import { readFile, readlink } from 'node:fs/promises';

/**
 * The same text only for processes that share their process ids: one boot of one kernel, one pid namespace. Null where
 * that can't be known (no /proc). A host name says nothing: two containers may have the same one, and pid 1 both.
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
