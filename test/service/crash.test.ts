import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NedbJournal } from '../../src/journal/nedb-journal.ts';
import { MIB, Rig, type RigOptions, sleepers } from '../support/service-rig.ts';

const HOST = 'alpha.example';
const OWN = [0, 0, 3_000_000];
const test = suite('crash');

const swarm: RigOptions = {
  caps: { [HOST]: 4 * MIB },
  torrents: [...sleepers(HOST, 2), ...sleepers(HOST, 1, 3_000_000)],
};

function originals(rig: Rig): number[] {
  return rig.hashes.map((hash) => rig.journal.originals.get(`default:${hash}`)?.originalWire ?? -1);
}

async function rollBack(rig: Rig): Promise<void> {
  await rig.operations.rollback({ by: 'test', reason: 'after the crash' });
  await rig.shown();
  assert.equal(rig.limits, OWN);
  assert.is(rig.journal.originals.size, 0);
}

test('after a crash the originals are those before it, and a rollback restores all', async () => {
  await Rig.with(swarm, async (rig) => {
    rig.run.die();
    await rig.startService();
    await rig.next('cycle:finished');
    await rig.cycle();
    assert.equal(originals(rig), OWN);
    await rollBack(rig);
  });
});

test('a crash between the journal and the call leaves nothing to be taken for an original', async () => {
  await Rig.with({ ...swarm, stopped: true }, async (rig) => {
    const run = await rig.startService();
    await new Promise<void>((resolve) => {
      run.journal.onIntent = () => {
        run.die();
        resolve();
      };
    });
    assert.equal(rig.limits, OWN, 'the call never went out');
    assert.equal(originals(rig), OWN);
    await rig.startService();
    await rig.next('cycle:finished');
    assert.equal(originals(rig), OWN);
    await rollBack(rig);
  });
});

test('crash after crash, with the caps changed in between: the originals stay', async () => {
  await Rig.with(swarm, async (rig) => {
    for (const cap of [2 * MIB, MIB, 3 * MIB]) {
      rig.run.die();
      rig.configure({}, { [HOST]: cap });
      await rig.startService();
      await rig.next('cycle:finished');
    }
    assert.equal(originals(rig), OWN);
    await rollBack(rig);
  });
});

test('a limit of ours from some writes ago, back after the machine lost its power, is no original', async () => {
  await Rig.with(swarm, async (rig) => {
    const [old = 0] = rig.limits;
    for (const cap of [2 * MIB, MIB, 3 * MIB]) {
      rig.configure({}, { [HOST]: cap });
      await rig.operations.reloadConfig();
      await rig.cycle();
    }
    rig.run.die();
    rig.setByHand(0, old);
    await rig.shown();
    await rig.startService();
    await rig.next('cycle:finished');
    assert.is(rig.count('limit:changed-by-user'), 0);
    assert.equal(originals(rig), OWN);
    await rollBack(rig);
  });
});

test('a release that was sent and did not show before the crash loses no original', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.shown();
    rig.configure({ rollout_percentage: 0 });
    const written = rig.next('limits:written');
    await rig.operations.reloadConfig();
    await written;
    rig.run.die();
    rig.configure({ rollout_percentage: 100 });
    await rig.startService();
    await rig.next('cycle:finished');
    assert.equal(originals(rig), OWN);
    await rollBack(rig);
  });
});

test('limits changed by hand while Qguardarr was down are own limits after the start', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.service.stop();
    rig.setByHand(1, 4_321);
    await rig.shown();
    await rig.startService();
    await rig.next('cycle:finished');
    await rig.operations.rollback({ by: 'test', reason: 'over' });
    assert.equal(rig.limits, [0, 4_321, 3_000_000]);
  });
});

test('the journal on disk carries the originals from one process to the next', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'crash-test-'));
  const file = path.join(folder, 'rollback.db');
  try {
    const first = new NedbJournal({ path: file });
    await first.open();
    let limits: number[] = [];
    const { torrents } = swarm;
    await Rig.with({ ...swarm, journal: first }, async (rig) => {
      limits = rig.limits;
    });
    await first.close();
    const second = new NedbJournal({ path: file });
    await second.open();
    const asLeft = torrents.map((torrent, at) => ({ ...torrent, uploadLimitWire: limits[at] ?? 0 }));
    await Rig.with({ ...swarm, torrents: asLeft, journal: second }, rollBack);
    await second.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test.run();
