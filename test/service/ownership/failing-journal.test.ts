/** A contest while the journal cannot be written. */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { JournalError } from '../../../src/journal/errors.ts';
import { eventually, MIB, Rig } from '../../support/service-rig.ts';
import { contestOf, OWN, setAll, swarm } from './one-rig.ts';
import { isContested, pair } from './two-rigs.ts';

const test = suite('contests with a failing journal');

const full = () => new JournalError('full', 'rollback.db', 'the disk is full');

test('originals are taken back once the disk has room, when it was full at the moment of the contest', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    let isFull = true;
    rig.run.journal.around = async (operation, run) => {
      if (isFull && ['revertOriginals', 'recordContest'].includes(operation)) throw full();
      return await run();
    };
    for (let round = 0; round < 3 && contestOf(rig) === null; round += 1) {
      setAll(rig, 5 * MIB);
      await sleep(500);
      await cycle(rig);
      if (contestOf(rig) === null) await rig.cycle();
    }
    assert.is(contestOf(rig)?.kind, 'rewriter');
    isFull = false;
    await cycle(rig);
    assert.ok(rig.journal.contest);
    const originals = [...rig.journal.originals.values()].map(({ originalWire }) => originalWire);
    assert.equal(originals, OWN);
  });
});

test('the client can be taken over, and its connection stays, while the journal cannot be written', async () => {
  await pair('5.3.0', async ({ second }) => {
    await eventually('contested', () => isContested(second));
    second.run.journal.around = async (operation, run) => {
      if (operation === 'recordContest') throw full();
      return await run();
    };
    await second.operations.takeOwnership();
    assert.is(contestOf(second)?.kind, 'unknown-limits');
  });
});

async function cycle(rig: Rig): Promise<void> {
  rig.service.requestCycle('timer');
  await eventually('the cycle is over', () => rig.service.cycle === 'idle');
}

test.run();
