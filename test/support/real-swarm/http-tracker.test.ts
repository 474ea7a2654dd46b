import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePorts } from './free-ports.ts';
import { HttpTracker } from './http-tracker.ts';

const test = suite('HTTP tracker');

/** Every byte value that percent-encoding and UTF-8 treat differently. */
const INFO_HASH = '%00%FF%80abcdefghijklmnopq';

async function withTracker(
  body: (announce: (url: string, query: string) => Promise<string>, tracker: HttpTracker) => Promise<void>,
): Promise<void> {
  const [port = 0] = await freePorts(1);
  const tracker = new HttpTracker(port, ['alpha', 'beta']);
  await tracker.start();
  try {
    await body(async (url, query) => {
      const response = await fetch(`${url}${url.includes('?') ? '&' : '?'}${query}`);
      return Buffer.from(await response.arrayBuffer()).toString('latin1');
    }, tracker);
  } finally {
    await tracker.stop();
  }
}

test('it tells each announcer of the others in its swarm, wherever the passkey stands', () =>
  withTracker(async (announce, tracker) => {
    const asked = `info_hash=${INFO_HASH}&left=0&port=`;
    const alone = await announce(tracker.announceUrl('alpha', 'k1', 'query'), `${asked}258`);
    assert.is(alone, 'd8:completei1e10:incompletei0e8:intervali30e12:min intervali1e5:peers0:e');
    const second = await announce(tracker.announceUrl('alpha', 'k2', 'path'), `${asked}259&left=5`);
    assert.ok(second.endsWith('5:peers6:\x7f\x00\x00\x01\x01\x02e'), second);
  }));

test('swarms of other trackers and other info-hashes, and peers that have stopped, are not told of', () =>
  withTracker(async (announce, tracker) => {
    const alpha = tracker.announceUrl('alpha', 'k', 'query');
    await announce(alpha, `info_hash=${INFO_HASH}&left=0&port=1`);
    const elsewhere = [
      await announce(tracker.announceUrl('beta', 'k', 'query'), `info_hash=${INFO_HASH}&left=1&port=2`),
      await announce(alpha, `info_hash=${INFO_HASH.replace('a', 'b')}&left=1&port=2`),
    ];
    await announce(alpha, `info_hash=${INFO_HASH}&left=0&port=1&event=stopped`);
    elsewhere.push(await announce(alpha, `info_hash=${INFO_HASH}&left=1&port=2`));
    for (const answer of elsewhere) assert.ok(answer.endsWith('5:peers0:e'), answer);
  }));

test('a malformed announce gets a failure reason', () =>
  withTracker(async (announce, tracker) => {
    const answer = await announce(tracker.announceUrl('alpha', 'k', 'query'), 'info_hash=short&port=1');
    assert.is(answer, 'd14:failure reason18:malformed announcee');
  }));

test.run();
