import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CycleSummary } from '../../../src/events.ts';
import { type HealthInput, healthReport } from '../../../src/service/reports/health.ts';
import { Status } from '../../../src/service/reports/status.ts';
import { configOf } from '../../support/configs.ts';

const test = suite('health');
const config = await configOf();
const dryRun = { ...config, global: { ...config.global, dry_run: true } };
const NOW = 1_000_000;

function statusWith(fields: Partial<Status>): Status {
  return Object.assign(new Status(), fields);
}

function cycleAt(at: number, tracker: Record<string, unknown> = {}): CycleSummary {
  const trackers = [
    {
      id: 'alpha',
      capBps: 1,
      active: 2,
      managed: 5,
      standby: 0,
      standbyWaiting: 0,
      standbyBps: 0,
      excess: 0,
      cannotHold: null,
      ...tracker,
    },
  ];
  return { at, durationMs: 40, calls: 3, trackers } as unknown as CycleSummary;
}

function report(input: Partial<HealthInput>) {
  return healthReport({
    now: NOW,
    startedAt: NOW - 90_000,
    version: '1.2.3',
    lifecycle: 'steady',
    link: 'online',
    contest: null,
    unknownLimits: 0,
    linkProblem: null,
    cycleProblem: null,
    percentage: 100,
    managed: 7,
    missing: 0,
    server: {},
    rolledBackParts: [],
    config,
    alarms: [],
    status: statusWith({ lastCycle: cycleAt(NOW - 2000), progressAt: NOW - 2000 }),
    ...input,
  });
}

test('at work and without a problem it is healthy', () => {
  const health = report({});
  assert.is(health.status, 'healthy');
  assert.equal(health.problems, []);
  assert.is(health.enforcing, true);
  assert.is(health.uptime_seconds, 90);
  assert.is(health.active_torrents, 2);
  assert.is(health.last_cycle_duration, 0.04);
});

test('it counts no more managed torrents than the trackers have, and none that is gone from qBittorrent', () => {
  const counts = (input: Partial<HealthInput>, tracker: Record<string, unknown> = {}) => {
    const status = statusWith({ lastCycle: cycleAt(NOW, tracker), progressAt: NOW });
    const { managed_torrents, standby_torrents } = report({ ...input, status });
    return [managed_torrents, standby_torrents];
  };
  assert.equal(counts({ managed: 7 }), [5, 0], 'limits that the last cycle did not plan');
  assert.equal(counts({ managed: 12, missing: 2 }, { standby: 6 }), [5, 5], 'two are gone');
  assert.equal(counts({ managed: 7, missing: 7 }, { standby: 6 }), [0, 0]);
  assert.equal(
    counts({ managed: 3 }, { managed: 3, standby: 4 }),
    [3, 0],
    'idle ones with lower limits of their own',
  );
  assert.equal(counts({ managed: 0 }, { standby: 6 }), [0, 0], 'rolled back');
});

test('before the first picture it is starting, and unhealthy when qBittorrent does not answer', () => {
  const status = new Status();
  assert.is(report({ lifecycle: 'starting', status }).status, 'starting');
  const health = report({ lifecycle: 'starting', status, linkProblem: 'cannot be reached' });
  assert.is(health.status, 'unhealthy');
  assert.equal(health.problems, ['cannot be reached']);
});

test('a journal that cannot be written is unhealthy, with what it means', () => {
  const status = statusWith({ lastCycle: cycleAt(NOW), journalProblem: 'No space left' });
  const health = report({ status });
  assert.is(health.status, 'unhealthy');
  assert.match(health.problems[0] ?? '', /nothing is limited .*No space left/);
});

test('cycles that stop ending are unhealthy after five intervals and one time limit', () => {
  assert.is(report({ status: statusWith({ progressAt: NOW - 20_000 }) }).status, 'healthy');
  const late = report({ status: statusWith({ progressAt: NOW - 20_001 }) });
  assert.is(late.status, 'unhealthy');
  assert.match(late.problems[0] ?? '', /no cycle has ended for 20 s/);
  const never = report({ startedAt: NOW - 20_001, status: statusWith({}) });
  assert.match(never.problems[0] ?? '', /no cycle has ended for 20 s/);
});

test('a wall clock that leaps makes no cycle late, and none that is late young', () => {
  const leaped = cycleAt(NOW - 366 * 86_400_000);
  assert.is(report({ status: statusWith({ lastCycle: leaped, progressAt: NOW }) }).status, 'healthy');
  const ahead = cycleAt(NOW + 366 * 86_400_000);
  assert.is(
    report({ status: statusWith({ lastCycle: ahead, progressAt: NOW - 20_001 }) }).status,
    'unhealthy',
  );
});

test('calls that set limits and fail are reported at once, and unhealthy when none goes through for long', () => {
  const failing = { since: NOW - 20_000, failed: 2, calls: 2, problem: 'status 500' };
  const at = { lastCycle: cycleAt(NOW), progressAt: NOW };
  const soon = report({ status: statusWith({ ...at, failingWrites: failing }) });
  assert.is(soon.status, 'degraded');
  assert.match(soon.problems.join(), /2 of 2 calls that set limits failed: status 500/);
  const long = report({ status: statusWith({ ...at, failingWrites: { ...failing, since: NOW - 20_001 } }) });
  assert.is(long.status, 'unhealthy');
  assert.match(long.problems[0] ?? '', /no limit could be set for 20 s: status 500/);
});

