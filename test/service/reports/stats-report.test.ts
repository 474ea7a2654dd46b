import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { humanRate } from '../../../src/control/units.ts';
import { MIB, Rig, type RigOptions, sleepers } from '../../support/service-rig.ts';

const ALPHA = 'alpha.example';
const BETA = 'beta.example';
const test = suite('reports');

const swarm: RigOptions = {
  caps: { [ALPHA]: 4 * MIB, [BETA]: MIB },
  torrents: [...sleepers(ALPHA, 3), ...sleepers(BETA, 2, 600_000), ...sleepers('other.example', 1)],
};

/** That the contract's fields are there; more may be. */
function assertFields(body: unknown, fields: string): void {
  for (const field of fields.split(' ')) {
    assert.ok(typeof body === 'object' && body !== null && field in body, `${field} is missing`);
  }
}

test('health, stats, tracker and managed stats have every field that scripts rely on', async () => {
  await Rig.with(swarm, async (rig) => {
    const { operations } = rig;
    assertFields(
      operations.health(),
      'status uptime_seconds version last_cycle_time last_cycle_duration rollout_percentage update_interval dry_run active_torrents managed_torrents api_calls_last_cycle',
    );
    const stats = operations.stats();
    assertFields(
      stats,
      'allocation_cycles api_calls_last_cycle torrents_processed limits_applied errors last_cycle_duration last_cycle_time active_torrents managed_torrents managed_torrent_count score_distribution strategy dry_run memory_mb cpu_percent',
    );
    assertFields(stats.score_distribution, 'high medium low ignored');
    assertFields(
      stats,
      'control_interval cycle_interval cycle_reading cycle_writing cycle_waiting cycle_planning loop_slow_since full_reads full_reads_in_a_row last_read_bytes caps_exceeded',
    );
    assert.is(stats.torrents_processed, 6);
    assert.is(stats.limits_applied, 5);
    assert.is(stats.managed_torrent_count, 5);
    assert.is(stats.api_calls_last_cycle, 3, 'a read, and a limit for each tracker');

    const trackers = operations.trackerStats();
    assert.equal(Object.keys(trackers), ['alpha', 'beta', 'default']);
    for (const tracker of Object.values(trackers)) {
      assertFields(
        tracker,
        'configured_limit_mbps active_torrents current_usage_mbps priority effective_cap_mbps borrowed_mbps lent_mbps',
      );
    }
    assert.is(trackers.alpha?.configured_limit_mbps, 4);
    assert.is(trackers.default?.configured_limit_mbps, null);
    assert.is(trackers.default?.mean_10s_over_cap, null);
    assert.is(trackers.alpha?.over_cap, false);
    assert.is(trackers.alpha?.cap_exceeded_since, null);

    const managed = operations.managed();
    assertFields(managed, 'generated_at total counts_by_tracker trackers');
    assert.equal(managed.counts_by_tracker, { alpha: 3, beta: 2 });
    const [first] = (managed.trackers as Record<string, Record<string, unknown>[]>).beta ?? [];
    assertFields(first, 'hash current_limit added_at last_seen age_seconds');
    assert.is(first?.original_limit, 600_000);
    assert.is(first?.current_limit, rig.limits[3]);
  });
});

test('the preview names what the next cycle then writes', async () => {
  await Rig.with({ ...swarm, global: { max_api_calls_per_cycle: 1 } }, async (rig) => {
    assert.is(rig.writes, 1, 'one call a cycle: the other tracker waits');
    await rig.shown();
    const preview = rig.operations.preview();
    assertFields(preview, 'strategy torrents_considered proposed_count proposed_changes trackers summary');
    const proposed = preview.proposed_changes as Record<string, number>;
    assert.is(preview.proposed_count, 2);
    assert.equal(Object.keys(proposed).sort(), rig.hashes.slice(3, 5).sort());
    assertFields((preview.trackers as Record<string, unknown>).beta, 'base_cap effective_cap borrowed');
    const summary = preview.summary as Record<string, unknown[]>;
    assertFields(
      summary.trackers?.[0],
      'id base_cap_mbps base_cap_h effective_cap_mbps effective_cap_h borrowed_mbps borrowed_h',
    );
    assertFields(summary.top_changes?.[0], 'hash new_limit_kib new_limit_h delta_kib delta_h');

    await rig.cycle();
    rig.hashes.forEach((hash, at) => {
      if (hash in proposed) assert.is(rig.limits[at], proposed[hash]);
    });
    await rig.shown();
    assert.is(rig.operations.preview().proposed_count, 0);
  });
});

test('a preview shows a release once, not again while the own limit is yet to show', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const written = rig.next('cycle:finished');
    await rig.operations.rollout({ percentage: 0 });
    await written;
    assert.is(rig.operations.preview().proposed_count, 0);
  });
});

