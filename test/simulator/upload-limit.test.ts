import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { storedWire, UploadLimit } from '../../src/simulator/upload-limit.ts';

const LINK_BPS = 50_000_000;
const STEP_MS = 100;
const half = () => 0.5;

/** Takes all that is let through for `forMs`; returns the bytes. */
function drain(limit: UploadLimit, fromMs: number, forMs: number, linkBps = LINK_BPS): number {
  let bytes = 0;
  for (let nowMs = fromMs + STEP_MS; nowMs <= fromMs + forMs; nowMs += STEP_MS) {
    limit.advance(nowMs);
    const sent = Math.min(limit.available(STEP_MS), (linkBps * STEP_MS) / 1000);
    limit.spend(sent);
    bytes += sent;
  }
  return bytes;
}

test('0, negative and overflowing values mean no limit', () => {
  for (const wire of [0, -1, -5, 2_147_483_647, 2_147_483_648, 4_294_967_296, 1.5, Number.NaN])
    assert.is(storedWire(wire), 0, `${wire}`);
  for (const wire of [1, 1024, 2_147_483_646]) assert.is(storedWire(wire), wire);
});

test('a limit that is settled lets its rate through', () => {
  const limit = new UploadLimit(LINK_BPS, half, 0);
  limit.set(100_000, 0, 0);
  drain(limit, 0, 5000);
  assert.ok(Math.abs(drain(limit, 5000, 120_000) / 120 - 100_000) < 2_000);
});

test('the rate climbs through its limit by half a per cent a second, and drops back', () => {
  const limit = new UploadLimit(LINK_BPS, half, 0);
  limit.set(100_000, 0, 0);
  drain(limit, 0, 5000);
  const seconds = Array.from({ length: 60 }, (_, i) => drain(limit, 5000 + i * 1000, 1000));
  assert.ok(Math.max(...seconds) > 105_000 && Math.max(...seconds) < 112_000);
  assert.ok(Math.min(...seconds) > 94_000 && Math.min(...seconds) < 97_000);
  const falls = seconds.filter((bytes, i) => i > 0 && bytes < (seconds[i - 1] ?? 0) - 5_000);
  assert.ok(falls.length >= 2 && falls.length <= 4, `${falls.length} falls`);
});

test('an idle torrent banks three seconds of its limit and no more', () => {
  const limit = new UploadLimit(LINK_BPS, half, 0);
  limit.set(100_000, 0, 0);
  limit.advance(3_600_000);
  assert.ok(Math.abs(limit.available(STEP_MS) - 300_000) < 1);
});

test('a raised limit is met within three seconds, though not at once', () => {
  const limit = new UploadLimit(LINK_BPS, half, 0);
  limit.set(100_000, 0, 0);
  drain(limit, 0, 10_000);
  limit.set(1_000_000, 100_000, 10_000);
  assert.ok(drain(limit, 10_000, 500) / 0.5 < 700_000);
  drain(limit, 10_500, 2500);
  assert.ok(drain(limit, 13_000, 1000) > 940_000);
});

test('a halved limit still lets more through after one second, and holds after six', () => {
  const limit = new UploadLimit(LINK_BPS, half, 0);
  limit.set(1_000_000, 0, 0);
  drain(limit, 0, 10_000);
  limit.set(500_000, 1_000_000, 10_000);
  assert.ok(drain(limit, 10_000, 1000) > 700_000);
  drain(limit, 11_000, 5000);
  assert.ok(drain(limit, 16_000, 1000) < 560_000);
});

test('a big drop on a fast link takes more than six seconds to show, and fifteen to end', () => {
  const limit = new UploadLimit(LINK_BPS, half, 0);
  drain(limit, 0, 10_000);
  limit.set(100_000, LINK_BPS, 10_000);
  drain(limit, 10_000, 6000);
  assert.ok(drain(limit, 16_000, 1000) > 200_000);
  drain(limit, 17_000, 8000);
  assert.ok(drain(limit, 25_000, 1000) < 112_000);
});

test('what lies in the buffers does not leave faster than before the cut', () => {
  const limit = new UploadLimit(LINK_BPS, half, 0);
  limit.set(1_000_000, 0, 0);
  drain(limit, 0, 10_000);
  limit.set(10_000, 1_000_000, 10_000);
  for (let nowMs = 10_000; nowMs < 13_000; nowMs += 500) {
    const bytes = drain(limit, nowMs, 500);
    assert.ok(bytes <= 550_000, `${bytes} in half a second`);
  }
});

test('a limit cut again and again lets no more through than one cut', () => {
  const after = (cuts: readonly number[]) => {
    const limit = new UploadLimit(LINK_BPS, half, 0);
    limit.set(1_000_000, 0, 0);
    drain(limit, 0, 10_000);
    for (const wire of cuts) limit.set(wire, 1_000_000, 10_000);
    return drain(limit, 10_000, 20_000);
  };
  assert.is(after([800_000, 600_000, 400_000, 200_000]), after([200_000]));
});

test.run();
