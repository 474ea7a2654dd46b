/** One case: something happens around the service at a boundary; in the end every torrent must have its own limit. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { configYaml, journalFile, usualSettings } from './config.ts';
import type { CaseResult } from './crash-case.ts';
import type { Disturbance } from './disturbances/disturbance.ts';
import type { Target } from './plan.ts';
import { runPlan } from './process.ts';
import { recoverAll } from './recovery.ts';
import type { Version } from './simulated-world.ts';
import { Stage, type StageOptions } from './stage.ts';
import { NAMES, type World } from './world.ts';

const DEADLINE_MS = 90_000;

export interface DisturbedCase {
  readonly disturbance: Disturbance;
  /** Of the simulated client. */
  readonly version: Version;
  readonly target: Target;
  /** Afterwards: by a new run of the service, or on the command line without one. */
  readonly recovery: 'recover' | 'command line';
  readonly seed: number;
}

/** Never rejects: what goes wrong is the case's result. */
export async function runDisturbed(world: World, one: DisturbedCase): Promise<CaseResult> {
  const { disturbance, target, seed } = one;
  const { startsDry = false, leavesUnknown = false, happens } = disturbance;
  return await onStage({ world, target, startsDry, seed, happens }, async (stage, folder) => {
    const journalFolder = await stage.play();
    const problems = stage.isDisturbed ? [] : ['the boundary was not crossed'];
    stage.boundaries.phase = 'recovery';
    const problem =
      one.recovery === 'recover'
        ? await recoverAll(await stage.openService(journalFolder, world.gate), leavesUnknown)
        : await recoverByCommandLine(world, folder);
    return problem === null ? problems : [...problems, problem];
  });
}

/**
 * On a stage in a folder of its own.
 * @param run resolves with what went wrong, besides torrents without their own limits
 */
export async function onStage(
  options: Omit<StageOptions, 'folder'>,
  run: (stage: Stage, folder: string) => Promise<readonly string[]>,
): Promise<CaseResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'crash-matrix-'));
  const stage = new Stage({ ...options, folder });
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(() => resolve([`not ended after ${DEADLINE_MS / 1000} s`]), DEADLINE_MS);
  });
  try {
    await mkdir(path.dirname(journalFile(folder)));
    const ended = run(stage, folder).catch((error: unknown) => [
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    ]);
    return await compare(options.world, stage, await Promise.race([ended, deadline]));
  } finally {
    clearTimeout(timer);
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function recoverByCommandLine(world: World, folder: string): Promise<string | null> {
  await writeFile(path.join(folder, 'qguardarr.yaml'), configYaml(world.gate.port, folder, usualSettings()));
  const plan = {
    mode: 'command line',
    folder,
    clientPort: world.gate.port,
    target: null,
    copyAt: null,
  } as const;
  const outcome = await runPlan(world, plan);
  return outcome.endedWell ? null : `the recovery failed:\n${outcome.output}`;
}

async function compare(
  world: World,
  { ledger, trace, problems: noted }: Stage,
  problems: readonly string[],
): Promise<CaseResult> {
  const limits = await world.limits();
  const lost = NAMES.filter((name) => !ledger.right(name).has(limits[name] ?? -1));
  const wrong = lost.map(
    (name) => `${name} has ${limits[name]}; right is ${[...ledger.right(name)].join(' or ')}`,
  );
  const all = [...new Set([...problems, ...noted, ...wrong])];
  return {
    lost: lost.length,
    either: NAMES.filter((name) => ledger.right(name).size > 1).length,
    trace,
    problem: all.length > 0 ? all.join('\n     ') : null,
  };
}
