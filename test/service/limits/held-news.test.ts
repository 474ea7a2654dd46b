import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TorrentTable } from '../../../src/qbittorrent/torrent-table.ts';
import { HeldLimits } from '../../../src/service/limits/held-limits.ts';
import { HeldNews } from '../../../src/service/limits/held-news.ts';
import { data, fields, full } from '../../support/sync-data.ts';

const test = suite('news of managed torrents');

/** Three managed torrents whose limits are certain, all dealt with. */
function makeRig() {
  const table = new TorrentTable('box');
  const torrents = { a: fields({ up_limit: 5003 }), b: fields({ up_limit: 5003 }), c: fields() };
  table.apply(full(torrents));
  const held = new HeldLimits();
  for (const hash of ['a', 'b']) {
    const key = `box:${hash}`;
    held.intend(key, 't', 0, 5003, 0);
    held.written(key, 5003, 0);
    held.see({ key, uploadLimitBps: 5003 }, 60_000);
  }
  const news = new HeldNews(held);
  const look = () => [...news.of(table)].map(({ key }) => key.slice('box:'.length)).sort();
  assert.equal(look(), ['a', 'b'], 'all at first');
  news.dealtWith();
  return { table, torrents, held, news, look };
}

test('a torrent that nothing is said of is not looked at again', () => {
  const { table, look } = makeRig();
  assert.equal(look(), []);
  table.apply(data({ torrents: { c: { up_limit: 7 } } }));
  assert.equal(look(), [], 'one that is not managed');
});

test('a torrent whose row changes is looked at, again and again until it is dealt with', () => {
  const { table, news, look } = makeRig();
  table.apply(data({ torrents: { b: { up_limit: 7777 } } }));
  assert.equal(look(), ['b']);
  assert.equal(look(), ['b'], 'a cycle that was broken off took nothing over');
  news.dealtWith();
  assert.equal(look(), []);
});

test('what changes after the look is not dealt with by it', () => {
  const { table, news, look } = makeRig();
  table.apply(data({ torrents: { b: { up_limit: 7777 } } }));
  look();
  table.apply(data({ torrents: { a: { up_limit: 8888 } } }));
  news.dealtWith();
  assert.equal(look(), ['a']);
});

test('a limit that is on its way is looked at in every snapshot until it is certain', () => {
  const { held, news, look } = makeRig();
  held.intend('box:a', 't', 5003, 6011, 0);
  for (let n = 0; n < 2; n += 1) {
    assert.equal(look(), ['a']);
    news.dealtWith();
  }
});

test('all are looked at in a full picture, and when the client may have restarted', () => {
  const fullAgain = makeRig();
  fullAgain.table.apply(full(fullAgain.torrents));
  assert.equal(fullAgain.look(), ['a', 'b']);
  const restarted = makeRig();
  restarted.held.noteClientRestart();
  assert.equal(restarted.look(), ['a', 'b']);
});

test('of torrents that are gone only those are looked at, as long as it is known which', () => {
  const { table, news, look } = makeRig();
  table.apply(data({ removed: ['a'] }));
  assert.equal(look(), ['a']);
  assert.equal(look(), ['a'], 'not dealt with');
  news.dealtWith();
  assert.equal(look(), []);
  const many = Array.from({ length: 3_000 }, (_, n) => `x${n}`);
  table.apply(data({ torrents: Object.fromEntries(many.map((hash) => [hash, fields()])) }));
  table.apply(data({ removed: many }));
  assert.equal(look(), ['a', 'b'], 'more went than are remembered');
});

test('one that is gone and comes back before the next look is looked at once', () => {
  const { table, torrents, look } = makeRig();
  table.apply(data({ removed: ['a'] }));
  table.apply(data({ torrents: { a: torrents.a } }));
  assert.equal(look(), ['a']);
});

test('those that went, that are missing, and that were never seen may be gone; no others', () => {
  const { table, held, news, look } = makeRig();
  const maybeGone = () => [...news.maybeGone(table)].map(({ key }) => key.slice('box:'.length)).sort();
  assert.equal(maybeGone(), []);
  table.apply(data({ removed: ['a'] }));
  assert.equal(maybeGone(), ['a']);
  held.miss('box:a', 0, 0);
  look();
  news.dealtWith();
  assert.equal(maybeGone(), ['a'], 'a torrent may come under another id later');
  held.takeOver(
    [
      {
        key: 'box:d',
        trackerId: 't',
        originalWire: 0,
        beforeLastWire: null,
        lastWire: 5003,
        firstSeenAt: 0,
      },
    ],
    0,
  );
  assert.equal(maybeGone(), ['a', 'd']);
});

test.run();
