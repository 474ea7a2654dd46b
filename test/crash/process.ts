/** The service's process, as its parent sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { isLeft } from 'fp-ts/lib/Either.js';
import { Message, type Plan } from './plan.ts';
import { BY_HAND, REFRESH_MS, type World } from './world.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Bundled once: a process then starts in a third of the time. Below node_modules, to find packages. */
const CHILD = path.join(ROOT, `node_modules/.cache/qguardarr-test/crash-${process.pid}.mjs`);
/** None of the scripts takes a tenth of it. */
const DEADLINE_MS = 60_000;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(CHILD, { force: true });
});

export async function bundleChild(): Promise<void> {
  await build({
    entryPoints: [path.join(ROOT, 'test/crash/child.ts')],
    outfile: CHILD,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // NeDB's storage is replaced in it, so it must be the one module that both find.
    external: ['@seald-io/nedb', '@seald-io/nedb/*'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
}

export interface Outcome {
  /** It died where the plan said. */
  readonly killed: boolean;
  /** It ended as a process that was not killed should. */
  readonly endedWell: boolean;
  readonly phase: string;
  /** The user set a limit by hand before its end. */
  readonly handSet: boolean;
  readonly crossed: readonly string[];
  /** In its journal at its end; null when it didn't come to it. */
  readonly originals: number | null;
  readonly output: string;
}

/**
 * Runs the plan to its end, or to the kill.
 * @param onHand the user has set a limit by hand
 */
export async function runPlan(world: World, plan: Plan, onHand = () => {}): Promise<Outcome> {
  const child = fork(CHILD, [JSON.stringify(plan)], {
    cwd: plan.folder,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  let phase = 'start';
  let handSet = false;
  let ended: { readonly crossed: readonly string[]; readonly originals: number } | null = null;
  const atTheGate = watchGate(world, plan, child, () => phase);
  child.on('message', (raw) => {
    const message = Message.decode(raw);
    if (isLeft(message)) throw new Error(`an unexpected message: ${JSON.stringify(raw)}`);
    const answer = () => child.connected && child.send('go on');
    switch (message.right.kind) {
      case 'phase':
        phase = message.right.phase;
        answer();
        return;
      case 'hand':
        handSet = true;
        void world
          .set([BY_HAND.name], BY_HAND.bps)
          .then(onHand)
          .then(() => sleep(REFRESH_MS))
          .then(answer);
        return;
      case 'ended':
        ended = message.right;
        answer();
    }
  });
  const deadline = setTimeout(() => {
    output += `\nnot ended after ${DEADLINE_MS / 1000} s`;
    child.kill('SIGTERM');
  }, DEADLINE_MS);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(deadline);
  running.delete(child);
  world.gate.onCrossing = () => false;
  const { crossed = [], originals = null } = (ended ?? {}) as Partial<NonNullable<typeof ended>>;
  const endedWell = code === 0 && (ended !== null || plan.mode === 'command line');
  return {
    killed: signal === 'SIGKILL',
    endedWell,
    phase,
    handSet,
    crossed: [...crossed, ...atTheGate],
    originals,
    output,
  };
}

/** Two boundaries lie outside of the process: when qBittorrent gets a call, and when it has done what it asks. */
function watchGate(world: World, plan: Plan, child: ChildProcess, phase: () => string): string[] {
  const crossed: string[] = [];
  world.gate.onCrossing = (crossing) => {
    const boundary = `${phase()} | setUploadLimit: ${crossing}`;
    crossed.push(boundary);
    const count = crossed.filter((one) => one === boundary).length;
    if (plan.target?.boundary !== boundary || plan.target.occurrence !== count) return false;
    child.kill('SIGKILL');
    return true;
  };
  return crossed;
}
