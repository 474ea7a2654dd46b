import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { STANDBY_WRITES_PER_MINUTE, StandbyPace } from '../../../src/service/limits/standby-pace.ts';

const test = suite('pace of standby limits');

/** As many as are let in each cycle of 2 s, of so many that wait. */
function write(pace: StandbyPace, count: number, from: number, cycles: number): number[] {
  let waiting = count;
  return Array.from({ length: cycles }, (_, cycle) => {
    const now = from + cycle * 2_000;
    const picked = Math.min(waiting, pace.mostOf(waiting, now));
    pace.spend(picked, now);
    waiting -= picked;
    return picked;
  });
}

test('30,000 take some minutes, and no minute has more than half as much again as a minute is to have', () => {
  const written = write(new StandbyPace(), 30_000, 0, 200);
  const total = written.reduce((sum, each) => sum + each, 0);
  assert.is(total, 30_000);
  const needed = written.findLastIndex((each) => each > 0) * 2;
  assert.ok(needed > 200 && needed < 330, `${needed} s`);
  for (let from = 0; from + 30 <= written.length; from += 1) {
    const minute = written.slice(from, from + 30).reduce((sum, each) => sum + each, 0);
    assert.ok(minute <= 1.5 * STANDBY_WRITES_PER_MINUTE, `${minute} in the minute from ${from * 2} s on`);
  }
});

test('many are written some hundred at a time, a few at once', () => {
  const written = write(new StandbyPace(), 30_000, 0, 60).filter((each) => each > 0);
  assert.ok(Math.min(...written) >= 400, `${written}`);
  assert.equal(write(new StandbyPace(), 7, 0, 1), [7]);
});

test('a torrent that was just added need not wait for the others', () => {
  const pace = new StandbyPace();
  write(pace, 30_000, 0, 1);
  assert.is(pace.mostOf(20_000, 2_000), 0);
  assert.ok(pace.most(2_000) >= 100);
});

test.run();
