import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MainData, TorrentFields } from '../../src/qbittorrent/codecs.ts';
import { EMPTY_CONFIRMATIONS, TorrentTable } from '../../src/qbittorrent/torrent-table.ts';
import { data, fields, full, ONE, TWO } from '../support/sync-data.ts';

const test = suite('torrent table, over many deltas');

test('deltas lead to the same table as one full picture of the end', () => {
  const hash = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const tracker = fc.constantFrom(ONE, TWO, 'udp://three.example:80');
  const world = fc.record({
    torrents: fc.dictionary(
      hash,
      fc.record({ up_limit: fc.nat(9), tracker: fc.oneof(tracker, fc.constant('')) }),
    ),
    trackers: fc.dictionary(tracker, fc.uniqueArray(hash, { minLength: 1 })),
  });
  type World = { torrents: Record<string, TorrentFields>; trackers: Record<string, string[]> };

  /** As qBittorrent makes it: new torrents whole, known ones by their changed fields, trackers by their whole list. */
  const deltaOf = (from: World, to: World): MainData => {
    const torrents: Record<string, TorrentFields> = {};
    for (const [name, now] of Object.entries(to.torrents)) {
      const was = from.torrents[name];
      if (was === undefined) torrents[name] = fields(now);
      else if (was.up_limit !== now.up_limit || was.tracker !== now.tracker) torrents[name] = now;
    }
    const changedTrackers = Object.entries(to.trackers).filter(
      ([url, list]) => JSON.stringify(from.trackers[url]) !== JSON.stringify(list),
    );
    return data({
      torrents,
      removed: Object.keys(from.torrents).filter((name) => !(name in to.torrents)),
      trackers: Object.fromEntries(changedTrackers),
      trackersRemoved: Object.keys(from.trackers).filter((url) => !(url in to.trackers)),
    });
  };
  /** Everything but the order of URLs after the first, which depends on when they were told. */
  const shown = (table: TorrentTable): unknown =>
    [...table.values()]
      .map(({ key, uploadLimitBps }) => ({
        key,
        uploadLimitBps,
        urls: table.rows.announceUrlsOf(table.rowOf(key) ?? -1).sort(),
      }))
      .sort((a, b) => a.key.localeCompare(b.key));
  const toFull = (state: World): MainData =>
    full(Object.fromEntries(Object.entries(state.torrents).map(([name, some]) => [name, fields(some)])), {
      trackers: state.trackers,
    });

  fc.assert(
    fc.property(fc.array(world, { minLength: 2, maxLength: 5 }), (worlds) => {
      const [first, ...later] = worlds;
      if (first === undefined || Object.keys(first.torrents).length === 0) return;
      const table = new TorrentTable('box');
      table.apply(toFull(first));
      let last: World = first;
      for (const next of later) {
        table.apply(deltaOf(last, next));
        last = next;
      }
      const whole = new TorrentTable('box');
      for (let n = 0; n < EMPTY_CONFIRMATIONS; n += 1) whole.apply(toFull(last));
      assert.equal(shown(table), shown(whole));
    }),
  );
});

test.run();
