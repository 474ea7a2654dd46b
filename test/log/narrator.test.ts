import { pino } from 'pino';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Bus, createBus } from '../../src/bus.ts';
import type { LimitCall, TrackerReport } from '../../src/control/types.ts';
import type { CycleSummary } from '../../src/events.ts';
import { narrate } from '../../src/log/narrator.ts';

const test = suite('what the log tells');

function narrated() {
  const lines: string[] = [];
  const logger = pino(
    { level: 'debug', base: null, timestamp: false, formatters: { level: (label) => ({ level: label }) } },
    { write: (line) => void lines.push(line) },
  );
  const bus = createBus((_, error) => {
    throw error;
  });
  const link = { problem: null as string | null };
  const stop = narrate(bus, logger, () => link.problem);
  /** "level: message" of each line since the last look. */
  const told = () =>
    lines.splice(0).map((line) => {
      const { level, msg } = JSON.parse(line);
      return `${level}: ${msg}`;
    });
  return { bus, link, told, stop };
}

const CYCLE: CycleSummary = {
  cycle: 7,
  origins: ['timer'],
  startedAt: 0,
  at: 0,
  durationMs: 12.3,
  observingMs: 5,
  planningMs: 3,
  applyingMs: 4.3,
  considered: 3,
  managed: 2,
  changed: 2,
  calls: 2,
  failedCalls: 0,
  deferred: 0,
  dryRun: false,
  trackers: [],
};

test('a cycle is a line when it changed something, and a dry run says what would be', () => {
  const { bus, told } = narrated();
  bus.emit('cycle:finished', CYCLE);
  bus.emit('cycle:finished', { ...CYCLE, dryRun: true });
  bus.emit('cycle:finished', { ...CYCLE, changed: 0, calls: 1 });
  const [changed, dry, idle] = told();
  assert.match(changed ?? '', /^info: cycle 7: changed 2 limits in 1 call;/);
  assert.match(dry ?? '', /^info: cycle 7: would change 2 limits/);
  assert.match(idle ?? '', /^debug: /);
});