test('the state names each machine with since when, the trackers, and the last events', async () => {
  await Rig.with(swarm, async (rig) => {
    const state = rig.operations.state();
    for (const part of [state.service, state.link, state.cycle]) assertFields(part, 'state since');
    assert.is((state.service as Record<string, unknown>).state, 'steady');
    assert.is.not((state.service as Record<string, unknown>).since, null);
    assert.is((state.link as Record<string, unknown>).qbittorrent_version, 'v5.1.0');
    assert.equal(Object.keys(state.trackers).sort(), ['alpha', 'beta', 'default']);
    assertFields(
      state.trackers.alpha,
      'state since usage_bps cap_bps effective_cap_bps borrowed_bps lent_bps',
    );
    assert.is((state.trackers.default as Record<string, unknown>).state, 'unlimited');
    assert.is(state.held_torrents, 5);
    assert.ok(state.last_events.length > 0 && state.last_events.length <= 50);
    assert.not.match(JSON.stringify(state), /passkey/);
  });
});

const FIRST_TEN = { offset: 0, limit: 10, tracker: null, search: '' } as const;

test('the journal is paged, newest first, with what changed and why', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.operations.rollback({ by: 'test', reason: 'to be seen' });
    const changes = await rig.operations.journalPage({ ...FIRST_TEN, kind: 'change' });
    assertFields(changes, 'kind offset limit total items');
    const [change] = changes.items as { torrents: Record<string, unknown>[] }[];
    assertFields(change, 'id cycle at tracker reason limit state torrents');
    assertFields(change?.torrents[0], 'hash name from');
    const rollbacks = await rig.operations.journalPage({ ...FIRST_TEN, kind: 'rollback' });
    const [rollback] = rollbacks.items as Record<string, unknown>[];
    assert.is(rollback?.reason, 'to be seen');
    assert.is(rollback?.restored, 5);
    assert.is((await rig.operations.journalPage({ ...FIRST_TEN, kind: 'original' })).total, 0);
  });
});

test('the journal is filtered by tracker, and searched by name, info-hash, reason and by whom', async () => {
  await Rig.with(swarm, async (rig) => {
    const { operations } = rig;
    const totalOf = async (kind: 'original' | 'change' | 'rollback', filter: Record<string, string>) =>
      (await operations.journalPage({ ...FIRST_TEN, kind, ...filter })).total;
    const [first = ''] = rig.hashes;
    const name = rig.simulator.swarm.torrents.get(first)?.spec.name ?? '';
    assert.is(await totalOf('original', { tracker: 'alpha' }), 3);
    assert.is(await totalOf('original', { tracker: 'beta' }), 2);
    assert.is(await totalOf('original', { tracker: 'gamma' }), 0);
    assert.is(await totalOf('original', { search: first.toUpperCase() }), 1);
    assert.is(await totalOf('original', { search: name.toUpperCase() }), 1);
    assert.is(await totalOf('change', { search: first }), 1);
    assert.is(await totalOf('change', { search: first, tracker: 'beta' }), 0);
    assert.is(await totalOf('change', { search: 'STANDBY' }), 2);
    assert.is(await totalOf('change', { search: 'nothing like it' }), 0);
    await operations.rollback({ by: 'a test', reason: 'to be seen' });
    assert.is(await totalOf('rollback', { search: 'a TEST' }), 1);
    assert.is(await totalOf('rollback', { tracker: 'alpha' }), 0);
  });
});

test('a preview names the torrents, with what each has and would get', async () => {
  await Rig.with({ ...swarm, global: { dry_run: true } }, async (rig) => {
    rig.configure({ rollout_percentage: 100 }, { [ALPHA]: 2 * MIB, [BETA]: MIB });
    await rig.operations.reloadConfig();
    const { changes, proposed_count } = rig.operations.preview() as {
      changes: Record<string, unknown>[];
      proposed_count: number;
    };
    assert.is(changes.length, proposed_count);
    for (const change of changes) assertFields(change, 'hash name tracker kind reason from to');
  });
});

test('match tests say which tracker a URL belongs to; unknown trackers cannot be reset', async () => {
  await Rig.with(swarm, async (rig) => {
    const url = 'https://alpha.example/0123456789abcdef/announce?passkey=secret';
    const answer = rig.operations.matchTest(url, true);
    assert.is(answer.tracker_id, 'alpha');
    assertFields(answer, 'tracker_name max_upload_speed matched_on reason patterns');
    assert.not.match(JSON.stringify(answer), /secret/);
    assert.throws(() => rig.operations.resetSmoothing('unknown'), /unknown/);
    assertFields(rig.operations.resetSmoothing(null), 'status cleared_count tracker strategy timestamp');
    assert.is((rig.operations.config().qbittorrent as Record<string, unknown>).password, '***');
  });
});

test('rates are written as people read them', () => {
  assert.is(humanRate(Number.POSITIVE_INFINITY), 'unlimited');
  assert.is(humanRate(1.5 * MIB), '1.50 MiB/s');
  assert.is(humanRate(300 * 1024), '300 KiB/s');
});

test.run();
