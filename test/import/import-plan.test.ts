import { Readable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { planImport } from '../../src/import/import-plan.ts';
import { readRows } from '../../src/import/read-rows.ts';
import type { OriginalRecord } from '../../src/journal/records.ts';
import { asList, HASH, rows } from './support.ts';

const test = suite('what is taken over from the Python Qguardarr');
const TRACKERS = new Set(['premium', 'public']);

function original(number: number, originalWire: number): [string, OriginalRecord] {
  const key = `main:${HASH(number)}`;
  const none = { trackerId: null, firstSeenAt: 0, lastWire: null, beforeLastWire: null };
  return [key, { key, originalWire, ...none }];
}

async function planned(originals: ReadonlyMap<string, OriginalRecord> = new Map()) {
  const histories = await readRows('rows.json', Readable.from([Buffer.from(asList(rows()))]));
  const plan = planImport(histories, originals, 'main', TRACKERS);
  const outcomes = Object.fromEntries(plan.torrents.map((one) => [Number(`0x${one.infoHash}`), one]));
  const records = Object.fromEntries(plan.records.map((one) => [Number(`0x${one.key.slice(5)}`), one]));
  return { outcomes, records };
}

test('the oldest limit is the original, and the last two written are known as not the user’s', async () => {
  const { records } = await planned();
  assert.equal(records[1], {
    key: `main:${HASH(1)}`,
    originalWire: 0,
    trackerId: 'premium',
    firstSeenAt: 1_700_000_000_250,
    lastWire: 450_000,
    beforeLastWire: 400_000,
  });
  assert.is(records[2]?.originalWire, 307_200);
});

test('-1, 0 and more than qBittorrent can keep are all no limit', async () => {
  const { records } = await planned();
  assert.equal(
    [1, 3, 8].map((number) => records[number]?.originalWire),
    [0, 0, 0],
  );
});

test('a torrent that has its own limit back is left alone, one that got the tool’s own is not', async () => {
  const { outcomes, records } = await planned();
  assert.is(outcomes[4]?.outcome, 'restored');
  assert.is(records[4], undefined);
  assert.is(outcomes[5]?.outcome, 'import');
  assert.equal([records[5]?.originalWire, records[5]?.beforeLastWire], [260_000, 90_000]);
  assert.is(records[6]?.originalWire, 270_000, 'restored once and limited again');
});

test('another limit in between is reported, and the oldest taken; a tracker that the config lacks is none', async () => {
  const { outcomes, records } = await planned();
  assert.is(records[7]?.originalWire, 280_000);
  assert.is(outcomes[7]?.otherWire, 120_000);
  assert.is(records[7]?.trackerId, null);
  assert.equal(
    [1, 2, 3, 5, 6, 8].map((number) => outcomes[number]?.otherWire),
    [null, null, null, null, null, null],
  );
});

test('what the journal has already stays, and is reported', async () => {
  const { outcomes, records } = await planned(new Map([original(2, 111_111)]));
  assert.is(records[2], undefined);
  assert.equal([outcomes[2]?.outcome, outcomes[2]?.knownWire], ['known', 111_111]);
  assert.is(records[1]?.originalWire, 0, 'the others are taken over all the same');
});

test.run();