test('a cap that can not be held is logged once, with the reason, and when it can again', () => {
  const { bus, told } = narrated();
  const report = (cannotHold: TrackerReport['cannotHold']) =>
    ({ id: 't', capBps: 1024, outsideBps: 9e6, outsideRolloutBps: 9e6, cannotHold }) as TrackerReport;
  const finish = (cannotHold: TrackerReport['cannotHold']) =>
    bus.emit('cycle:finished', { ...CYCLE, changed: 0, trackers: [report(cannotHold)] });
  for (const cannotHold of [null, 'rollout', 'rollout', 'max-managed', null, null] as const)
    finish(cannotHold);
  const lines = told().filter((line) => !line.startsWith('debug'));
  assert.is(lines.length, 3);
  assert.match(lines[0] ?? '', /^warn: t: its cap of 1 KiB\/s can't be held: torrents that rollout/);
  assert.match(lines[1] ?? '', /^warn: t: .*max_managed_torrents/);
  assert.is(lines[2], 'info: t: its cap can be held again');
});

test('why qBittorrent cannot be reached is logged once until that changes', () => {
  const { bus, link, told } = narrated();
  const enter = (to: string) => bus.emit('state:changed', { machine: 'link', from: null, to, at: 0 });
  enter('connecting');
  link.problem = 'refused';
  enter('offline.waiting');
  enter('connecting');
  enter('offline.waiting');
  link.problem = 'banned';
  enter('offline.waiting');
  link.problem = null;
  enter('online');
  link.problem = 'refused';
  enter('offline.waiting');
  assert.equal(
    told().filter((line) => !line.startsWith('debug')),
    ['warn: refused', 'warn: banned', 'info: connected to qBittorrent', 'warn: refused'],
  );
});

test('cycles that keep failing for one reason are logged once, and when they succeed again', () => {
  const { bus, told } = narrated();
  bus.emit('cycle:failed', { problem: 'no JSON', at: 0 });
  bus.emit('cycle:failed', { problem: 'no JSON', at: 0 });
  bus.emit('cycle:failed', { problem: 'disk full', at: 0 });
  bus.emit('cycle:finished', { ...CYCLE, changed: 0 });
  assert.equal(
    told().filter((line) => !line.startsWith('debug')),
    [
      'warn: cycle failed, nothing changed: no JSON',
      'warn: cycle failed, nothing changed: disk full',
      'info: cycles succeed again',
    ],
  );
});

test('a refused config is logged with all that is wrong, a reloaded one with what waits for a restart', () => {
  const { bus, told } = narrated();
  bus.emit('config:refused', { issues: ['trackers: missing', 'global.port: 0'], at: 0 });
  bus.emit('config:reloaded', { restartNeeded: [], at: 0 });
  bus.emit('config:reloaded', { restartNeeded: ['global.port'], at: 0 });
  assert.equal(told(), [
    'error: config not reloaded, the one in force stays:',
    'error:   trackers: missing',
    'error:   global.port: 0',
    'info: config reloaded',
    'info: config reloaded',
    'warn: needs a restart to take effect: global.port',
  ]);
});

test('a rollback, a lost journal and an event that no state handles are logged', () => {
  const { bus, told } = narrated();
  bus.emit('rollback:started', { by: 'http', reason: 'test', scope: null, at: 0 });
  const interrupted = { problem: 'offline', scope: null, restored: 0, unrestored: [], at: 0 };
  bus.emit('rollback:interrupted', interrupted);
  bus.emit('rollback:interrupted', interrupted);
  bus.emit('rollback:finished', {
    by: 'http',
    reason: '',
    scope: null,
    restored: 4,
    missing: 0,
    leftInForce: 0,
    durationMs: 5,
    at: 0,
  });
  bus.emit('journal:failed', { problem: 'disk full', at: 0 });
  bus.emit('journal:recovered', { at: 0 });
  bus.emit('event:dropped', { type: 'ODD', at: 0 });
  assert.equal(told(), [
    'warn: rollback begins',
    'error: rollback waits: offline',
    'debug: rollback waits: offline',
    'warn: rollback done: 4 torrents have their own limits back; nothing is enforced until POST /resume',
    'error: nothing is limited any more: disk full',
    'info: the journal can be written again',
    'warn: no state of the service wanted ODD',
  ]);
});

function changeByHand(bus: Bus, count: number): void {
  for (let n = 0; n < count; n += 1) {
    bus.emit('limit:changed-by-user', { infoHash: `ab${n}`, fromWire: 0, toWire: 2048, at: 0 });
  }
}

function endCycle(bus: Bus): void {
  bus.emit('state:changed', { machine: 'cycle', from: 'applying', to: 'idle', at: 0 });
}

test('limits changed from outside are one line a cycle, however many', () => {
  const { bus, told } = narrated();
  changeByHand(bus, 1);
  endCycle(bus);
  changeByHand(bus, 1_000);
  endCycle(bus);
  endCycle(bus);
  assert.equal(
    told().filter((line) => !line.startsWith('debug')),
    [
      "info: the limit of ab0 was changed from outside: it is now the torrent's own",
      "info: 1000 limits were changed from outside: they are now the torrents' own",
    ],
  );
});

test('a journal that cannot be written is logged once, not with every cycle that fails for it', () => {
  const { bus, told } = narrated();
  const HOUR_MS = 3_600_000;
  for (let at = 0; at < HOUR_MS; at += 60_000) {
    bus.emit('journal:failed', { problem: 'disk full', at });
    bus.emit('cycle:failed', { problem: 'disk full', at });
    bus.emit('cycle:finished', { ...CYCLE, changed: 0 });
    if (at > 0) bus.emit('journal:failed', { problem: 'read-only', at });
    bus.emit('journal:recovered', { at });
  }
  bus.emit('journal:failed', { problem: 'disk full', at: HOUR_MS });
  bus.emit('cycle:failed', { problem: 'offline', at: HOUR_MS });
  assert.equal(
    told().filter((line) => !line.startsWith('debug')),
    [
      'error: nothing is limited any more: disk full',
      'info: the journal can be written again',
      'error: nothing is limited any more: read-only',
      'info: the journal can be written again',
      'error: nothing is limited any more: disk full',
      'warn: cycle failed, nothing changed: offline',
    ],
  );
});

test('calls that fail are one line a cycle, told anew when the reason changes, and when limits can be set again', () => {
  const { bus, told } = narrated();
  const call = {
    kind: 'cut',
    trackerId: 'a',
    toWire: 2048,
    reason: '',
    changes: [{}, {}],
  } as unknown as LimitCall;
  const fail = (problem: string, times: number) => {
    for (let n = 0; n < times; n += 1) bus.emit('limits:failed', { cycle: 1, call, problem, at: 0 });
    endCycle(bus);
  };
  fail('it answered 500', 300);
  fail('it answered 500', 300);
  fail('it answered 403', 1);
  endCycle(bus);
  bus.emit('limits:written', { cycle: 1, call, at: 0 });
  endCycle(bus);
  bus.emit('limits:written', { cycle: 1, call, at: 0 });
  endCycle(bus);
  assert.equal(
    told().filter((line) => !line.startsWith('debug')),
    [
      'warn: 300 calls to set limits failed: it answered 500',
      'warn: 1 call to set limits failed: it answered 403',
      'info: limits can be set again',
    ],
  );
});

test('a notification that is not delivered is logged by its place in the config', () => {
  const { bus, told } = narrated();
  const target = 'notifications.targets[1]';
  bus.emit('notification:sent', { target, kind: 'offline', at: 0 });
  bus.emit('notification:failed', { target, kind: 'offline', problem: 'it answered 404', at: 0 });
  assert.equal(told(), [
    'debug: notifications.targets[1] was told of offline',
    'warn: notifications.targets[1] could not be told of offline: it answered 404',
  ]);
});

test('a cross-seed that is away is logged once, and that it takes torrents again', () => {
  const { bus, told } = narrated();
  const at = 0;
  const wait = (pauseMs: number) =>
    bus.emit('cross-seed:waiting', { infoHash: 'aa', problem: 'it answered 503', pauseMs, waiting: 2, at });
  wait(2_000);
  wait(10_000);
  bus.emit('cross-seed:forwarded', { infoHash: 'aa', at });
  bus.emit('cross-seed:given-up', { infoHash: 'bb', problem: 'more than 3 wait', outcome: 'dropped', at });
  bus.emit('cross-seed:given-up', { infoHash: 'cc', problem: 'more than 3 wait', outcome: 'dropped', at });
  assert.equal(told(), [
    "warn: cross-seed can't be told of 2 torrents yet (it answered 503): again in 2 s",
    "debug: cross-seed can't be told of 2 torrents yet (it answered 503): again in 10 s",
    'info: cross-seed takes torrents again',
    'debug: aa was forwarded to cross-seed',
    'warn: bb is not forwarded to cross-seed: more than 3 wait',
    'debug: cc is not forwarded to cross-seed: more than 3 wait',
  ]);
});

test('after its end it tells nothing', () => {
  const { bus, told, stop } = narrated();
  stop();
  bus.emit('journal:recovered', { at: 0 });
  bus.emit('state:changed', { machine: 'service', from: null, to: 'steady', at: 0 });
  assert.equal(told(), []);
});

test('a rollback in a dry run that leaves limits in force says so', () => {
  const { bus, told } = narrated();
  const summary = { by: 'http', reason: '', scope: null, restored: 0, missing: 0, durationMs: 5, at: 0 };
  bus.emit('rollback:finished', { ...summary, leftInForce: 3 });
  const scope = { kind: 'tracker', trackerId: 'alpha' } as const;
  bus.emit('rollback:finished', { ...summary, scope, restored: 2, leftInForce: 0 });
  assert.equal(told(), [
    'warn: dry run, so the rollback waits: 3 torrents keep the limits set before',
    'warn: rollback of tracker "alpha" done: 2 torrents have their own limits back; they are not limited again until POST /resume',
  ]);
});

test('each change of rollout is one line; a gate that shuts and a plan rolled back are warnings', () => {
  const { bus, told } = narrated();
  const at = { percentage: 25, step: 2, steps: 4, problem: null, at: 0 };
  bus.emit('rollout:changed', { ...at, what: 'percentage-set', step: null, steps: null });
  bus.emit('rollout:changed', { ...at, what: 'step-begun' });
  bus.emit('rollout:changed', { ...at, what: 'gate-shut', problem: 'too slow' });
  bus.emit('rollout:changed', { ...at, what: 'rolled-back', problem: 'too slow' });
  bus.emit('rollout:not-remembered', { problem: 'ENOSPC', at: 0 });
  assert.equal(told(), [
    'info: rollout is at 25 %, after a restart too',
    'info: rollout goes on: step 2 of 4, 25 %',
    'warn: rollout waits, its gate is shut: too slow (step 2 of 4, 25 %)',
    'warn: rollout plan ended by a rollback: too slow',
    'error: a restart would forget where the rollout stands: ENOSPC',
  ]);
});

test('what is measured and not as it should be is a warning, what is to be expected is not, and its end is a line', () => {
  const { bus, told } = narrated();
  const alarm = { kind: 'cap_not_held', trackerId: 't', problem: 'over its cap; do this', at: 0 } as const;
  bus.emit('alarm:raised', { ...alarm, isFault: true });
  bus.emit('alarm:cleared', { ...alarm, isFault: true, message: 'it is over' });
  bus.emit('alarm:raised', { ...alarm, isFault: false });
  assert.equal(told(), ['warn: over its cap; do this', 'info: it is over', 'info: over its cap; do this']);
});

test.run();
