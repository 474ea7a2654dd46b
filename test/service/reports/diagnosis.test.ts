import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNLIMITED } from '../../../src/control/units.ts';
import type { Preferences } from '../../../src/qbittorrent/preferences.ts';
import {
  diagnoseClientLimit,
  diagnosePreferences,
  diagnoseTorrents,
} from '../../../src/service/reports/diagnosis.ts';
import { configOf } from '../../support/configs.ts';
import { torrentShowing } from '../../support/torrents.ts';

const test = suite('diagnosis');
const config = await configOf();
const FINE = {
  uploadLimitBps: UNLIMITED,
  schedulerEnabled: false,
} as unknown as Preferences;

function problems(preferences: Partial<Preferences>): string[] {
  return diagnosePreferences({ ...FINE, ...preferences }).map(({ problem }) => problem);
}

test('settings that leave caps alone are not spoken of', () => {
  assert.equal(problems({}), []);
});

test('a setting that keeps caps from being used is named', () => {
  const scheduled = problems({ schedulerEnabled: true, alternativeUploadLimitBps: 10_240 });
  assert.match(scheduled.join(), /by the clock, to 10 KiB\/s/);
});

test('the limit in force over all torrents is named while it is below the caps together', () => {
  const found = (server: Parameters<typeof diagnoseClientLimit>[0]) =>
    diagnoseClientLimit(server, config).map(({ problem }) => problem);
  assert.equal(found({}), []);
  assert.equal(found({ up_rate_limit: 0 }), []);
  assert.equal(found({ up_rate_limit: 1_048_576 }), [], 'as much as the caps together');
  assert.match(
    found({ up_rate_limit: 1_048_575 }).join(),
    /global upload limit of 1024 KiB\/s is in force, below the caps together \(1.00 MiB\/s\)/,
  );
  assert.match(found({ up_rate_limit: 9, use_alt_speed_limits: true }).join(), /alternative upload limit/);
});

test('patterns without torrents, torrents without a tracker, and own limits are named', () => {
  const torrents = [torrentShowing(1, 0), torrentShowing(2, 5000), torrentShowing(3, 6000)];
  const trackerOf = (torrent: (typeof torrents)[number]) => (torrent === torrents[0] ? null : 'default');
  const found = diagnoseTorrents(torrents, trackerOf, (torrent) => torrent === torrents[1], config);
  assert.equal(
    found.map(({ problem }) => problem.slice(0, 40)),
    [
      'no torrent belongs to tracker "alpha"',
      '1 torrent has no announce URL that can b',
      '1 torrent has an upload limit of its own',
    ],
  );
});

test('an empty qBittorrent is no fault of the patterns', () => {
  assert.equal(
    diagnoseTorrents(
      [],
      () => null,
      () => true,
      config,
    ),
    [],
  );
});

test.run();
