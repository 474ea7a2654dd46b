import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { explainFailure } from '../../src/cli/explain-failure.ts';
import { ForeignJournal } from '../../src/service/foreign-journal.ts';
import { JumpClock } from '../support/jump-clock.ts';
import { eventually, MIB, Rig, sleepers } from '../support/service-rig.ts';

const HOST = 'alpha.example';
const test = suite('the journal of another qBittorrent');

test('after a renaming the start is refused, in one line, until the name is back', async () => {
  const clock = new JumpClock();
  await Rig.with({ caps: { [HOST]: 4 * MIB }, torrents: sleepers(HOST, 3), clock }, async (rig) => {
    const ours = rig.limits;
    const originals = [...rig.journal.originals.values()];
    await rig.service.stop();
    rig.configureQbittorrent({ name: 'nas' });
    const refusal = await rig.startService().catch((error: unknown) => error);
    assert.instance(refusal, ForeignJournal);
    assert.is(
      explainFailure(refusal),
      'The journal belongs to qBittorrent "default" with 3 torrents under management, and qbittorrent.name is "nas": ' +
        'set qbittorrent.name back to "default", or with that name roll back first (qguardarr rollback --confirm).',
    );
    assert.equal(rig.limits, ours);
    assert.equal([...rig.journal.originals.values()], originals);
    await rig.service.stop();

    rig.configureQbittorrent({ name: 'default' });
    await rig.startService();
    await rig.next('cycle:finished');
    await rig.operations.rollback({ by: 'test', reason: 'over' });
    assert.equal(rig.limits, [0, 0, 0]);
    await rig.service.stop();

    // The client may still bring limits of ours back, on torrents that only this journal knows.
    rig.configureQbittorrent({ name: 'nas' });
    const again = await rig.startService().catch((error: unknown) => error);
    assert.is(
      explainFailure(again),
      'The journal belongs to qBittorrent "default" with 3 torrents that have their own limits again and that it may ' +
        'not have saved yet, and qbittorrent.name is "nas": set qbittorrent.name back to "default" and let the ' +
        'service run for six minutes with qBittorrent, or choose another rollback.database_path.',
    );
    assert.is(rig.journal.restored.size, 3);
    await rig.service.stop();

    rig.configureQbittorrent({ name: 'default' });
    await rig.startService();
    await eventually('the first picture', () => rig.service.picture.table.size > 0);
    await eventually('idle', () => rig.service.cycle === 'idle');
    clock.jump(6 * 60_000);
    rig.service.requestCycle('timer');
    await eventually('certain', () => rig.journal.restored.size === 0);
    await rig.service.stop();

    rig.configureQbittorrent({ name: 'nas' });
    await rig.startService();
    assert.is(rig.service.lifecycle, 'rolledBack', 'with nothing left the name is free');
  });
});

test.run();