test("qBittorrent's own limit degrades it while it is in force and below the caps", () => {
  const server = { up_rate_limit: 500_000, use_alt_speed_limits: true };
  const limited = report({ server });
  assert.is(limited.status, 'degraded');
  assert.match(limited.problems.join(), /alternative upload limit of 488 KiB\/s is in force/);
  assert.equal(report({ server, link: 'offline.waiting' }).problems, [], 'what it is now is not known');
});

test('a qBittorrent that shows none of the torrents that hold limits is reported', () => {
  const gone = report({ missing: 7 });
  assert.is(gone.status, 'degraded');
  assert.match(gone.problems.join(), /none of the 7 torrents that hold limits is in qBittorrent/);
  assert.is(report({ missing: 6 }).status, 'healthy');
  assert.is(report({ managed: 0, missing: 0 }).status, 'healthy');
});

test('rolled back is degraded, never late, and says what to do', () => {
  const status = statusWith({ lastCycle: cycleAt(0) });
  const health = report({ lifecycle: 'rolledBack', status });
  assert.is(health.status, 'degraded');
  assert.is(health.enforcing, false);
  assert.match(health.problems.join(), /POST \/resume/);
  assert.match(report({ lifecycle: 'rollingBack.restoring', status }).problems.join(), /rolling back/);
});

test('while rolling out it enforces', () => {
  assert.is(report({ lifecycle: 'rollingOut.advancing' }).enforcing, true);
});

test('what keeps caps from holding, and what was wrong lately, degrades it', () => {
  const tracker = {
    cannotHold: 'rollout' as const,
    outsideBps: 3 * 1024 * 1024,
    outsideRolloutBps: 3 * 1024 * 1024,
    capBps: 1024 * 1024,
  };
  const status = statusWith({
    lastCycle: cycleAt(NOW, tracker),
    progressAt: NOW,
    warnings: ['a warning'],
    qbittorrentFindings: ['a finding: an advice'],
    configProblems: ['trackers[0].pattern: bad'],
  });
  const health = report({ status, cycleProblem: 'it broke' });
  assert.is(health.status, 'degraded');
  assert.equal(health.problems, [
    'last cycle: it broke',
    'config not reloaded: trackers[0].pattern: bad',
    `tracker "alpha": its cap of 1.00 MiB/s can't be held: torrents that rollout or a rollback leaves out upload 3.00 MiB/s; raise rollout_percentage, POST /resume what was rolled back, or give those torrents limits of their own`,
    'a warning',
    'a finding: an advice',
  ]);
});

test('a cap that is exceeded degrades it with one line for its tracker; what is to be expected is a note', () => {
  const outside = { cannotHold: 'rollout' as const, outsideBps: 2e6, outsideRolloutBps: 2e6, capBps: 1e6 };
  const status = statusWith({ lastCycle: cycleAt(NOW, outside), progressAt: NOW });
  const alarm = {
    kind: 'cap_not_held',
    trackerId: 'alpha',
    problem: 'alpha is over',
    isFault: true,
  } as const;
  const exceeded = report({ status, alarms: [alarm] });
  assert.is(exceeded.status, 'degraded');
  assert.equal(exceeded.problems, ['alpha is over']);
  assert.equal(exceeded.notes, []);
  const expected = report({ alarms: [{ ...alarm, isFault: false }] });
  assert.is(expected.status, 'healthy');
  assert.equal(expected.problems, []);
  assert.equal(expected.notes, ['alpha is over']);
});

test("a cycle's problem is reported once, and not when no cycle is to come", () => {
  const full = statusWith({ lastCycle: cycleAt(NOW), progressAt: NOW, journalProblem: 'No space left' });
  assert.is(report({ status: full, cycleProblem: 'No space left' }).problems.length, 1);
  assert.is(report({ status: full, cycleProblem: 'it broke' }).problems.length, 2);
  for (const lifecycle of ['rolledBack', 'rollingBack.restoring']) {
    assert.not.match(report({ lifecycle, cycleProblem: 'it broke' }).problems.join(), /it broke/);
  }
  assert.match(report({ lifecycle: 'starting', cycleProblem: 'it broke' }).problems.join(), /it broke/);
});

test('it enforces only online, with a journal that takes its records, and not in a dry run', async () => {
  assert.is(report({ lifecycle: 'starting' }).enforcing, false);
  assert.is(report({ link: 'offline.waiting' }).enforcing, false);
  assert.is(report({ status: statusWith({ journalProblem: 'full' }) }).enforcing, false);
  assert.is(report({ config: dryRun }).enforcing, false);
});

test('a rollback that does not get on is unhealthy and says what it waits for', () => {
  const status = statusWith({ rollbackProblem: '3 torrents have not got their own limit back yet' });
  const stuck = report({ lifecycle: 'rollingBack.retrying', status });
  assert.is(stuck.status, 'unhealthy');
  assert.match(stuck.problems.join(), /rolling back: .* \(3 torrents have not got/);
  const going = report({ lifecycle: 'rollingBack.restoring', status: new Status() });
  assert.is(going.status, 'degraded');
  assert.not.match(report({ status }).problems.join(), /3 torrents/);
});

test('rolled back in a dry run, limits set before it are reported', () => {
  const line = 'dry run: 7 torrents keep the limits set before; switch dry_run off to give them back';
  assert.ok(report({ lifecycle: 'rolledBack', config: dryRun }).problems.includes(line));
  assert.not.ok(
    report({ lifecycle: 'rolledBack', config: dryRun, managed: 0 }).problems.some((text) =>
      /dry run/.test(text),
    ),
  );
  assert.not.ok(report({ lifecycle: 'rolledBack' }).problems.includes(line));
});

test.run();
