import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type CycleTimes, PaceWatch } from '../../src/control/pace-watch.ts';

const TIMES: CycleTimes = { reading: 100, writing: 10, waiting: 5, planning: 20 };
const test = suite('the pace of the loop');

class Loop {
  readonly watch = new PaceWatch();
  second = 0;
  intervalSeconds = 2;

  end(times: CycleTimes | null = TIMES): void {
    const { second, intervalSeconds } = this;
    this.watch.note({ at: second * 1000, now: second * 1000, intervalMs: intervalSeconds * 1000, times });
  }

  /** Cycles that end so far apart, s. Returns whether the loop counts as slow. */
  run(apart: number, cycles: number): boolean {
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      this.second += apart;
      this.end();
    }
    return this.isSlow;
  }

  get isSlow(): boolean {
    return this.watch.figures.slowSince !== null;
  }
}

test('cycles on time, and a little late, are no fault', () => {
  const loop = new Loop();
  assert.not.ok(loop.run(2, 100));
  assert.not.ok(loop.run(2.9, 200));
  assert.is(Math.round(loop.watch.figures.meanIntervalMs ?? 0), 2900);
});

test('cycles over 1.5 times apart are slow after a minute, and on time again after a good one', () => {
  const loop = new Loop();
  loop.run(2, 30);
  assert.not.ok(loop.run(4, 14));
  assert.ok(loop.run(4, 1));
  assert.is(loop.watch.figures.slowSince, 64_000);
  assert.ok(loop.run(2, 29));
  assert.not.ok(loop.run(2, 20));
});

test('one long cycle is none, whatever it takes; some among quick ones are', () => {
  for (const long of [10, 30, 60, 300]) {
    const loop = new Loop();
    loop.run(2, 30);
    loop.run(long, 1);
    for (let cycle = 0; cycle < 60; cycle += 1) assert.not.ok(loop.run(2, 1), `${long} s`);
  }
  const loop = new Loop();
  loop.run(2, 30);
  for (let round = 0; round < 10; round += 1) {
    loop.run(10, 1);
    loop.run(2, 5);
  }
  assert.ok(loop.isSlow, 'the mean is 3.3 s');
});

test('with a long control_interval one late cycle is none, and three are', () => {
  const loop = new Loop();
  loop.intervalSeconds = 60;
  loop.run(60, 5);
  assert.not.ok(loop.run(100, 1));
  assert.not.ok(loop.run(60, 5));
  assert.ok(loop.run(100, 3));
});

test('what the time goes to is the mean of the last minute; a cycle that failed has an end alone', () => {
  const loop = new Loop();
  loop.end();
  loop.second += 2;
  loop.end({ ...TIMES, reading: 300 });
  loop.second += 2;
  loop.end(null);
  loop.run(2, 1);
  assert.is(loop.watch.figures.meanTimes?.reading, 200);
  assert.is(loop.watch.figures.meanIntervalMs, 2000);
  loop.run(2, 40);
  assert.is(loop.watch.figures.meanTimes?.reading, 100);
});

test('after a pause, and under another control_interval, it begins again', () => {
  const loop = new Loop();
  loop.run(2, 30);
  loop.watch.reset();
  assert.is(loop.watch.figures.meanIntervalMs, null);
  loop.second += 3600;
  loop.end();
  loop.run(2, 1);
  assert.is(loop.watch.figures.meanIntervalMs, 2000);
  loop.intervalSeconds = 0.5;
  loop.run(2, 20);
  assert.not.ok(loop.isSlow);
  assert.ok(loop.run(2, 20));
});

test.run();
