import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UNLIMITED_DEMAND_BPS } from '../../src/simulator/demand.ts';
import { Simulator } from '../../src/simulator/simulator.ts';

const TRACKERS = ['https://tracker.alpha.example/key/announce'];
const EVERYTHING = { kind: 'constant', bps: UNLIMITED_DEMAND_BPS } as const;

test('lives in real time, counts calls, and leaves nothing behind when stopped', async () => {
  const simulator = new Simulator({
    swarm: {
      seed: 1,
      linkBps: 10_000_000,
      torrents: [{ name: 'a', trackers: TRACKERS, demand: EVERYTHING }],
    },
  });
  const { url, port } = await simulator.start();
  assert.ok(port > 0);
  await fetch(`${url}/api/v2/app/version`);
  await fetch(`${url}/api/v2/app/version`);
  await fetch(`${url}/api/v2/torrents/setUploadLimit`);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const movedBytes = simulator.swarm.movedBytes;
  assert.ok(movedBytes > 1_000_000, 'the timer moves the swarm without a request');
  assert.equal(
    [...simulator.calls],
    [
      ['app/version', 2],
      ['torrents/setUploadLimit', 1],
    ],
  );
  await simulator.stop();
  await simulator.stop();
  const stoppedAt = simulator.swarm.nowMs;
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.is(simulator.swarm.nowMs, stoppedAt);
  const refused = await fetch(`${url}/api/v2/app/version`).then(
    () => false,
    () => true,
  );
  assert.ok(refused);
});

test('a port that is taken is an error of start, and stop is still harmless', async () => {
  const swarm = { seed: 1, linkBps: 1000, torrents: [] };
  const first = new Simulator({ swarm });
  const { port } = await first.start();
  const second = new Simulator({ swarm, port });
  try {
    await second.start();
    assert.unreachable('two servers on one port');
  } catch (error) {
    assert.match(String(error), 'EADDRINUSE');
  }
  await second.stop();
  await first.stop();
});

test('torrents come, change their demand and go while it runs', () => {
  let nowMs = 0;
  const simulator = new Simulator({ swarm: { seed: 1, linkBps: 1_000_000, torrents: [] }, now: () => nowMs });
  const hash = simulator.addTorrent({ name: 'new', trackers: TRACKERS, demand: { kind: 'none' } });
  assert.match(hash, /^[0-9a-f]{40}$/);
  nowMs = 5000;
  assert.is(simulator.uploadedByTracker().get('tracker.alpha.example'), 0);
  assert.ok(simulator.setDemand(hash, EVERYTHING));
  nowMs = 10_000;
  const uploaded = simulator.uploadedByTracker().get('tracker.alpha.example') ?? 0;
  assert.ok(Math.abs(uploaded - 5_000_000) <= 16_384, `${uploaded}`);
  assert.ok(simulator.removeTorrent(hash));
  assert.not(simulator.setDemand(hash, EVERYTHING));
});

test.run();
