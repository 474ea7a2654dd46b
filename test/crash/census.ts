/** Which boundaries there are: those that one undisturbed run crosses. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Census } from './cases.ts';
import { journalFile } from './config.ts';
import { runPlan } from './process.ts';
import { simulatedWorld, type Version } from './simulated-world.ts';
import { Stage } from './stage.ts';

/** In a process of its own, as the cases with a kill are played. */
export async function censusOfKills(): Promise<readonly string[]> {
  return await inFolder(async (folder) => {
    const world = await simulatedWorld();
    try {
      const plan = { mode: 'play', folder, clientPort: world.gate.port, target: null, copyAt: null } as const;
      const outcome = await runPlan(world, plan);
      if (!outcome.endedWell) throw new Error(`the run without a kill failed:\n${outcome.output}`);
      return outcome.crossed;
    } finally {
      await world.stop();
    }
  });
}

/** In this process, as disturbed cases are played. */
export async function censusOf(version: Version, isDry: boolean): Promise<Census> {
  return await inFolder(async (folder) => {
    const world = await simulatedWorld(version);
    try {
      const happens = async () => {};
      const stage = new Stage({ world, folder, target: null, startsDry: isDry, seed: 0, happens });
      await stage.play();
      if (stage.problems.length > 0)
        throw new Error(`the run by itself failed: ${stage.problems.join('; ')}`);
      return { version, isDry, crossed: [...stage.boundaries.crossed] };
    } finally {
      await world.stop();
    }
  });
}

async function inFolder<T>(task: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'crash-matrix-'));
  await mkdir(path.dirname(journalFile(folder)));
  try {
    return await task(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
