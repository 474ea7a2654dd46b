import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createBus } from '../../src/bus.ts';
import type { LimitCall } from '../../src/control/types.ts';
import { Metrics } from '../../src/metrics/metrics.ts';
import type { MetricsReport, TrackerMetrics } from '../../src/service/reports/metrics-report.ts';
import { type ExposedFamily, parseExposition } from '../support/exposition.ts';

const test = suite('metrics');

const TRACKER: TrackerMetrics = {
  id: 'alpha',
  state: 'within',
  uploadBps: 900,
  capBps: 1000,
  effectiveCapBps: 1500,
  borrowedBps: 500,
  lentBps: 0,
  cannotHold: false,
  isCapExceeded: false,
  torrents: 7,
  active: 3,
  managed: 5,
  standby: 7,
  standbyWaiting: 2,
  standbyBps: 7_245,
};

const REPORT: MetricsReport = {
  version: '1.2.3',
  machines: {
    service: { states: ['starting', 'steady', 'rollingBack.waiting'], current: 'steady' },
    link: { states: ['connecting', 'online'], current: 'online' },
    cycle: { states: ['idle', 'observing'], current: 'idle' },
  },
  trackerStates: ['unlimited', 'within'],
  trackers: [TRACKER],
  heldTorrents: 5,
  queuedCalls: 2,
  isEnforcing: true,
  isDryRun: false,
  isJournalWritable: true,
  rolloutPercentage: 25,
  lastCycleAt: 5_000,
  cycleIntervalMs: 2_500,
  controlIntervalMs: 2_000,
  isLoopSlow: false,
  fullReadsInARow: 1,
  areReadsFull: false,
  lastReadBytes: 700,
};

function metered() {
  const bus = createBus((_, error) => {
    throw error;
  });
  const now = { report: REPORT };
  const metrics = new Metrics({ bus, report: () => now.report });
  metrics.start();
  return { bus, now, metrics, scrape: async () => parseExposition(await metrics.text()) };
}

/** The value of the one series whose labels include these. */
function seriesValue(
  families: Map<string, ExposedFamily>,
  name: string,
  labels: Record<string, string> = {},
) {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));
  const matching = (family?.samples ?? []).filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return matching.length === 1 ? matching[0]?.value : `${matching.length} series`;
}

test('what stands is counted by tracker, and only what is known', async () => {
  const { now, scrape } = metered();
  now.report = {
    ...REPORT,
    trackers: [TRACKER, { ...TRACKER, id: 'free', capBps: null, effectiveCapBps: null, uploadBps: null }],
  };
  const families = await scrape();
  const of = (name: string, tracker: string) =>
    seriesValue(families, `qguardarr_tracker_${name}`, { tracker });
  assert.is(of('upload_bytes_per_second', 'alpha'), 900);
  assert.is(of('cap_bytes_per_second', 'alpha'), 1000);
  assert.is(of('effective_cap_bytes_per_second', 'alpha'), 1500);
  assert.is(of('borrowed_bytes_per_second', 'alpha'), 500);
  assert.is(of('lent_bytes_per_second', 'alpha'), 0);
  assert.is(of('active_torrents', 'alpha'), 3);
  assert.is(of('managed_torrents', 'alpha'), 5);
  assert.is(of('standby_torrents', 'alpha'), 7);
  assert.is(of('standby_waiting_torrents', 'alpha'), 2);
  assert.is(of('standby_limits_bytes_per_second', 'alpha'), 7_245);
  assert.is(of('upload_bytes_per_second', 'free'), '0 series');
  assert.is(of('cap_bytes_per_second', 'free'), '0 series');
  assert.is(seriesValue(families, 'qguardarr_rollout_ratio'), 0.25);
  assert.is(seriesValue(families, 'qguardarr_api_queue_depth'), 2);
  assert.is(seriesValue(families, 'qguardarr_last_cycle_timestamp_seconds'), 5);
  assert.is(seriesValue(families, 'qguardarr_build_info', { version: '1.2.3' }), 1);
});

test('what is measured against what is configured has gauges of its own', async () => {
  const { now, scrape } = metered();
  const of = async (name: string, labels?: Record<string, string>) =>
    seriesValue(await scrape(), `qguardarr_${name}`, labels);
  assert.is(await of('tracker_cap_exceeded', { tracker: 'alpha' }), 0);
  assert.is(await of('cycle_interval_seconds'), 2.5);
  assert.is(await of('control_interval_seconds'), 2);
  assert.is(await of('full_reads_in_a_row'), 1);
  assert.is(await of('last_read_bytes'), 700);
  assert.is(await of('loop_slow'), 0);
  assert.is(await of('full_reads'), 0);
  const trackers = [{ ...TRACKER, isCapExceeded: true }];
  now.report = { ...REPORT, trackers, isLoopSlow: true, areReadsFull: true, cycleIntervalMs: null };
  assert.is(await of('tracker_cap_exceeded', { tracker: 'alpha' }), 1);
  assert.is(await of('loop_slow'), 1);
  assert.is(await of('full_reads'), 1);
  assert.is(await of('cycle_interval_seconds'), '0 series');
});

