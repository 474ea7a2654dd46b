/** A rollback's own steps: what it writes down before it writes, and what comes of it when one of them fails. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eventually, MIB, Rig, type RigOptions, sleepers } from '../support/service-rig.ts';

const HOST = 'alpha.example';
const OWN = [0, 0, 500, 3_000_000];
const REQUEST = { by: 'test', reason: 'as asked' };
const test = suite('the steps of a rollback');

const swarm: RigOptions = {
  caps: { [HOST]: 4 * MIB },
  torrents: [...sleepers(HOST, 2), ...sleepers(HOST, 1, 500), ...sleepers(HOST, 1, 3_000_000)],
};

function byHash(a: { readonly hash: string }, b: { readonly hash: string }): number {
  return a.hash < b.hash ? -1 : 1;
}

test('torrents that do not take their limits are named at once, and tried until they do', async () => {
  await Rig.with(swarm, async (rig) => {
    const [first = ''] = rig.hashes;
    const release = rig.refuseLimitsOf(first);
    const answer = await rig.operations.rollback(REQUEST);
    assert.is(answer.status, 'partial');
    assert.is(answer.changes_reversed, 2);
    assert.equal(answer.unrestored_torrents, [first]);
    assert.ok(rig.operations.health().problems.some((text) => text.includes(first)));
    assert.is.not(rig.limits[0], 0);
    release();
    const finished = await rig.next('rollback:finished');
    assert.is(finished.restored, 3, 'those before it was interrupted count');
    assert.equal(rig.limits, OWN);
    assert.is(rig.journal.openRollback?.restored, 3);
  });
});

test('what it writes is in the journal before, with the reason, and so is what a reset of limits writes', async () => {
  await Rig.with(swarm, async (rig) => {
    const give = {
      rollback: () => rig.operations.rollback(REQUEST),
      'limits reset': () => rig.operations.resetLimits({ scope: 'unrestored', markRestored: false }),
    };
    for (const [reason, back] of Object.entries(give)) {
      const ours = rig.limits;
      const writesBefore: number[] = [];
      rig.run.journal.onIntent = (changes) => {
        if (changes.some((change) => change.reason === reason)) writesBefore.push(rig.writes);
      };
      const { writes } = rig;
      await back();
      assert.equal(writesBefore, [writes], 'one append, before the first call');
      const { items } = await rig.operations.journalPage({
        kind: 'change',
        offset: 0,
        limit: 2,
        tracker: null,
        search: '',
      });
      const changes = (items as Record<string, unknown>[]).map((item) => ({
        ...item,
        id: '',
        at: '',
        torrents: [...(item.torrents as { hash: string }[])].sort(byHash),
      }));
      const common = { id: '', at: '', cycle: rig.service.cycles, tracker: 'alpha', reason, state: 'done' };
      const from = (at: number) => {
        const hash = rig.hashes[at] ?? '';
        return { hash, name: rig.simulator.swarm.torrents.get(hash)?.spec.name, from: ours[at] };
      };
      assert.equal(changes, [
        { ...common, limit: 3_000_000, torrents: [from(3)] },
        { ...common, limit: 0, torrents: [from(0), from(1)].sort(byHash) },
      ]);
      if (reason === 'limits reset') continue;
      await rig.operations.resume();
      await rig.next('cycle:finished');
    }
  });
});

for (const written of [false, true]) {
  test(`a run that dies in the middle of a rollback, ${written ? 'after' : 'before'} its writes, leaves it to the next`, async () => {
    await Rig.with(swarm, async (rig) => {
      const { journal, die } = rig.run;
      const died = new Promise<void>((resolve) => {
        journal.onIntent = async (changes) => {
          if (!changes.some(({ reason }) => reason === 'rollback')) return;
          if (written) for (const [at, wire] of OWN.entries()) rig.setByHand(at, wire);
          die();
          resolve();
        };
      });
      rig.service.actor.send({ type: 'ROLLBACK', ...REQUEST });
      await died;
      await rig.restart();
      const finished = await rig.next('rollback:finished');
      assert.is(finished.reason, 'as asked');
      assert.equal(rig.limits, OWN);
      assert.is(rig.journal.originals.size, 0);
      await eventually('rolled back', () => rig.service.lifecycle === 'rolledBack');
    });
  });
}

test.run();
