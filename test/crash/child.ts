/** The service in a process of its own that dies at the boundary that its plan names. */
import { copyFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import { rollback as rollbackByCommandLine } from '../../src/cli/rollback.ts';
import { Boundaries } from './boundaries.ts';
import { journalFile, olderJournalFile, usualSettings } from './config.ts';
import { type Message, Plan } from './plan.ts';
import { nextOf, rollBack, SCRIPT } from './script.ts';
import { TappedDisk } from './tapped-disk.ts';
import { tappedService } from './tapped-service.ts';

const decoded = Plan.decode(JSON.parse(process.argv[2] ?? 'null'));
if (isLeft(decoded)) throw new Error(`expected a plan as the argument, got ${process.argv[2]}`);
const plan = decoded.right;
const boundaries = new Boundaries(plan.target);
TappedDisk.tapNedb();
boundaries.onCrossing = (crossings) => {
  const file = journalFile(plan.folder);
  if (crossings === plan.copyAt && existsSync(file)) copyFileSync(file, olderJournalFile(plan.folder));
};

/** Resolves when the other side has answered. */
async function tell(message: Message): Promise<void> {
  if (process.send === undefined) throw new Error('expected to be forked');
  const answered = new Promise<void>((resolve) => process.once('message', () => resolve()));
  process.send(message);
  await answered;
}

async function enter(phase: string): Promise<void> {
  await tell({ kind: 'phase', phase });
  boundaries.phase = phase;
}

async function begin() {
  const { folder, clientPort } = plan;
  const tapped = await tappedService({ folder, clientPort, boundaries, settings: usualSettings() });
  return { ...tapped, hand: () => tell({ kind: 'hand' }) };
}

async function play(): Promise<number> {
  await enter('start');
  const actors = await begin();
  for (const [phase, live] of SCRIPT) {
    await enter(phase);
    await live(actors);
  }
  return actors.journal.originals.size;
}

/** As users do who find it dead: it is started, works, and rolls back. */
async function recover(): Promise<number> {
  await enter('recovery');
  const actors = await begin();
  const { service, operations, bus, journal } = actors;
  // A rollback that was interrupted comes before any cycle.
  const working = Promise.race([
    nextOf(
      bus,
      'state:changed',
      ({ machine, from, to }) => machine === 'cycle' && from !== null && to === 'idle',
    ),
    nextOf(bus, 'rollback:finished'),
  ]);
  service.start();
  await working;
  await rollBack(operations);
  await actors.stop();
  return journal.originals.size;
}

if (plan.mode === 'command line') {
  const code = await rollbackByCommandLine(path.join(plan.folder, 'qguardarr.yaml'), {
    confirm: true,
    reason: 'after the crash',
    scope: null,
  });
  process.exit(code);
}
const originals = await (plan.mode === 'play' ? play : recover)();
await tell({ kind: 'ended', crossed: boundaries.crossed, originals });
process.exit(0);
