/** Two controllers on a client that keeps no markers. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { JumpClock } from '../../support/jump-clock.ts';
import { eventually, MIB, Rig } from '../../support/service-rig.ts';
import { contestOf, HOST, isContested, OWN, pair, pass, rollBack, swarm } from './two-rigs.ts';

const test = suite('two controllers on a client without markers');

test('on 5.1, without markers, a second one finds limits that are not its own, and writes nothing', async () => {
  await pair('5.1.0', async ({ first, second, clock }) => {
    await eventually('contested', () => contestOf(second)?.kind === 'unknown-limits');
    const { limits } = first;
    await pass(clock, [first, second], 4);
    assert.equal(first.limits, limits);
    assert.is(second.journal.originals.size, 0);
    assert.is(first.operations.health().status, 'healthy');
    await rollBack(first);
    assert.equal(first.limits, OWN);
    await first.service.stop();
    await pass(clock, [second], 1);
    await eventually('it goes on by itself', () => second.service.link === 'online');
    await second.cycle();
    await rollBack(second);
    assert.equal(second.limits, OWN);
  });
});

test('on 5.1, a controller that has rolled back and keeps running leaves the limits of the next one alone', async () => {
  await pair('5.1.0', async ({ first, second, clock }) => {
    await eventually('contested', () => contestOf(second)?.kind === 'unknown-limits');
    const ours = first.limits;
    await rollBack(first);
    for (let n = 0; n < 2; n += 1) await pass(clock, [first], 1);
    await pass(clock, [second], 1);
    await eventually('in charge', () => second.service.link === 'online');
    await second.cycle();
    assert.equal(second.limits, ours, 'the same limits as the first one had');
    const { writes } = second;
    await pass(clock, [first, second], 3);
    assert.equal([second.limits, second.writes], [ours, writes]);
    assert.is(first.service.lifecycle, 'rolledBack');
    await rollBack(second);
    assert.equal(second.limits, OWN);
  });
});

test('on 5.1, two that start at the same moment end contested, and one with the originals of both journals restores all', async () => {
  const clock = new JumpClock();
  await Rig.with({ ...swarm, clock, stopped: true }, async (first) => {
    await Rig.with(
      { ...swarm, clock, stopped: true, sharedWith: first, caps: { [HOST]: 2 * MIB } },
      async (second) => {
        // Both have read the client before either writes.
        const both = [first, second];
        await Promise.all(both.map((rig) => rig.startService()));
        await Promise.all(both.map((rig) => rig.next('cycle:finished')));
        await pass(clock, both, 3);
        assert.ok(both.some(isContested), both.map((rig) => rig.service.link).join());
        const chosen = isContested(first) ? second : first;
        const other = chosen === first ? second : first;
        await other.service.stop();
        await chosen.service.stop();
        // As `originals export` and `originals import` do: the other one may have managed more torrents.
        const { originals } = chosen.journal;
        const onlyThere = [...other.journal.originals.values()].filter(({ key }) => !originals.has(key));
        await chosen.journal.adoptOriginals(onlyThere);
        await chosen.startService();
        await eventually('connected', () => ['online', 'contested'].includes(chosen.service.link));
        if (isContested(chosen)) assert.is((await chosen.operations.takeOwnership()).status, 'taken');
        await chosen.cycle();
        await rollBack(chosen);
        assert.equal(chosen.limits, OWN);
      },
    );
  });
});

test.run();
