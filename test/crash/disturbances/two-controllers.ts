/**
 * A second service with a journal of its own on the same client. When the script has come to its end one of the two is
 * stopped or killed; the originals of its journal are imported into the other one's where that does not know them, and
 * the other one is to give everything back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../stage.ts';
import { BY_HAND } from '../world.ts';
import type { Disturbance } from './disturbance.ts';

const SECOND = 'second';
/** Both live for so long without the script. */
const PASSES_MS = 700;

async function begin(stage: Stage): Promise<void> {
  const second = await stage.openService(SECOND, stage.world.secondGate);
  second.settings.capBps = 500_000;
  // A limit that the user sets may reach only the journal that is not in charge in the end.
  stage.ledger.allow(BY_HAND.name, 0);
  second.service.start();
  const endCycling = stage.keepCycling(second);
  stage.endWith(async () => {
    endCycling();
    const { service: first } = stage;
    if (first === null) throw new Error('two services were expected to run');
    const isFirstLost = stage.random() < 0.5;
    const [lost, left] = isFirstLost ? [first, second] : [second, first];
    await (stage.random() < 0.5 ? lost.stop() : lost.die());
    const end = stage.keepCycling(left);
    await sleep(PASSES_MS);
    end();
    await left.stop();
    const [from, into] = isFirstLost ? ['', SECOND] : [SECOND, ''];
    await stage.importOriginals(into, await stage.exportOriginals(from));
    return into;
  });
}

export const TWO_CONTROLLERS: readonly Disturbance[] = [
  { name: 'second controller, without markers', version: '5.1.0', notIn: ['stop'], happens: begin },
  { name: 'second controller, with markers', version: '5.3.0', notIn: ['stop'], happens: begin },
];
