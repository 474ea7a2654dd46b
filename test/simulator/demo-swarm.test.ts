import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DEMO_CAPS_BPS, demoSwarm } from '../../src/simulator/demo-swarm.ts';
import { Swarm } from '../../src/simulator/swarm.ts';

test('each tracker of the demo wants well over its cap, at every time', () => {
  const swarm = new Swarm(demoSwarm(1));
  let before = swarm.uploadedByTracker();
  swarm.advance(30_000);
  for (let nowMs = 40_000; nowMs <= 600_000; nowMs += 20_000) {
    before = swarm.uploadedByTracker();
    const seconds = (nowMs - swarm.nowMs) / 1000;
    swarm.advance(nowMs);
    const after = swarm.uploadedByTracker();
    for (const [host, capBps] of Object.entries(DEMO_CAPS_BPS)) {
      const rateBps = ((after.get(host) ?? 0) - (before.get(host) ?? 0)) / seconds;
      assert.ok(rateBps > 1.5 * capBps, `${host}: ${rateBps} at ${nowMs}`);
    }
  }
});

test('the demo has what a real client has: failing announces, several trackers, none, limits of the user', () => {
  const swarm = new Swarm(demoSwarm(1));
  const torrents = Object.values(swarm.picture.full().torrents ?? {});
  assert.ok(torrents.length >= 55 && torrents.length <= 65);
  assert.ok(
    torrents.filter((torrent) => torrent.tracker === '' && Number(torrent.trackers_count) > 0).length >= 2,
  );
  assert.ok(torrents.some((torrent) => torrent.trackers_count === 2));
  assert.ok(torrents.some((torrent) => torrent.trackers_count === 0));
  assert.ok(torrents.filter((torrent) => Number(torrent.up_limit) > 0).length >= 2);
});

test('the same seed makes the same demo', () => {
  assert.equal(demoSwarm(3), demoSwarm(3));
  assert.not.equal(demoSwarm(3), demoSwarm(4));
});

test.run();
