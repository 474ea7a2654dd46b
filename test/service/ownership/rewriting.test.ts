import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ForeignWrite, ForeignWrites } from '../../../src/service/ownership/foreign-writes.ts';
import { keyOf } from '../../support/torrents.ts';

const test = suite('rewriting by others');

const write = (torrent: number, at: number, fields: Partial<ForeignWrite> = {}): ForeignWrite => ({
  key: keyOf(torrent),
  isMarked: false,
  isRewrite: true,
  at,
  seenAt: at,
  ...fields,
});
/** The same torrents at each of these times. */
const rounds = (torrents: number, times: readonly number[], fields: Partial<ForeignWrite> = {}) =>
  times.flatMap((at) => Array.from({ length: torrents }, (_, n) => write(n + 1, at, fields)));

function seen(writes: readonly ForeignWrite[], at: number) {
  const foreign = new ForeignWrites();
  foreign.note(writes);
  return foreign.rewriting(at);
}

test('one bulk change of thousands of torrents is no rewriting', () => {
  assert.is(seen(rounds(5_000, [1_000]), 1_000), null);
});

test('a bulk change to random limits, of which some have the mark by chance, is no rewriting', () => {
  const random = Array.from({ length: 1_000 }, (_, n) => write(n + 1, 1_000, { isMarked: n % 250 === 0 }));
  assert.is(seen(random, 1_000), null);
});

test('two bulk changes within a minute are no rewriting', () => {
  assert.is(seen(rounds(50, [1_000, 20_000]), 20_000), null);
});

test('three changes of three torrents within a minute, each after a write of ours, are rewriting', () => {
  const rewriting = seen(rounds(3, [1_000, 20_000, 40_000]), 40_000);
  assert.equal([rewriting?.by, rewriting?.since, rewriting?.changes], ['program', 1_000, 9]);
  assert.is(rewriting?.torrents.size, 3);
});

test('changes between which Qguardarr wrote nothing are the user trying values', () => {
  const first = rounds(3, [1_000]);
  const later = rounds(3, [5_000, 9_000, 13_000], { isRewrite: false });
  assert.is(seen([...first, ...later], 13_000), null);
});

test('a single torrent counts as rewritten after nine changes within a minute', () => {
  const times = Array.from({ length: 9 }, (_, n) => 1_000 + n * 6_000);
  assert.is(seen(rounds(1, times.slice(1)), 50_000), null);
  assert.is(seen(rounds(1, times), 50_000)?.changes, 9);
});

test('changes that are more than a minute ago do not count', () => {
  assert.is(seen(rounds(3, [1_000, 30_000, 62_000]), 62_000), null);
});

test('three limits with the mark that are not ours show another Qguardarr at once', () => {
  assert.is(seen(rounds(2, [1_000], { isMarked: true }), 1_000), null);
  assert.is(seen(rounds(3, [1_000], { isMarked: true }), 1_000)?.by, 'controller');
});

test('what the user has decided about is forgotten, and the total stays', () => {
  const foreign = new ForeignWrites();
  foreign.note(rounds(3, [1_000, 2_000, 3_000]));
  foreign.forget();
  assert.is(foreign.rewriting(3_000), null);
  assert.is(foreign.total, 9);
});

test.run();
