import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNLIMITED } from '../../../src/control/units.ts';
import type { ServerState } from '../../../src/qbittorrent/codecs.ts';
import type { Preferences } from '../../../src/qbittorrent/preferences.ts';
import { diagnoseClient } from '../../../src/service/reports/client-findings.ts';
import { configOf } from '../../support/configs.ts';

const test = suite('findings on the client');
const config = await configOf();
const FINE: Preferences = {
  uploadLimitBps: UNLIMITED,
  alternativeUploadLimitBps: 10_240,
  schedulerEnabled: false,
  queueingEnabled: false,
  refreshIntervalMs: 1500,
};

function found(preferences: Partial<Preferences>, state: ServerState = {}, version = 'v5.1.0'): string[] {
  return diagnoseClient(version, { ...FINE, ...preferences }, state, config).map(
    ({ severity = 'warning', problem }) => `${severity}: ${problem}`,
  );
}

test('a recent client with its usual settings has nothing', () => {
  assert.equal(found({}), []);
  assert.equal(
    found({ queueingEnabled: null, refreshIntervalMs: null, alternativeUploadLimitBps: null }),
    [],
  );
});

test('a limit in force warns below the caps; alternative limits with room for them are noted', () => {
  const state = (up_rate_limit: number, use_alt_speed_limits: boolean) => ({
    up_rate_limit,
    use_alt_speed_limits,
  });
  assert.equal(found({}, state(0, false)), []);
  assert.match(
    found({}, state(10_240, true)).join(),
    /^warning: qBittorrent's alternative upload limit of 10 KiB\/s is in force, below the caps together \(1\.00 MiB\/s\)$/,
  );
  assert.match(found({}, state(10_240, false)).join(), /^warning: qBittorrent's global upload limit/);
  for (const limit of [1_048_576, 0]) {
    assert.match(found({}, state(limit, true)).join(), /^note: .*room/);
  }
});

test('slow statistics, queueing and an old version are named', () => {
  assert.match(
    found({ refreshIntervalMs: 5000 }).join(),
    /^warning: .*only every 5000 ms, and the loop looks every 2 s/,
  );
  assert.match(found({ queueingEnabled: true }).join(), /^note: torrent queueing is on/);
  assert.match(found({}, {}, 'v4.5.2').join(), /^note: qBittorrent v4\.5\.2 is an old version/);
  assert.equal(found({}, {}, 'v5.3.0'), []);
});

test.run();
