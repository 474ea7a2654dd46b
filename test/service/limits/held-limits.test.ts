import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { limitToWire } from '../../../src/control/limit-mark.ts';
import type { OriginalRecord } from '../../../src/journal/records.ts';
import { lastSent, limitInForce, shownWire } from '../../../src/service/limits/held-limit.ts';
import { HeldLimits } from '../../../src/service/limits/held-limits.ts';
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

test('a limit that moves is measured anew, but not where the torrent uses less than it lets', () => {
  const held = new HeldLimits();
  write(held, 0, 5000, 0);
  const since = held.get(KEY)?.tookEffectAt ?? 0;
  held.intend(KEY, 'alpha', 5000, 9000, 20_000);
  held.written(KEY, 9000, 20_000, false);
  assert.is(held.get(KEY)?.tookEffectAt, since);
  write(held, 9000, 12_000, 40_000);
  assert.ok((held.get(KEY)?.tookEffectAt ?? 0) > 40_000);
});

test('the first limit of a torrent is always measured anew', () => {
  const held = new HeldLimits();
  held.intend(KEY, 'alpha', 0, 5000, 7_000);
  held.written(KEY, 5000, 7_000, false);
  assert.ok((held.get(KEY)?.tookEffectAt ?? 0) > 7_000);
});

test('a confirmed limit that changes to a value never written is the hand of the user', () => {
  const held = new HeldLimits();
  write(held, 0, 5000, 0);
  assert.is(sight(held, 5000, 1000), 'ours');
  assert.is(sight(held, 7777, 2000), 'users');
});

test('a value of the user that equals an older limit of ours without the mark is the original', () => {
  const held = new HeldLimits();
  write(held, 0, 131_072, 0);
  sight(held, 131_072, 2_000);
  write(held, 131_072, 6000, 4_000);
  sight(held, 6000, 6_000);
  assert.is(sight(held, 131_072, 9_000), 'users');
});

test('a limit with the mark that was never written here is that of another Qguardarr', () => {
  const held = new HeldLimits();
  write(held, 0, limitToWire(5000), 0);
  sight(held, limitToWire(5000), 2_000);
  assert.is(sight(held, limitToWire(9000), 4_000), 'marked');
  held.override(KEY, limitToWire(9000), 4_000);
  assert.is(held.get(KEY)?.wire, limitToWire(9000));
  assert.is(held.get(KEY)?.ownWire, 0);
});

test('any limit with the mark is ours at the first sight after a restart of the client, and only then', () => {
  const held = new HeldLimits();
  write(held, 0, limitToWire(5000), 0);
  sight(held, limitToWire(5000), 2_000);
  held.noteClientRestart();
  assert.is(sight(held, limitToWire(9000), 4_000), 'ours');
  assert.is(held.get(KEY)?.wire, limitToWire(9000));
  assert.is(sight(held, limitToWire(7000), 6_000), 'marked');
});

test('a confirmed limit that is set back to the original is a foreign write, and no new original', () => {
  const held = new HeldLimits();
  write(held, 700, 5000, 0);
  sight(held, 5000, 2_000);
  assert.is(sight(held, 700, 4_000), 'reset');
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

test('an older limit of ours that is back after the client crashed is in force, and not an original', () => {
  const held = new HeldLimits();
  write(held, 0, 5000, 0);
  sight(held, 5000, 1000);
  write(held, 5000, 6000, 2000);
  sight(held, 6000, 4000);
  held.noteClientRestart();
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

test('an adopted limit is the own one, the ceiling, and the user may go back to the former one by hand', () => {
  const held = new HeldLimits();
  write(held, 0, 5000, 0);
  sight(held, 5000, 2000);
  held.adopt(KEY, 7777, 4000);
  assert.is(held.get(KEY)?.ownWire, 7777);
  assert.is(held.ownLimit(KEY, 4000), 'shown');
  held.noteClientRestart();
  assert.is(sight(held, 5000, 6000), 'ours', 'a client that crashed brings it back');
  assert.is(sight(held, 0, 8000), 'users', 'the user took the limit off again');
});

test("a limit of ours that lands after the user's, and shows after it, never becomes theirs", () => {
  const held = new HeldLimits();
  write(held, 0, 5000, 0);
  sight(held, 5000, 2000);
  write(held, 5000, 6000, 4000);
  assert.is(sight(held, 7777, 4200), 'users', 'a picture from before our call landed');
  held.adopt(KEY, 7777, 4200);
  assert.is(held.get(KEY)?.ownWire, 7777);
  assert.is(held.get(KEY)?.wire, 6000);
  assert.is(held.ownLimit(KEY, 4200), 'replaced', 'our limit may be in force instead');
  assert.is(sight(held, 6000, 6200), 'ours');
  assert.is(held.get(KEY)?.ownWire, 7777);
});

test("a user's limit that came after ours is in force from the first picture that shows both", () => {
  const held = new HeldLimits();
  write(held, 0, 5000, 0);
  held.adopt(KEY, 7777, 1000);
  assert.is(sight(held, 7777, 1500), 'ours');
  assert.is(held.get(KEY)?.wire, 5000);
  assert.is(sight(held, 7777, 2000), 'ours');
  assert.is(held.get(KEY)?.wire, 7777);
  assert.is(held.ownLimit(KEY, 2000), 'shown');
});

test("a user's limit found after a call without an answer waits until that can't arrive any more", () => {
  const held = new HeldLimits();
  held.intend(KEY, 'alpha', 0, 5000, 0);
  held.failed(KEY, 0);
  held.adopt(KEY, 7777, 3000);
  assert.is(held.ownLimit(KEY, 3000), 'replaced');
  assert.is(sight(held, 5000, 4000), 'ours');
  sight(held, 7777, 10_001);
  assert.is(held.ownLimit(KEY, 10_001), 'shown');
});

test('a picture from before our own earlier write does not show that a release has worked', () => {
  const held = new HeldLimits();
  write(held, 900, 5000, 0);
  write(held, 5000, 900, 300);
  sight(held, 900, 400);
  assert.is(held.ownLimit(KEY, 400), 'written', '5000 may be yet to show');
  held.see(torrentShowing(1, 900), 3000, 299);
  assert.is(held.ownLimit(KEY, 3000), 'written', 'it was long on its way');
  held.see(torrentShowing(1, 900), 3000, 300);
  assert.is(held.ownLimit(KEY, 3000), 'shown');
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
  sight(held, 900, 4000);
  assert.is(held.ownLimit(KEY, 4000), 'shown');
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

test('a missing torrent is remembered since when, until it is seen again, whatever the wall clock says', () => {
  const held = new HeldLimits();
  write(held, 0, 5000, 0);
  const before1970 = -1;
  const muchLater = 4_000_000_000_000;
  held.miss(KEY, 1000, before1970);
  held.miss(KEY, 2000, muchLater);
  assert.is(held.get(KEY)?.missingSince, before1970, 'as it was told, to be shown');
  assert.equal(held.missingFor(500, 1500), []);
  assert.equal(held.missingFor(500, 1501), [KEY]);
  sight(held, 0, 3000);
  assert.is(held.get(KEY)?.missingSince, null);
  assert.equal(held.missingFor(500, 9000), []);
});

test('each restoration begins a new epoch', () => {
  const held = new HeldLimits();
  const before = held.epoch;
  held.beginEpoch();
  assert.is.not(held.epoch, before);
});

test.run();
