/** What a dry run has seen, and what it may decide. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OperationRefused } from '../../../src/service/operations.ts';
import { eventually, MIB, Rig, sleepers } from '../../support/service-rig.ts';
import { contestOf, HOST, setAll, swarm } from './one-rig.ts';

const test = suite('ownership and dry run');
const dry = { dry_run: true };

test('limits that look like Qguardarr’s stop enforcement when a dry run beside them is switched off', async () => {
  const torrents = sleepers(HOST, 6, 3_174_765);
  await Rig.with({ ...swarm, torrents, global: dry }, async (rig) => {
    await rig.cycle();
    await switchDryRun(rig, false);
    await eventually('contested', () => contestOf(rig)?.kind === 'unknown-limits');
    assert.is(rig.journal.originals.size, 0);
  });
});

test('the marker of another journal is heeded when a dry run beside it is switched off', async () => {
  await Rig.with({ ...swarm, version: '5.3.0' }, async (lost) => {
    await lost.cycle();
    await lost.service.stop();
    await Rig.with({ ...swarm, version: '5.3.0', sharedWith: lost, global: dry }, async (rig) => {
      await switchDryRun(rig, false);
      await eventually('contested', () => contestOf(rig)?.kind === 'unknown-limits');
      assert.match(contestOf(rig)?.problem ?? '', /were written by another Qguardarr/);
    });
  });
});

test('a rollback to the first originals changes no original in a dry run', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    setAll(rig, 5 * MIB);
    await rig.cycle();
    await switchDryRun(rig, true);
    const request = { by: 'test', reason: 'why', originals: 'first' } as const;
    const refused = await rig.operations.rollback(request).then(
      () => null,
      (error: unknown) => error,
    );
    assert.instance(refused, OperationRefused);
    const originals = [...rig.journal.originals.values()].map(({ originalWire }) => originalWire);
    assert.equal(new Set(originals), new Set([5 * MIB]));
  });
});

async function switchDryRun(rig: Rig, isOn: boolean): Promise<void> {
  rig.configure({ dry_run: isOn });
  await rig.operations.reloadConfig();
}

test.run();
