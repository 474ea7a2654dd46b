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

/** So that a command tells on stderr how much memory it took at most. */
const TELL_MEMORY =
  "--import=data:text/javascript,process.on('exit',()=>console.error('maxRSS='+process.resourceUsage().maxRSS))";

/**
 * Runs a command of the build with the output of a shell command on standard input, to its end.
 * @returns also the most memory that it took, in MiB; null when it did not come to its end
 */
export async function runFed(
  folder: string,
  feeder: string,
  args: readonly string[],
): Promise<Ran & { readonly peakMib: number | null }> {
  const script = `{ ${feeder}; } 2>/dev/null | NODE_OPTIONS="$TELL_MEMORY" "$@"`;
  const ran = await ended(
    new Child('sh', ['-c', script, 'sh', process.execPath, MAIN, ...args], {
      cwd: folder,
      environment: { TELL_MEMORY },
    }),
  );
  const kib = /maxRSS=(\d+)/.exec(ran.output)?.[1];
  return { ...ran, peakMib: kib === undefined ? null : Number(kib) / 1024 };
}

async function ended(child: Child): Promise<Ran> {
  const timer = setTimeout(() => void child.kill('SIGKILL'), WITHIN_MS);
  const { code } = await child.exited;
  clearTimeout(timer);
  return { code, output: child.output };
}
