import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createBus } from '../../src/bus.ts';
import type { Events } from '../../src/events.ts';
import type { Notice } from '../../src/notifications/notice.ts';
import { watchForNotices } from '../../src/notifications/notices.ts';

const test = suite('notices');

function watched() {
  const bus = createBus((_, error) => {
    throw error;
  });
  const world = { now: 0, problem: null as string | null };
  const notices: Notice[] = [];
  const stop = watchForNotices({
    bus,
    now: () => world.now,
    linkProblem: () => world.problem,
    tell: (notice) => notices.push(notice),
  });
  const link = (to: string) => bus.emit('state:changed', { machine: 'link', from: null, to, at: 0 });
  /** The beat of the control timer, so long after the one before. */
  const beat = (ms: number) => {
    world.now += ms;
    bus.emit('timer:control', { at: world.now });
  };
  const told = () => notices.splice(0).map(({ kind, severity, title }) => `${kind}, ${severity}: ${title}`);
  return { bus, world, notices, told, link, beat, stop };
}

test('an outage is reported when it has lasted 30 s, once, with the reason; and its end', () => {
  const { world, notices, told, link, beat } = watched();
  link('connecting');
  world.problem = 'refused';
  link('offline.waiting');
  beat(20_000);
  link('connecting');
  link('offline.waiting');
  assert.equal(told(), []);
  beat(10_000);
  assert.is(notices[0]?.message, 'refused');
  assert.equal(told(), ["offline, failure: qBittorrent doesn't answer"]);
  beat(60_000);
  assert.equal(told(), []);
  link('online');
  assert.equal(told(), ['offline, success: qBittorrent answers again']);
  beat(60_000);
  assert.equal(told(), []);
});

test('a restart of qBittorrent that is over sooner is not told at all', () => {
  const { told, link, beat } = watched();
  link('online');
  link('offline.waiting');
  beat(29_000);
  link('connecting');
  link('online');
  beat(60_000);
  assert.equal(told(), []);
});

test('what is measured and not as it should be is reported with its reason, and its end; what is to be expected is not', () => {
  const { bus, notices, told } = watched();
  const alarms = [
    { kind: 'cap_not_held', trackerId: 'a' },
    { kind: 'loop_slow', trackerId: null },
    { kind: 'full_reads', trackerId: null },
    { kind: 'announce_urls', trackerId: null },
  ] as const;
  for (const isFault of [true, false]) {
    for (const alarm of alarms) {
      bus.emit('alarm:raised', { ...alarm, isFault, problem: 'so much; do this', at: 5 });
      bus.emit('alarm:cleared', { ...alarm, isFault, message: 'it is over', at: 6 });
    }
  }
  assert.is(notices[0]?.message, 'so much; do this');
  assert.is(notices[0]?.at, 5);
  assert.is(notices[1]?.message, 'it is over');
  assert.equal(told(), [
    'cap_not_held, warning: Cap not held: a',
    'cap_not_held, success: Cap held again: a',
    'loop_slow, warning: Cycles are late',
    'loop_slow, success: Cycles are on time again',
    'full_reads, warning: Every read of qBittorrent is a full one',
    'full_reads, success: Reads of qBittorrent are small again',
    'announce_urls, warning: Announce URLs are left out',
    'announce_urls, success: No announce URLs are left out any more',
  ]);
});

test('a rollback, a rollout step, a refused config and a journal that fails and works again are reported', () => {
  const { bus, notices, told } = watched();
  const rollback = {
    by: 'http',
    reason: 'a try',
    restored: 4,
    missing: 1,
    leftInForce: 0,
    scope: null,
    durationMs: 5,
    at: 0,
  };
  bus.emit('rollback:finished', rollback as Events['rollback:finished']);
  bus.emit('rollback:finished', { ...rollback, leftInForce: 2 } as Events['rollback:finished']);
  bus.emit('rollout:changed', {
    what: 'step-begun',
    percentage: 50,
    step: 2,
    steps: 3,
    problem: null,
    at: 0,
  });
  bus.emit('config:refused', { issues: ['trackers: missing', 'global.port: 0'], at: 0 });
  bus.emit('journal:failed', { problem: 'disk full', at: 0 });
  bus.emit('journal:recovered', { at: 0 });
  assert.equal(
    notices.map(({ message }) => message),
    [
      '4 torrents have their own limits back, 1 missing. Asked for by http: a try',
      '2 torrents keep the limits set before it.',
      'rollout goes on: step 2 of 3, 50 %',
      'trackers: missing\nglobal.port: 0',
      'disk full',
      'The journal can be written.',
    ],
  );
  assert.equal(told(), [
    'rollback_done, success: Rollback done',
    'rollback_done, warning: Rollback waits for the end of the dry run',
    'rollout_step, info: Rollout',
    'config_refused, failure: Config not reloaded, the one in force stays',
    'journal_not_writable, failure: Nothing is limited any more',
    'journal_not_writable, success: Limits are kept again',
  ]);
});

test('after its end nothing is reported', () => {
  const { bus, told, stop } = watched();
  stop();
  bus.emit('journal:failed', { problem: 'disk full', at: 0 });
  assert.equal(told(), []);
});

test.run();