test('each machine is in exactly one of its states', async () => {
  const { scrape } = metered();
  const families = await scrape();
  for (const [name, current] of [
    ['qguardarr_service_state', 'steady'],
    ['qguardarr_link_state', 'online'],
    ['qguardarr_cycle_state', 'idle'],
    ['qguardarr_tracker_state', 'within'],
  ] as const) {
    const samples = families.get(name)?.samples ?? [];
    assert.ok(samples.length > 1, name);
    for (const { labels, value } of samples) assert.is(value, labels.state === current ? 1 : 0, name);
  }
});

test('the series of a tracker that was taken out of the config are gone with the next scrape', async () => {
  const { now, metrics } = metered();
  assert.match(await metrics.text(), 'tracker="alpha"');
  now.report = { ...REPORT, trackers: [{ ...TRACKER, id: 'beta' }] };
  const text = await metrics.text();
  assert.not.match(text, 'alpha');
  assert.match(text, 'tracker="beta"');
});

test('what happened before the first scrape is counted', async () => {
  const { bus, scrape } = metered();
  const call = { kind: 'cut', changes: [{}, {}] } as unknown as LimitCall;
  bus.emit('call:finished', { endpoint: 'sync/maindata', ok: true, durationMs: 4, at: 0 });
  bus.emit('call:finished', { endpoint: 'sync/maindata', ok: false, durationMs: 40_000, at: 0 });
  bus.emit('call:repeated', { reason: 'session-expired', at: 0 });
  bus.emit('state:changed', { machine: 'link', from: 'offline.waiting', to: 'connecting', at: 0 });
  bus.emit('limits:written', { cycle: 1, call, at: 0 });
  bus.emit('limits:failed', { cycle: 1, call, problem: '', at: 0 });
  bus.emit('cycle:failed', { problem: '', at: 0 });
  bus.emit('event:dropped', { type: 'ODD', at: 0 });
  bus.emit('journal:synced', { durationMs: 3, at: 0 });
  bus.emit('webhook:received', { event: 'add', hash: null, at: 0 });
  const families = await scrape();
  const value = (name: string, labels?: Record<string, string>) =>
    seriesValue(families, `qguardarr_${name}`, labels);
  assert.is(value('api_calls_total', { endpoint: 'sync/maindata' }), 2);
  assert.is(value('api_errors_total', { endpoint: 'sync/maindata' }), 1);
  assert.is(value('api_call_duration_seconds_bucket', { le: '0.005' }), 1);
  assert.is(value('api_call_duration_seconds_bucket', { le: '30' }), 1);
  assert.is(value('api_call_duration_seconds_count'), 2);
  assert.is(value('api_call_duration_seconds_sum'), 40.004);
  assert.is(value('api_retries_total', { reason: 'session-expired' }), 1);
  assert.is(value('api_retries_total', { reason: 'offline' }), 1);
  assert.is(value('writes_total', { kind: 'cut' }), 1);
  assert.is(value('limits_set_total', { kind: 'cut' }), 2);
  assert.is(value('write_errors_total', { kind: 'cut' }), 1);
  assert.is(value('cycles_total', { outcome: 'failed' }), 1);
  assert.is(value('cycles_total', { outcome: 'finished' }), 0);
  assert.is(value('dropped_events_total'), 1);
  assert.is(value('journal_fsync_duration_seconds_count'), 1);
  assert.is(value('webhooks_total', { event: 'add' }), 1);
});

test('after its end nothing is counted', async () => {
  const { bus, metrics, scrape } = metered();
  metrics.stop();
  bus.emit('event:dropped', { type: 'ODD', at: 0 });
  assert.is(seriesValue(await scrape(), 'qguardarr_dropped_events_total'), 0);
});

test("a label's value can't break out of its quotes", async () => {
  const { now, scrape } = metered();
  const id = 'a"} 1\nqguardarr_fake{x="\\';
  now.report = { ...REPORT, trackers: [{ ...TRACKER, id }] };
  const families = await scrape();
  assert.is(seriesValue(families, 'qguardarr_tracker_cap_bytes_per_second', { tracker: id }), 1000);
  assert.not.ok(families.has('qguardarr_fake'));
});

test("our names keep Prometheus's rules, and the process's own metrics are there", async () => {
  const families = await metered().scrape();
  for (const { name, type, samples } of families.values()) {
    if (!name.startsWith('qguardarr_')) continue;
    assert.is(name.endsWith('_total'), type === 'counter', name);
    assert.not.match(name, /_(ms|milliseconds|kib|mib|minutes|bps|percent)(_|$)/);
    assert.ok(samples.length < 80, `${name} has ${samples.length} series`);
  }
  assert.ok(Number(seriesValue(families, 'process_resident_memory_bytes')) > 1e6);
  assert.ok(Number(seriesValue(families, 'process_cpu_seconds_total')) > 0);
});

test.run();
