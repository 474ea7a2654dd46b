/** The client is killed, and comes back with limits that it had before: as old as those since the user last set one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NAMES } from '../world.ts';
import type { Disturbance } from './disturbance.ts';

const DOWN_MS = 200;

type Pick = (history: readonly number[], random: () => number) => number | undefined;

const WHICH: readonly (readonly [which: string, pick: Pick])[] = [
  ['the oldest limits', ([oldest]) => oldest],
  ['the limits before the last', (history) => history.at(-2) ?? history[0]],
  ['mixed limits', (history, random) => history[Math.floor(random() * history.length)]],
];

export const CLIENT_KILLED: readonly Disturbance[] = WHICH.map(([which, pick]) => ({
  name: `client killed, back with ${which}`,
  happens: async (stage) => {
    const { world, ledger, random } = stage;
    const saved = NAMES.map((name) => [name, pick(ledger.history(name), random) ?? 0] as const);
    await world.killClient();
    const back = async () => {
      await sleep(DOWN_MS);
      await world.startClient(Object.fromEntries(saved));
    };
    stage.clientIsUp = back();
    stage.inBackground(() => stage.clientIsUp);
    // The service notices only where it makes a call meanwhile.
    if (random() < 0.5) await stage.clientIsUp;
  },
}));
