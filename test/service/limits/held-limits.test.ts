import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { OriginalRecord } from '../../../src/journal/records.ts';
import { HeldLimits, lastSent, limitInForce, shownWire } from '../../../src/service/limits/held-limits.ts';
import { keyOf, torrentShowing } from '../../support/torrents.ts';

const test = suite('held limits');
const KEY = keyOf(1);

function write(held: HeldLimits, from: number, to: number, at: number): void {
  held.intend(KEY, 'alpha', from, to, at);
  held.written(KEY, to, at);
}

/** What is made of that torrent showing this limit. */
function sight(held: HeldLimits, wire: number, at: number): string {
  return held.see(torrentShowing(1, wire), at).kind;
}

function original(fields: Partial<OriginalRecord>): OriginalRecord {
  return {
    key: KEY,
    originalWire: 0,
    trackerId: 'alpha',
    firstSeenAt: 5,
    lastWire: 4000,
    beforeLastWire: 3000,
    ...fields,
  };
}

test('a torrent that was never written is not held', () => {
  assert.is(sight(new HeldLimits(), 5000, 0), 'not-held');
});

test('the limit before the first write is the own one, and stays it', () => {
  const held = new HeldLimits();
  write(held, 700, 5000, 0);
  write(held, 5000, 6000, 10);
  assert.is(held.get(KEY)?.ownWire, 700);
});

test('a confirmed limit that changes to a value never written is the hand of the user', () => {
  const held = new HeldLimits();
  write(held, 0, 5000, 0);
  assert.is(sight(held, 5000, 1000), 'ours');
  assert.is(sight(held, 7777, 2000), 'users');
});

test('the limit from before a write, still shown, is ours, and what was written counts as in force', () => {
  const held = new HeldLimits();
  write(held, 0, 5000, 0);
  assert.is(sight(held, 0, 500), 'ours');
  const limit = held.get(KEY);
  assert.ok(limit !== undefined && !limit.confirmed);
  assert.is(limit && limitInForce(limit, Number.POSITIVE_INFINITY), 5000);
});

test('many writes between two refreshes: the limit from before all of them is not taken for the user', () => {
  const held = new HeldLimits();
  for (let n = 0; n < 10; n += 1) write(held, n === 0 ? 0 : 4000 + n - 1, 4000 + n, n * 100);
  assert.is(sight(held, 0, 1100), 'ours');
  assert.is(held.get(KEY)?.ownWire, 0);
});

test('an older limit of ours, back after the client crashed, is in force and not the user', () => {
  const held = new HeldLimits();
  write(held, 0, 5000, 0);
  sight(held, 5000, 1000);
  write(held, 5000, 6000, 2000);
  sight(held, 6000, 4000);
  assert.is(sight(held, 5000, 9000), 'ours');
  assert.is(held.get(KEY)?.wire, 5000, 'so that the next plan starts from it');
});

test('a limit that never shows is given up after 10 s, so that it is written anew', () => {
  const held = new HeldLimits();
  write(held, 0, 5000, 0);
  sight(held, 0, 9_000);
  assert.is(held.get(KEY)?.wire, 5000);
  sight(held, 0, 10_001);
  assert.is(held.get(KEY)?.wire, 0);
});

test('after a failed call what is shown is in force, and confirms nothing for 10 s: it may still arrive', () => {
  const held = new HeldLimits();
  held.intend(KEY, 'alpha', 0, 5000, 0);
  held.failed(KEY, 0);
  assert.is(sight(held, 0, 1000), 'ours');
  const limit = held.get(KEY);
  assert.ok(limit !== undefined && !limit.confirmed);
  assert.is(limit && limitInForce(limit, 12_345), 12_345);
  assert.is(held.ownLimit(KEY, 1000), 'replaced', 'the own limit shows, and proves nothing');
  assert.is(sight(held, 5000, 2000), 'ours', 'it did arrive');
  sight(held, 0, 10_001);
  assert.is(held.ownLimit(KEY, 10_001), 'shown');
});

test('a call under way is never settled by time', () => {
  const held = new HeldLimits();
  held.intend(KEY, 'alpha', 0, 5000, 0);
  sight(held, 0, 1_000_000);
  assert.is(held.get(KEY)?.confirmed, false);
});

test('an adopted limit is the own one, the ceiling, and the only one remembered', () => {
  const held = new HeldLimits();
  write(held, 0, 5000, 0);
  sight(held, 5000, 1000);
  held.adopt(KEY, 7777, 2000);
  assert.is(held.get(KEY)?.ownWire, 7777);
  assert.is(held.ownLimit(KEY, 2000), 'shown');
  assert.is(sight(held, 5000, 3000), 'users', 'he may set by hand what we once wrote');
});

test('the own limit written back counts as shown only when it is', () => {
  const held = new HeldLimits();
  write(held, 900, 5000, 0);
  sight(held, 5000, 1000);
  assert.is(held.ownLimit(KEY, 1000), 'replaced');
  write(held, 5000, 900, 2000);
  assert.is(held.ownLimit(KEY, 2100), 'written');
  sight(held, 5000, 2500);
  assert.is(held.ownLimit(KEY, 2500), 'written');
  sight(held, 900, 3000);
  assert.is(held.ownLimit(KEY, 3000), 'shown');
});

test('the own limit written back that never shows is to be written again', () => {
  const held = new HeldLimits();
  write(held, 900, 5000, 0);
  write(held, 5000, 900, 2000);
  sight(held, 5000, 12_001);
  assert.is(held.ownLimit(KEY, 12_001), 'replaced');
});

test('after a restart the last limits of the former run are ours, any other the hand of the user', () => {
  for (const wire of [0, 3000, 4000]) {
    const held = new HeldLimits();
    held.restore([original({})], 0);
    assert.is(sight(held, wire, 100), 'ours');
  }
  const held = new HeldLimits();
  held.restore([original({})], 0);
  assert.is(sight(held, 9999, 100), 'users');
  const limit = held.get(KEY);
  assert.is(limit && lastSent(limit), 4000);
});

test('an own limit shown right after a restart proves nothing: the last call may be yet to show', () => {
  const held = new HeldLimits();
  held.restore([original({ beforeLastWire: 0 })], 0);
  sight(held, 0, 500);
  assert.is(held.ownLimit(KEY, 500), 'replaced');
});

test('an own limit below 1024 B/s is kept to the byte', () => {
  const held = new HeldLimits();
  const torrent = torrentShowing(1, 100);
  write(held, shownWire(torrent), 2048, 0);
  assert.is(held.get(KEY)?.ownWire, 100);
  assert.is(shownWire(torrentShowing(1, 0)), 0);
});

test('a missing torrent is remembered since when, until it is seen again', () => {
  const held = new HeldLimits();
  write(held, 0, 5000, 0);
  held.miss(KEY, 1000);
  held.miss(KEY, 2000);
  assert.equal(held.missingSince(1000), []);
  assert.equal(held.missingSince(1001), [KEY]);
  sight(held, 0, 3000);
  assert.is(held.get(KEY)?.missingSince, null);
});

test('each restoration begins a new epoch', () => {
  const held = new HeldLimits();
  const before = held.epoch;
  held.beginEpoch();
  assert.is.not(held.epoch, before);
});

test.run();
