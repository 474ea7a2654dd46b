/** What a run of the service lives through, phase by phase: each ends when what it began is in force. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '../../src/bus.ts';
import type { EventName, Events } from '../../src/events.ts';
import type { Operations } from '../../src/service/operations.ts';
import type { Service } from '../../src/service/service.ts';
import { PERCENTAGE_NONE, SHOWN_AFTER_MS } from './world.ts';

export interface Actors {
  readonly service: Service;
  readonly operations: Operations;
  readonly bus: Bus;
  /** Puts other caps in force. */
  readonly recap: (capBps: number) => Promise<void>;
  /** Resolves when the user has set a limit by hand. */
  readonly hand: () => Promise<void>;
  /** Resolves when the house is kept: the journal is compacted. */
  readonly houseKept: () => Promise<void>;
  /** Closes service and journal in good order. */
  readonly stop: () => Promise<void>;
}

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
      await actors.recap(700_000);
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

/** @throws when it isn't complete */
export async function rollBack(operations: Operations): Promise<void> {
  const answer = await operations.rollback({ by: 'the crash matrix', reason: 'as scripted' });
  if (answer.status !== 'completed') throw new Error(`a rollback ended with ${JSON.stringify(answer)}`);
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
