/** What a run of the service lives through, phase by phase: each ends when what it began is in force. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '../../src/bus.ts';
import type { EventName, Events } from '../../src/events.ts';
import type { TappedService } from './tapped-service.ts';
import { PERCENTAGE_NONE, SHOWN_AFTER_MS } from './world.ts';

export interface Actors extends TappedService {
  /** Resolves when the user has set a limit by hand. */
  hand(): Promise<void>;
}

/** A step has another result than the script says: to be expected once something has happened around the service. */
export class NotAsScripted extends Error {
  override readonly name = 'NotAsScripted';
}

const OTHER_CAP_BPS = 700_000;

type Phase = (actors: Actors) => Promise<void>;

export const SCRIPT: ReadonlyMap<string, Phase> = new Map<string, Phase>([
  [
    'first limits',
    async ({ service, bus }) => {
      const finished = nextOf(bus, 'cycle:finished');
      service.start();
      await finished;
    },
  ],
  ['confirmed', (actors) => cycle(actors)],
  [
    'other caps',
    async (actors) => {
      actors.settings.capBps = OTHER_CAP_BPS;
      await actors.operations.reloadConfig();
      await cycle(actors);
    },
  ],
  [
    "the user's hand",
    async (actors) => {
      await actors.hand();
      await cycle(actors);
    },
  ],
  [
    'released',
    async (actors) => {
      await percentage(actors, PERCENTAGE_NONE);
      await cycle(actors);
    },
  ],
  ['limits again', (actors) => percentage(actors, 100)],
  [
    'compaction',
    async ({ bus, houseKept }) => {
      const finished = nextOf(bus, 'cycle:finished');
      const kept = houseKept();
      bus.emit('timer:reconcile', { at: Date.now() });
      await Promise.all([finished, kept]);
    },
  ],
  ['rollback', ({ operations }) => rollBack(operations)],
  [
    'rolled back',
    async ({ service, bus }) => {
      await sleep(SHOWN_AFTER_MS);
      const looked = nextOf(bus, 'state:changed', ({ machine, to }) => machine === 'cycle' && to === 'idle');
      service.requestCycle('timer');
      await looked;
    },
  ],
  [
    'resumed',
    async ({ operations, bus }) => {
      const finished = nextOf(bus, 'cycle:finished');
      await operations.resume();
      await finished;
    },
  ],
  ['stop', ({ stop }) => stop()],
]);

/** A cycle that sees what was written before. */
async function cycle({ operations }: Actors): Promise<void> {
  await sleep(SHOWN_AFTER_MS);
  await operations.forceCycle();
}

/** @throws NotAsScripted when it is not complete */
export async function rollBack(operations: TappedService['operations']): Promise<void> {
  const answer = await operations.rollback({ by: 'the crash matrix', reason: 'as scripted' });
  if (answer.status !== 'completed')
    throw new NotAsScripted(`a rollback ended with ${JSON.stringify(answer)}`);
}

async function percentage({ service, bus }: Actors, wanted: number): Promise<void> {
  const finished = nextOf(bus, 'cycle:finished');
  service.actor.send({ type: 'SET_PERCENTAGE', percentage: wanted });
  await finished;
}

export function nextOf<Name extends EventName>(
  bus: Bus,
  name: Name,
  accepts: (event: Events[Name]) => boolean = () => true,
): Promise<Events[Name]> {
  return new Promise((resolve) => {
    const unsubscribe = bus.on(name, (event) => {
      if (!accepts(event)) return;
      unsubscribe();
      resolve(event);
    });
  });
}
