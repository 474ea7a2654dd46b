/** The metrics of a real service at work on the simulator. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Metrics } from '../../src/metrics/metrics.ts';
import { metricsReport } from '../../src/service/reports/metrics-report.ts';
import { parseExposition } from '../support/exposition.ts';
import { MIB, Rig, sleepers } from '../support/service-rig.ts';

const HOSTS = ['alpha.example', 'beta.example'] as const;
const caps = { [HOSTS[0]]: 4 * MIB, [HOSTS[1]]: 2 * MIB };
const test = suite('metrics of the service');

function meter(rig: Rig) {
  const metrics = new Metrics({ bus: rig.run.bus, report: () => metricsReport(rig.service, '1.0.0') });
  metrics.start();
  return async () => parseExposition(await metrics.text());
}

function sampleOf(
  families: ReturnType<typeof parseExposition>,
  name: string,
  labels: Record<string, string>,
) {
  return families
    .get(`qguardarr_${name}`)
    ?.samples.find((sample) =>
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )?.value;
}

test('caps, torrents, states, calls and writes of a cycle are there; a tracker that goes takes its series along', async () => {
  const torrents = HOSTS.flatMap((host) => sleepers(host, 3));
  await Rig.with({ caps, torrents, stopped: true }, async (rig) => {
    await rig.startService();
    const scrape = meter(rig);
    await rig.next('cycle:finished');
    const before = await scrape();
    assert.is(sampleOf(before, 'tracker_cap_bytes_per_second', { tracker: 'alpha' }), 4 * MIB);
    assert.is(sampleOf(before, 'tracker_torrents', { tracker: 'beta' }), 3);
    assert.is(sampleOf(before, 'tracker_cap_bytes_per_second', { tracker: 'default' }), undefined);
    assert.is(sampleOf(before, 'tracker_state', { tracker: 'default', state: 'unlimited' }), 1);
    assert.is(sampleOf(before, 'service_state', { state: 'steady' }), 1);
    assert.is(sampleOf(before, 'link_state', { state: 'online' }), 1);
    assert.is(sampleOf(before, 'enforcing', {}), 1);
    assert.is(sampleOf(before, 'held_torrents', {}), 6);
    assert.is(sampleOf(before, 'api_calls_total', { endpoint: 'torrents/setUploadLimit' }), rig.writes);
    assert.is(sampleOf(before, 'api_calls_total', { endpoint: 'sync/maindata' }), 1);

    rig.configure({}, { [HOSTS[0]]: 3 * MIB });
    await rig.operations.reloadConfig();
    const after = await scrape();
    assert.is(sampleOf(after, 'tracker_cap_bytes_per_second', { tracker: 'alpha' }), 3 * MIB);
    const labels = [...after.values()].flatMap(({ samples }) =>
      samples.map((sample) => sample.labels.tracker),
    );
    assert.not.ok(labels.includes('beta'));
  });
});

test('no series tells of a torrent, and their number does not grow with torrents', async () => {
  const seriesWith = async (count: number) => {
    let series = 0;
    await Rig.with({ caps, torrents: sleepers(HOSTS[0], count) }, async (rig) => {
      const families = await meter(rig)();
      const own = [...families.values()].filter(({ name }) => name.startsWith('qguardarr_'));
      series = own.reduce((sum, { samples }) => sum + samples.length, 0);
      const text = JSON.stringify(own);
      for (const hash of rig.hashes) assert.not.ok(text.includes(hash));
      assert.not.match(text, 'passkey');
    });
    return series;
  };
  assert.is(await seriesWith(2), await seriesWith(200));
});

test('offline, the upload is not known, and the link says so', async () => {
  await Rig.with({ caps, torrents: sleepers(HOSTS[0], 2) }, async (rig) => {
    const scrape = meter(rig);
    const lost = rig.next(
      'state:changed',
      ({ machine, to }) => machine === 'link' && to.startsWith('offline'),
    );
    await rig.simulator.stop();
    rig.service.requestCycle('force');
    await lost;
    const families = await scrape();
    assert.equal(families.get('qguardarr_tracker_upload_bytes_per_second')?.samples, []);
    assert.is(sampleOf(families, 'tracker_cap_bytes_per_second', { tracker: 'alpha' }), 4 * MIB);
    assert.is(sampleOf(families, 'link_state', { state: 'online' }), 0);
    assert.is(sampleOf(families, 'link_state', { state: 'offline.waiting' }), 1);
    assert.is(sampleOf(families, 'enforcing', {}), 0);
    assert.ok(Number(sampleOf(families, 'api_errors_total', { endpoint: 'sync/maindata' })) >= 1);
  });
});

test.run();
