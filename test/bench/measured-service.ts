/** The bundled service as a process of its own, and what Linux and a probe inside say of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { usageOf } from '../support/real-swarm/process-usage.ts';

const PROBE = fileURLToPath(new URL('./probe.mjs', import.meta.url));

export interface ProbeReport {
  /** The longest that the event loop was blocked, ms; null when it wasn't watched. */
  readonly blockedMaxMs: number | null;
  readonly blockedP99Ms: number | null;
  readonly memory: NodeJS.MemoryUsage;
}

export class MeasuredService {
  readonly pid: number;
  readonly #child: ChildProcess;

  /** @param flags of node, as the start script gives them */
  constructor(bundle: string, flags: readonly string[], config: string, environment: NodeJS.ProcessEnv = {}) {
    const args = [...flags, '--import', PROBE, bundle, 'run', '--config', config];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...environment },
    });
    if (child.pid === undefined) throw new Error(`can't start ${process.execPath}`);
    this.pid = child.pid;
    this.#child = child;
  }

  watchLoop(): void {
    this.#child.send('watch');
  }

  /** Ends the watch. */
  report(): Promise<ProbeReport> {
    return new Promise((resolve, reject) => {
      this.#child.once('message', (report) => resolve(report as ProbeReport));
      this.#child.once('exit', (code) => reject(new Error(`the service ended with ${code}`)));
      this.#child.send('report');
    });
  }

  usage(): ReturnType<typeof usageOf> {
    return usageOf(this.pid);
  }

  /** CPU time of the thread that runs JavaScript since it began, ms: finer than the ticks of `usage`. */
  async mainThreadMs(): Promise<number> {
    const text = await readFile(`/proc/${this.pid}/task/${this.pid}/schedstat`, 'utf8');
    return Number(text.split(' ')[0]) / 1e6;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGTERM');
    await closed;
  }
}
