import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Picture, type SyncAnswer } from '../../src/simulator/picture.ts';
import { SyncSession } from '../../src/simulator/sync.ts';

function pictureOf(...hashes: string[]): Picture {
  const picture = new Picture({ up_info_speed: 0, refresh_interval: 1500 });
  for (const hash of hashes)
    picture.addTorrent(hash, { name: hash, upspeed: 0 }, [`https://${hash}/announce`], '', []);
  return picture;
}

test('rid 0 gets everything, the rid it came with only what changed since', () => {
  const picture = pictureOf('a', 'b');
  const session = new SyncSession();
  const full = session.answer(0, picture);
  assert.is(full.full_update, true);
  assert.is(full.rid, 1);
  assert.equal(Object.keys(full.torrents ?? {}), ['a', 'b']);
  assert.equal(session.answer(1, picture), { rid: 2 });
  picture.update([['a', { name: 'a', upspeed: 7 }]], { up_info_speed: 7, refresh_interval: 1500 });
  assert.equal(session.answer(2, picture), {
    rid: 3,
    torrents: { a: { upspeed: 7 } },
    server_state: { up_info_speed: 7 },
  });
});

test('an unknown rid, an older one and one of another session get everything', () => {
  const picture = pictureOf('a');
  const session = new SyncSession();
  session.answer(0, picture);
  session.answer(1, picture);
  session.answer(2, picture);
  assert.is(session.answer(1, picture).full_update, true);
  assert.is(session.answer(99, picture).full_update, true);
  assert.is(new SyncSession().answer(3, picture).full_update, true);
});

test('an answer that got lost is sent again', () => {
  const picture = pictureOf('a');
  const session = new SyncSession();
  session.answer(0, picture);
  picture.update([['a', { upspeed: 7 }]], {});
  assert.equal(session.answer(1, picture).torrents, { a: { upspeed: 7 } });
  picture.update([['a', { name: 'new' }]], {});
  const again = session.answer(1, picture);
  assert.equal(again, { rid: 3, torrents: { a: { upspeed: 7, name: 'new' } } });
  assert.equal(session.answer(3, picture), { rid: 4 });
});

test('removed torrents and trackers are sent once, and a torrent that comes back is whole', () => {
  const picture = pictureOf('a', 'b');
  const session = new SyncSession();
  session.answer(0, picture);
  picture.removeTorrent('a', ['https://a/announce']);
  assert.equal(session.answer(1, picture), {
    rid: 2,
    torrents_removed: ['a'],
    trackers_removed: ['https://a/announce'],
  });
  picture.addTorrent('a', { name: 'a', upspeed: 3 }, ['https://b/announce'], 'films', ['x']);
  assert.equal(session.answer(2, picture), {
    rid: 3,
    torrents: { a: { name: 'a', upspeed: 3 } },
    trackers: { 'https://b/announce': ['b', 'a'] },
    categories: { films: { name: 'films', savePath: '' } },
    tags: ['x'],
  });
});

type Action = { kind: 'add' | 'remove' | 'update' | 'ask' | 'lose'; hash: string; value: number };

test('a client that applies every delta holds the same as the full picture', () => {
  const action: fc.Arbitrary<Action> = fc.record({
    kind: fc.constantFrom('add', 'remove', 'update', 'ask', 'lose'),
    hash: fc.constantFrom('a', 'b', 'c'),
    value: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const picture = pictureOf();
      const session = new SyncSession();
      const held = new Map<string, Record<string, unknown>>();
      const heldTrackers = new Map<string, readonly string[]>();
      let rid = 0;
      const apply = (answer: SyncAnswer & { rid: number }) => {
        rid = answer.rid;
        if (answer.full_update) {
          held.clear();
          heldTrackers.clear();
        }
        for (const [hash, fields] of Object.entries(answer.torrents ?? {}))
          held.set(hash, { ...held.get(hash), ...fields });
        for (const hash of answer.torrents_removed ?? []) held.delete(hash);
        for (const [url, hashes] of Object.entries(answer.trackers ?? {})) heldTrackers.set(url, hashes);
        for (const url of answer.trackers_removed ?? []) heldTrackers.delete(url);
      };
      for (const { kind, hash, value } of actions) {
        const url = `https://${value}/announce`;
        const known = picture.torrent(hash);
        if (kind === 'add' && known === undefined) picture.addTorrent(hash, { url, value }, [url], '', []);
        else if (kind === 'remove' && known !== undefined) picture.removeTorrent(hash, [String(known.url)]);
        else if (kind === 'update') picture.update([[hash, { value }]], {});
        else if (kind === 'ask') apply(session.answer(rid, picture));
        else if (kind === 'lose') session.answer(rid, picture);
      }
      apply(session.answer(rid, picture));
      const full = picture.full();
      assert.equal(
        Object.fromEntries([...held].sort()),
        Object.fromEntries(Object.entries(full.torrents ?? {}).sort()),
      );
      assert.equal(
        Object.fromEntries([...heldTrackers].sort()),
        Object.fromEntries(Object.entries(full.trackers ?? {}).sort()),
      );
    }),
  );
});

test.run();
