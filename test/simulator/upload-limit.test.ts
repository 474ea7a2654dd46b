import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { storedWire, UploadLimit } from '../../src/simulator/upload-limit.ts';

const LINK_BPS = 50_000_000;
const STEP_MS = 100;

/** Takes all that is let through for `forMs`, or `wishBps` of it; returns the bytes. */
function drain(limit: UploadLimit, fromMs: number, forMs: number, wishBps = LINK_BPS): number {
  let bytes = 0;
  for (let nowMs = fromMs + STEP_MS; nowMs <= fromMs + forMs; nowMs += STEP_MS) {
    limit.advance(nowMs);
    const sent = Math.min(limit.available, (wishBps * STEP_MS) / 1000);
    limit.spend(sent);
    bytes += sent;
  }
  return bytes;
}

/** One that has long used all of its limit. */
function settledAt(wire: number): UploadLimit {
  const limit = new UploadLimit(LINK_BPS, () => 0.5, 0);
  limit.set(wire, 0);
  drain(limit, 0, 60_000);
  return limit;
}

test('0, negative and overflowing values mean no limit', () => {
  for (const wire of [0, -1, -5, 2_147_483_647, 2_147_483_648, 4_294_967_296, 1.5, Number.NaN])
    assert.is(storedWire(wire), 0, `${wire}`);
  for (const wire of [1, 1024, 2_147_483_646]) assert.is(storedWire(wire), wire);
});

test('over minutes the rate is the limit', () => {
  assert.ok(Math.abs(drain(settledAt(400_000), 60_000, 180_000) / 180 - 400_000) < 4_000);
});

test('the rate climbs through its limit by about half a per cent a second, and falls back', () => {
  const limit = settledAt(400_000);
  const windows = Array.from({ length: 36 }, (_, i) => drain(limit, 60_000 + i * 5_000, 5_000) / 5 / 400_000);
  assert.ok(Math.max(...windows) > 1.03 && Math.max(...windows) < 1.12, windows.join(' '));
  assert.ok(Math.min(...windows) > 0.85 && Math.min(...windows) < 0.97, windows.join(' '));
  const falls = windows.filter((rate, i) => i > 0 && rate < (windows[i - 1] ?? 0) - 0.05);
  assert.ok(falls.length >= 3 && falls.length <= 12, `${falls.length} falls in three minutes`);
});

test('a much higher limit is met within three seconds, though not at once', () => {
  const limit = settledAt(100_000);
  limit.set(1_000_000, 60_000);
  assert.ok(drain(limit, 60_000, 500) / 0.5 < 700_000);
  drain(limit, 60_500, 2_500);
  assert.ok(drain(limit, 63_000, 1_000) > 850_000);
});

test('a limit a little higher is filled slowly, and what that saves up stands above a later cut', () => {
  const limit = settledAt(400_000);
  const before = Math.round(drain(limit, 60_000, 2_000) / 2);
  limit.set(Math.round(before * 1.1), 62_000);
  assert.ok(drain(limit, 62_000, 5_000) / 5 < before * 1.07);
  drain(limit, 67_000, 3_000);
  limit.set(before, 70_000);
  assert.ok(drain(limit, 70_000, 2_000) / 2 > before * 1.02);
});

test('a halved limit holds within six seconds', () => {
  const limit = settledAt(1_000_000);
  limit.set(500_000, 60_000);
  drain(limit, 60_000, 6_000);
  assert.ok(drain(limit, 66_000, 4_000) / 4 < 560_000);
});

test('an idle torrent saves up three seconds of its limit and no more', () => {
  const limit = new UploadLimit(LINK_BPS, () => 0.5, 0);
  limit.set(100_000, 0);
  limit.advance(3_600_000);
  const burst = drain(limit, 3_600_000, 20_000) - 20 * 100_000;
  assert.ok(burst > 100_000 && burst <= 300_000, `${burst}`);
});

test('a torrent that takes less than its limit keeps a pace near its use', () => {
  const limit = settledAt(1_000_000);
  drain(limit, 60_000, 10_000, 50_000);
  assert.ok(drain(limit, 70_000, 1_000) <= 250_000);
});

test('a limit cut again and again lets no more through than one cut', () => {
  const after = (cuts: readonly number[]) => {
    const limit = settledAt(1_000_000);
    for (const wire of cuts) limit.set(wire, 60_000);
    return drain(limit, 60_000, 20_000);
  };
  assert.is(after([800_000, 600_000, 400_000, 200_000]), after([200_000]));
});

test.run();
