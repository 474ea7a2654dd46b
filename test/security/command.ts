import { fileURLToPath } from 'node:url';
import { Child } from '../support/real-swarm/child.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const WITHIN_MS = 60_000;

export interface Ran {
  /** Null when it had to be killed. */
  readonly code: number | null;
  readonly output: string;
}

/** Runs a command of the build to its end. */
export async function runCommand(folder: string, args: readonly string[]): Promise<Ran> {
  return await ended(new Child(process.execPath, [MAIN, ...args], { cwd: folder }));
}

/** The same on a terminal of its own, by script(1). */
export async function runOnTerminal(folder: string, args: readonly string[]): Promise<Ran> {
  const quoted = [process.execPath, MAIN, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  return await ended(
    new Child('script', ['-qec', quoted.join(' '), '/dev/null'], {
      cwd: folder,
      environment: { TERM: 'xterm', NO_COLOR: '' },
    }),
  );
}

async function ended(child: Child): Promise<Ran> {
  const timer = setTimeout(() => void child.kill('SIGKILL'), WITHIN_MS);
  const { code } = await child.exited;
  clearTimeout(timer);
  return { code, output: child.output };
}
