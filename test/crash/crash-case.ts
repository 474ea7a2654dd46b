/** One case: the service is killed at a boundary, found dead, and rolled back; every torrent must have its own limit. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { configYaml, journalFile, usualSettings } from './config.ts';
import type { Plan, Target } from './plan.ts';
import { type Outcome, runPlan } from './process.ts';
import { BY_HAND, TORRENTS, type World } from './world.ts';

export interface CrashCase {
  readonly target: Target;
  /** How it is found and rolled back: by a new run of the service, or on the command line without one. */
  readonly recovery: 'recover' | 'command line';
  /** A second kill, while it recovers; the recovery is then begun anew. */
  readonly again: Target | null;
}

export interface CaseResult {
  /** Torrents that don't have their own limit in the end. */
  readonly lost: number;
  /** Torrents of which no program can know which of two limits is the user's; either is right. */
  readonly either: number;
  /** What services in this process told on the way. */
  readonly trace?: readonly string[];
  /** What is wrong, or null. */
  readonly problem: string | null;
}

/** Never rejects: what goes wrong is the case's result. */
export async function runCase(world: World, crash: CrashCase): Promise<CaseResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'crash-matrix-'));
  try {
    await mkdir(path.dirname(journalFile(folder)));
    await writeFile(
      path.join(folder, 'qguardarr.yaml'),
      configYaml(world.gate.port, folder, usualSettings()),
    );
    return await judge(world, crash, folder);
  } catch (error) {
    return {
      lost: 0,
      either: 0,
      problem: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function judge(world: World, crash: CrashCase, folder: string): Promise<CaseResult> {
  const plan = { folder, clientPort: world.gate.port, copyAt: null };
  const killed = await runPlan(world, { ...plan, mode: 'play', target: crash.target });
  const broken = (problem: string, lost = 0): CaseResult => ({ lost, either: 0, problem });
  if (!killed.killed) return broken(`it never died: ended in phase '${killed.phase}'\n${killed.output}`);

  const recovered = await recover(world, { ...plan, mode: crash.recovery, target: crash.again });
  const expected = ownLimits(killed.handSet);
  const actual = await world.limits();
  const lost = Object.keys(expected).filter((name) => actual[name] !== expected[name]);
  if (!recovered.endedWell) return broken(`the recovery failed:\n${recovered.output}`, lost.length);
  if (lost.length > 0) {
    const told = lost.map((name) => `${name} has ${actual[name]}, its own is ${expected[name]}`);
    return broken(told.join('; '), lost.length);
  }
  if ((recovered.originals ?? 0) > 0)
    return broken(`${recovered.originals} originals are left in the journal`);
  const left = (await readdir(path.dirname(journalFile(folder)))).filter(
    (name) => !/^rollback\.db(\.torn-\d)?$/.test(name),
  );
  return left.length > 0 ? broken(`left behind: ${left.join(', ')}`) : { lost: 0, either: 0, problem: null };
}

/** Until it comes to its end: killed once at most, as the plan says. */
async function recover(world: World, plan: Plan): Promise<Outcome> {
  const outcome = await runPlan(world, plan);
  return outcome.killed ? await runPlan(world, { ...plan, target: null }) : outcome;
}

/** @param handSet the user has set one more by hand meanwhile, and it counts from then on */
function ownLimits(handSet: boolean): Record<string, number> {
  const own = Object.fromEntries(TORRENTS.map(({ name, ownBps }) => [name, ownBps]));
  return handSet ? { ...own, [BY_HAND.name]: BY_HAND.bps } : own;
}
