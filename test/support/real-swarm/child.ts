/**
 * A child process that can't outlive the test: it is killed when this process exits, however it exits
 * (but for SIGKILL, which the deadline of `withSwarm` comes before).
 */
import { type ChildProcess, spawn } from 'node:child_process';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const running = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(1));
}

export class Child {
  readonly exited: Promise<Exit>;
  readonly #process: ChildProcess;
  #output = '';
  #exit: Exit | null = null;

  /** Starts it at once. @param environment on top of this process's own */
  constructor(
    command: string,
    args: readonly string[],
    options: { readonly cwd: string; readonly environment?: NodeJS.ProcessEnv },
  ) {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output += chunk;
      });
    }
    this.exited = new Promise((resolve) => {
      const end = (exit: Exit): void => {
        running.delete(child);
        this.#exit = exit;
        resolve(exit);
      };
      child.once('close', (code, signal) => end({ code, signal }));
      child.once('error', (error) => {
        this.#output += String(error);
        end({ code: null, signal: null });
      });
    });
  }

  /** All it has written so far, standard output and error together. */
  get output(): string {
    return this.#output;
  }

  /** Null when it couldn't be started, or has ended. */
  get pid(): number | null {
    return this.#exit === null ? (this.#process.pid ?? null) : null;
  }

  /** Null while it runs. */
  get exit(): Exit | null {
    return this.#exit;
  }

  /** Sends the signal and waits for the end; SIGKILL follows after `patienceMs`. */
  async kill(signal: NodeJS.Signals, patienceMs = 5_000): Promise<Exit> {
    this.#process.kill(signal);
    const impatience = setTimeout(() => this.#process.kill('SIGKILL'), patienceMs);
    const exit = await this.exited;
    clearTimeout(impatience);
    return exit;
  }
}
