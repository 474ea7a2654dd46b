/** Another program sets limits: another Qguardarr, whose limits have the mark, or any other tool. */
import { setTimeout as sleep } from 'node:timers/promises';
import { limitToWire } from '../../../src/control/limit-mark.ts';
import type { Stage } from '../stage.ts';
import { BY_HAND, NAMES } from '../world.ts';
import type { Disturbance } from './disturbance.ts';

const EVERY_MS = 350;
const TIMES = 7;

/** @param isOriginal a value that may become an original, as nothing shows that the user did not set it */
async function write(
  stage: Stage,
  names: readonly string[],
  bps: number,
  isOriginal: boolean,
): Promise<void> {
  const known = stage.knownTo();
  for (const name of names) if (isOriginal || !known.has(name)) stage.ledger.allow(name, bps);
  await stage.world.set(names, bps);
}

/** From the boundary on, for some seconds. */
function againAndAgain(stage: Stage, bps: (time: number) => number, isOriginal: boolean): void {
  // What the user sets meanwhile does not outlast a contest, which goes back to the originals from before.
  stage.ledger.allow(BY_HAND.name, 0);
  stage.inBackground(async () => {
    for (let time = 0; time < TIMES; time += 1) {
      await write(stage, NAMES, bps(time), isOriginal);
      await sleep(EVERY_MS);
    }
  });
}

export const FOREIGN_WRITES: readonly Disturbance[] = [
  {
    name: 'marked limits on two torrents',
    leavesUnknown: true,
    happens: async (stage) => {
      const from = Math.floor(stage.random() * (NAMES.length - 1));
      await write(stage, NAMES.slice(from, from + 2), limitToWire(333_333), false);
    },
  },
  {
    name: 'marked limits on all, again and again',
    leavesUnknown: true,
    happens: async (stage) => {
      againAndAgain(stage, (time) => limitToWire(200_000 + 50_000 * (time % 3)), false);
      await sleep(EVERY_MS * stage.random());
    },
  },
  {
    name: 'another tool sets all, again and again',
    happens: async (stage) => {
      againAndAgain(stage, () => 5 * 1024 * 1024, true);
      await sleep(EVERY_MS * stage.random());
    },
  },
];
