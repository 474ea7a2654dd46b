import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LiveConfig } from '../../src/service/live-config.ts';
import { controlSettings } from '../../src/service/settings.ts';
import { configOf } from '../support/configs.ts';
import { keyOf } from '../support/torrents.ts';

const test = suite('live config');

test('a new config brings its own matcher with it', async () => {
  const first = await configOf();
  const live = new LiveConfig(first);
  assert.is(live.matcher.match(['https://alpha.example/announce']).trackerId, 'alpha');
  const [alpha, ...others] = first.trackers;
  if (alpha === undefined) throw new Error('no tracker');
  const second = { ...first, trackers: [{ ...alpha, id: 'omega' }, ...others] };
  live.replace(second);
  assert.is(live.config, second);
  assert.is(live.matcher.match(['https://alpha.example/announce']).trackerId, 'omega');
});

test('the limits of a dry run live as long as it is on', async () => {
  const on = await configOf('global: { dry_run: true }');
  const off = await configOf();
  const live = new LiveConfig(on);
  live.dryRun?.set(keyOf(1), 5000);
  live.replace(await configOf('global: { dry_run: true, rollout_percentage: 5 }'));
  assert.is(live.dryRun?.get(keyOf(1)), 5000);
  live.replace(off);
  assert.is(live.dryRun, null);
  live.replace(on);
  assert.is(live.dryRun?.size, 0, 'begun anew, it is empty');
});

test('a config that cannot be compiled leaves the one in force whole', async () => {
  const config = await configOf();
  const live = new LiveConfig(config);
  const { matcher } = live;
  const broken = config.trackers.map((tracker) => ({ ...tracker, pattern: '(' }));
  assert.throws(() => live.replace({ ...config, trackers: broken }));
  assert.is(live.config, config);
  assert.is(live.matcher, matcher);
});

test("the control core's units: bytes, milliseconds, infinity for unlimited", async () => {
  const config = await configOf('global: { active_torrent_threshold_kb: 4, cache_ttl_seconds: 60 }');
  const settings = controlSettings(config, 25);
  assert.equal(
    settings.trackers.map(({ capBps }) => capBps),
    [1_048_576, Number.POSITIVE_INFINITY],
  );
  assert.is(settings.activeThresholdBps, 4096);
  assert.is(settings.idleReleaseMs, 60_000);
  assert.is(settings.rolloutPercentage, 25);
});

test.run();
