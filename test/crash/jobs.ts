/** The cases as jobs: what to say of each, and how to play it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { placeOf } from './cases.ts';
import { type CaseResult, type CrashCase, runCase } from './crash-case.ts';
import { type DisturbedCase, runDisturbed } from './disturbed-case.ts';
import { type JournalCase, runJournalCase } from './journal-case.ts';
import { simulatedWorld, type Version } from './simulated-world.ts';
import { TORRENTS, type World } from './world.ts';

/** A real client saves a limit that was set within this time. */
const SAVED_WITHIN_MS = 1_500;

export interface Job {
  /** The row of the table. */
  readonly place: string;
  /** One line that says which case it is. */
  readonly how: string;
  /** Of the simulated client. */
  readonly version: Version;
  play(world: World): Promise<CaseResult>;
}

export interface Played extends CaseResult {
  readonly job: Job;
}

export function killJob(crash: CrashCase): Job {
  const { target, again, recovery } = crash;
  const twice = again === null ? '' : `, killed again at crossing ${again.occurrence}`;
  const powerCut = target.powerCut ? ', power cut' : '';
  return {
    place: placeOf(crash),
    how: `${target.boundary}, time ${target.occurrence}${powerCut}; ${recovery}${twice}`,
    version: '5.1.0',
    play: (world) => runCase(world, crash),
  };
}

export function disturbedJob(one: DisturbedCase): Job {
  const { disturbance, target, version, recovery, seed } = one;
  return {
    place: disturbance.name,
    how: `${disturbance.name} at ${target.boundary}, time ${target.occurrence}; ${version}, ${recovery}, seed ${seed}`,
    version,
    play: (world) => runDisturbed(world, one),
  };
}

export function journalJob(one: JournalCase): Job {
  const { beside, target, version, copyAt, seed } = one;
  const copied = beside === 'older' ? ` (copied at crossing ${copyAt})` : '';
  return {
    place: `journal ${beside}`,
    how: `journal ${beside}${copied} after a kill at ${target.boundary}, time ${target.occurrence}; ${version}, seed ${seed}`,
    version,
    play: (world) => runJournalCase(world, one),
  };
}

/** So many at once, each with a simulated client of its own. */
export async function playSimulated(
  jobs: readonly Job[],
  atOnce: number,
  tell: (played: Played) => void,
): Promise<Played[]> {
  const pending = [...jobs];
  const all: Played[] = [];
  const worker = async () => {
    for (let job = pending.shift(); job !== undefined; job = pending.shift()) {
      const world = await simulatedWorld(job.version);
      const played = { ...(await job.play(world)), job };
      tell(played);
      all.push(played);
      await world.stop();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return all;
}

/** One after the other on a real client. */
export async function playReal(
  jobs: readonly Job[],
  world: World,
  tell: (played: Played) => void,
): Promise<Played[]> {
  const all: Played[] = [];
  for (const job of jobs) {
    const played = { ...(await job.play(world)), job };
    tell(played);
    all.push(played);
    // As it was before the case, whatever came of it, and saved: a client that is killed must not bring back this case.
    for (const { name, ownBps } of TORRENTS) await world.set([name], ownBps);
    await sleep(SAVED_WITHIN_MS);
  }
  return all;
}
