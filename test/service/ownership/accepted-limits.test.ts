import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { limitToWire } from '../../../src/control/limit-mark.ts';
import { JumpClock } from '../../support/jump-clock.ts';
import { eventually, Rig } from '../../support/service-rig.ts';
import { swarm } from './one-rig.ts';

const DAY_MS = 86_400_000;
const test = suite('limits that were declared to be the own ones');

test('they are forgotten a week after their torrents are gone, and kept while these are there', async () => {
  const clock = new JumpClock();
  await Rig.with({ ...swarm, clock }, async (rig) => {
    const [gone = '', stays = '', returns = ''] = rig.hashes;
    const spec = rig.simulator.swarm.torrents.get(returns)?.spec;
    if (spec === undefined) throw new Error('no torrent');
    const wire = limitToWire(700_000);
    const limits = [gone, stays, returns].map((hash) => ({ key: `default:${hash}`, wire }));
    await rig.journal.acceptLimits(limits, Date.now());
    const look = async () => {
      await rig.shown();
      const ended = rig.next('cycle:finished');
      rig.service.requestCycle('reconcile', true);
      await ended;
    };
    rig.simulator.removeTorrent(gone);
    rig.simulator.removeTorrent(returns);
    await look();
    clock.jump(6 * DAY_MS);
    await eventually('online', () => rig.service.link === 'online');
    await look();
    assert.is(rig.journal.accepted.size, 3);
    rig.simulator.addTorrent({ ...spec, hash: returns });
    await look();
    clock.jump(2 * DAY_MS);
    await eventually('online', () => rig.service.link === 'online');
    await look();
    assert.equal([...rig.journal.accepted.keys()], [`default:${stays}`, `default:${returns}`]);
  });
});

test.run();
