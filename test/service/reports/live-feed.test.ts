import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createBus } from '../../../src/bus.ts';
import type { LiveState, LiveUpdate } from '../../../src/service/live-types.ts';
import { LiveFeed } from '../../../src/service/reports/live-feed.ts';

const STATE: LiveState = {
  version: '1',
  service: {
    state: 'steady',
    since: null,
    rollout_percentage: 100,
    rollout: null,
    rolled_back_parts: [],
    dry_run: false,
  },
  health: { status: 'healthy', problems: [] },
  strategy: 'equal',
  control_interval_seconds: 2,
  held_torrents: 0,
  last_events: [],
};

function feedOf() {
  const bus = createBus((name, error) => {
    throw new Error(`a listener of ${name} failed`, { cause: error });
  });
  const reads: string[] = [];
  let held = 0;
  const feed = new LiveFeed(bus, {
    state: () => {
      reads.push('state');
      return { ...STATE, held_torrents: held };
    },
    stats: () => {
      reads.push('stats');
      return { at: held, trackers: [] };
    },
    link: () => ({ state: 'online', since: null, problem: null, contest: null, qbittorrent_version: null }),
    cycle: () => ({ state: 'idle', number: held, problem: null, last: null }),
  });
  const service = (to: string) => bus.emit('state:changed', { machine: 'service', from: null, to, at: 0 });
  return { bus, feed, reads, service, hold: (torrents: number) => (held = torrents) };
}

const nextTick = () => new Promise((resolve) => setImmediate(resolve));

test('what happens at once is sent at once, each part read once, after all listeners have run', async () => {
  const { bus, feed, service, reads, hold } = feedOf();
  const told: LiveUpdate[] = [];
  feed.watch((update) => told.push(update));
  service('rollingOut.advancing');
  bus.emit('rollout:changed', {
    what: 'percentage-set',
    percentage: 10,
    step: null,
    steps: null,
    problem: null,
    at: 0,
  });
  // A listener that comes later than the feed's own.
  hold(7);
  assert.equal(told, []);
  await nextTick();
  assert.equal(
    told.map(({ event, data }) => [event, 'held_torrents' in data && data.held_torrents]),
    [['state', 7]],
  );
  assert.equal(reads, ['state']);
});

test('what is as before is not told again', async () => {
  const { feed, service, hold } = feedOf();
  const told: LiveUpdate[] = [];
  feed.watch((update) => told.push(update));
  for (const held of [0, 0, 1, 1]) {
    hold(held);
    service('steady');
    await nextTick();
  }
  assert.is(told.length, 2);
});

test('each change tells the parts that it may have touched', async () => {
  const { bus, feed, hold } = feedOf();
  const told: string[] = [];
  feed.watch(({ event }) => told.push(event));
  const partsAfter = async (emit: () => void) => {
    told.length = 0;
    emit();
    await nextTick();
    return told.join(' ');
  };
  const changed = (machine: 'link' | 'cycle' | 'tracker:a') => () =>
    bus.emit('state:changed', { machine, from: null, to: 'x', at: 0 });
  assert.is(await partsAfter(changed('link')), 'link state');
  assert.is(await partsAfter(changed('cycle')), 'cycle');
  assert.is(await partsAfter(changed('tracker:a')), 'stats');
  hold(1);
  assert.is(await partsAfter(() => bus.emit('cycle:failed', { problem: 'p', at: 0 })), 'cycle state');
  assert.is(await partsAfter(() => bus.emit('timer:control', { at: 0 })), '');
});

test('without watchers nothing is read; a new watcher gets all', async () => {
  const { feed, service, reads } = feedOf();
  service('steady');
  await nextTick();
  assert.equal(reads, []);
  const told: LiveUpdate[] = [];
  const stop = feed.watch((update) => told.push(update));
  service('steady');
  await nextTick();
  stop();
  service('rolledBack');
  await nextTick();
  assert.is(told.length, 1);
  assert.equal(
    feed.now().map(({ event }) => event),
    ['state', 'stats', 'link', 'cycle'],
  );
  feed.watch((update) => told.push(update));
  service('steady');
  await nextTick();
  assert.is(told.length, 2, 'what the ones before were told is not held against it');
});

test.run();
