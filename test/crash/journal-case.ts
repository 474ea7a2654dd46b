/**
 * One case: the service is killed at a boundary, and started beside another journal than its own: an empty one, an older
 * copy, or that of another client. It must not write to torrents with limits of Qguardarr that this journal does not
 * know. Then the right journal is put back, with what the other one learnt, and gives everything back.
 */
import { cp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasMark } from '../../src/control/limit-mark.ts';
import { journalFile, olderJournalFile } from './config.ts';
import type { CaseResult } from './crash-case.ts';
import { onStage } from './disturbed-case.ts';
import type { Target } from './plan.ts';
import { runPlan } from './process.ts';
import { recoverAll } from './recovery.ts';
import { untilAtRest } from './rest.ts';
import type { Version } from './simulated-world.ts';
import type { Stage } from './stage.ts';
import { BY_HAND, INSTANCE, SHOWN_AFTER_MS, type World } from './world.ts';

export const JOURNALS = ['lost', 'older', "another client's"] as const;

export interface JournalCase {
  readonly beside: (typeof JOURNALS)[number];
  readonly version: Version;
  readonly target: Target;
  /** The older copy is made at this crossing. */
  readonly copyAt: number;
  readonly seed: number;
}

/** So many torrents with unknown limits stop enforcement; fewer are left alone, one by one. */
const MANY = 5;
const BESIDE_FOR_MS = 600;

/** Never rejects: what goes wrong is the case's result. */
export async function runJournalCase(world: World, one: JournalCase): Promise<CaseResult> {
  const { target, seed, copyAt } = one;
  const options = { world, target: null, startsDry: false, seed, happens: async () => {} };
  return await onStage(options, async (stage, folder) => {
    const plan = { mode: 'play', folder, clientPort: world.gate.port, target, copyAt } as const;
    const killed = await runPlan(world, plan, () => stage.ledger.userSet(BY_HAND.name, BY_HAND.bps));
    if (!killed.killed) return [`it never died: ended in phase '${killed.phase}'\n${killed.output}`];
    const own = journalFile(folder);
    const kept = path.join(folder, 'kept.db');
    await rename(own, kept).catch(ignoreMissing);
    await putInPlace(stage, folder, one);
    const problems = await liveBeside(stage, one.version);
    const learnt = await stage.exportOriginals('');
    await rm(own);
    await rename(kept, own).catch(ignoreMissing);
    await stage.importOriginals('', learnt);
    const problem = await recoverAll(await stage.openService('', world.gate), false);
    return problem === null ? problems : [...problems, problem];
  });
}

async function putInPlace(stage: Stage, folder: string, { beside }: JournalCase): Promise<void> {
  if (beside === 'lost') return;
  if (beside === 'older') return await cp(olderJournalFile(folder), journalFile(folder)).catch(ignoreMissing);
  await stage.withJournal('', async (journal) => {
    const records = Array.from({ length: 6 }, (_, n) => ({
      key: `${INSTANCE}:${String(n).padStart(40, '0')}`,
      originalWire: 100_000 * n,
      trackerId: 'alpha',
      firstSeenAt: Date.now(),
      lastWire: null,
      beforeLastWire: null,
    }));
    await journal.adoptOriginals(records);
  });
}

/** The service with the journal that is in place, until it has looked and done what it does. */
async function liveBeside(stage: Stage, version: Version): Promise<string[]> {
  const { world } = stage;
  const tapped = await stage.openService('', world.gate);
  const known = stage.knownTo(tapped.journal);
  // A last call of the killed service may be under way.
  await sleep(SHOWN_AFTER_MS);
  const before = await world.limits();
  const unknown = Object.keys(before).filter((name) => hasMark(before[name] ?? 0) && !known.has(name));
  tapped.service.start();
  const endCycling = stage.keepCycling(tapped);
  await untilAtRest(tapped, BESIDE_FOR_MS);
  endCycling();
  const { contest } = tapped.service.actor.getSnapshot().context;
  const { problems } = tapped.operations.health();
  const after = await world.limits();
  await tapped.stop();
  const wrong = unknown
    .filter((name) => after[name] !== before[name])
    .map((name) => `${name}, whose original the journal does not know, was written: ${after[name]}`);
  // On a client that keeps markers, the one of the killed service may stand for its limits.
  const mustStop = unknown.length >= MANY;
  const mayStop = mustStop || version === '5.3.0';
  if (mustStop && contest === null) wrong.push(`${unknown.length} unknown limits, and it enforces`);
  if (!mayStop && contest !== null)
    wrong.push(`${unknown.length} unknown limits, and it does not enforce: ${contest.problem}`);
  if (unknown.length > 0 && problems.length === 0)
    wrong.push(`/health says nothing of ${unknown.length} unknown limits`);
  return wrong;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
