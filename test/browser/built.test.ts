/** What only the built program can show: the bundle's parts that are loaded when they are needed are whole. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseExposition } from '../support/exposition.ts';
import { BrowserRig } from './support/rig.ts';

const test = suite('the built program');

test('it answers every read that needs nothing else, metrics included', async () => {
  await BrowserRig.with({}, async (rig) => {
    const index = await fetch(`${rig.url}/`, { headers: { accept: 'application/json' } });
    const { endpoints } = (await index.json()) as { endpoints: { method: string; path: string }[] };
    const reads = endpoints.flatMap(({ method, path }) => (method === 'GET' ? path : []));
    assert.ok(reads.includes('/metrics') && reads.length > 10, reads.join());
    // A stream has no end, and a match needs an address.
    for (const path of reads.filter((one) => one !== '/events' && one !== '/match/test')) {
      const response = await fetch(`${rig.url}${path}`);
      assert.is(response.status, 200, `${path}: ${await response.text()}`);
    }
  });
});

test('its metrics are such as Prometheus reads', async () => {
  await BrowserRig.with({}, async (rig) => {
    const text = await (await fetch(`${rig.url}/metrics`)).text();
    assert.match(text, /^qguardarr_tracker_cap_bytes_per_second\{/m);
    assert.match(text, /^process_resident_memory_bytes /m);
    parseExposition(text);
  });
});

test.run();
