import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { capCause, type LimitedTorrent } from '../../src/control/cap-cause.ts';
import { MIB, UNLIMITED } from '../../src/control/units.ts';
import { usageOf } from '../support/readings.ts';

const test = suite('why a cap is exceeded');

function torrent(rateMib: number, limitMib: number, shownMib = limitMib, held = true): LimitedTorrent {
  return { held, limitBps: limitMib * MIB, shownBps: shownMib * MIB, usage: usageOf(rateMib * MIB) };
}

test('torrents that keep to their limits, or have none of ours, are no cause', () => {
  assert.is(capCause([]), null);
  assert.is(capCause([torrent(1.1, 1), torrent(0, 1), torrent(9, 1, 1, false)]), null);
  assert.is(capCause([torrent(9, UNLIMITED)]), null);
  assert.is(capCause([torrent(0.01, 0.001)]), null, 'a few KiB/s are a block');
});

test('one that uploads more than qBittorrent shows as its limit is not limited by it', () => {
  const cause = capCause([torrent(3, 1), torrent(2, 1), torrent(1, 1)]);
  assert.equal(cause, { kind: 'not-applied', torrents: 2, excessBps: 3 * MIB });
});

test('one that shows a higher limit than was set has been changed, or was refused', () => {
  const cause = capCause([torrent(3, 1, UNLIMITED), torrent(2, 1, 5)]);
  assert.equal(cause, { kind: 'not-shown', torrents: 2, excessBps: 3 * MIB });
});

test('of several causes the greater is named', () => {
  assert.is(capCause([torrent(3, 1), torrent(2, 1, UNLIMITED)])?.kind, 'not-applied');
  assert.is(capCause([torrent(2, 1), torrent(5, 1, UNLIMITED)])?.kind, 'not-shown');
});

test.run();
