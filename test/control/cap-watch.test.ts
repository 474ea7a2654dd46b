import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CapWatch } from '../../src/control/cap-watch.ts';
import { TrackerMeans } from '../../src/control/tracker-means.ts';
import { MIB, UNLIMITED } from '../../src/control/units.ts';
import { readingOf, usageOf } from '../support/readings.ts';

const STEP_S = 2;
const test = suite('caps that are exceeded');

/** Cycles of one tracker, 2 s apart: its upload meanwhile over a cap of 1 MiB/s. */
class Cycles {
  readonly watch = new CapWatch();
  readonly #means = new TrackerMeans();
  second = 0;
  capBps = MIB;

  /** Until so many seconds have passed. Returns at which second the cap was first judged the other way, or null. */
  upload(timesCap: number, seconds: number): number | null {
    const before = this.isExceeded;
    let changedAt: number | null = null;
    for (const until = this.second + seconds; this.second < until; ) {
      this.second += STEP_S;
      const readings = [readingOf('a', { usage: usageOf(timesCap * MIB) })];
      this.#means.add([{ id: 't', capBps: MIB, priority: 1 }], readings, this.second * 1000);
      const report = { id: 't', effectiveCapBps: this.capBps };
      this.watch.look([report], this.#means, this.second * 1000, this.second * 1000);
      if (this.isExceeded !== before) changedAt ??= this.second;
    }
    return changedAt;
  }

  get isExceeded(): boolean {
    return this.watch.exceeded().includes('t');
  }
}

/** That have held their cap for a while. */
function calm(): Cycles {
  const cycles = new Cycles();
  assert.is(cycles.upload(0.97, 120), null);
  return cycles;
}

test('a cap is exceeded after a minute over it, however far, and names since when', () => {
  for (const times of [1.1, 1.5, 8]) {
    const cycles = calm();
    const changedAt = cycles.upload(times, 100);
    assert.ok(changedAt !== null && changedAt >= 180 && changedAt <= 190, `${times}: ${changedAt}`);
    const since = cycles.watch.figures('t')?.exceededSince ?? 0;
    assert.ok(since >= 120_000 && since <= 130_000, `${since}`);
  }
});

test('it is held again after a good minute, and not after one good cycle', () => {
  for (const times of [1.1, 1.5, 8]) {
    const cycles = calm();
    cycles.upload(times, 200);
    assert.is(cycles.upload(0.97, STEP_S), null);
    assert.is(cycles.upload(times, 40), null);
    const changedAt = cycles.upload(0.97, 100);
    const after = (changedAt ?? 0) - cycles.second + 100;
    assert.ok(after >= 58 && after <= 72, `${times}: ${after} s`);
  }
});

test('one good cycle does not put it off for more than itself', () => {
  const cycles = calm();
  cycles.upload(1.3, 40);
  cycles.upload(0.5, STEP_S);
  const changedAt = cycles.upload(1.3, 60);
  assert.ok(changedAt !== null && changedAt <= 190, `${changedAt}`);
});

test('one burst is no lasting excess, bursts that come again are', () => {
  const once = calm();
  assert.is(once.upload(40, STEP_S), null);
  assert.is(once.upload(0.97, 200), null);
  const longer = calm();
  assert.is(longer.upload(7, 10), null);
  assert.is(longer.upload(0.97, 200), null);
  const again = calm();
  for (let round = 0; round < 4 && !again.isExceeded; round += 1) {
    again.upload(7, 10);
    again.upload(0.97, 50);
  }
  assert.ok(again.isExceeded, 'the mean of every minute is twice the cap');
});

test('crests within what the loop does are no excess, however long they go on', () => {
  const cycles = calm();
  for (let round = 0; round < 60; round += 1) {
    cycles.upload(1.07, 10);
    cycles.upload(0.93, 20);
  }
  assert.not.ok(cycles.isExceeded);
});

test('a cap is not exceeded by what was allowed before it was lowered', () => {
  const cycles = new Cycles();
  cycles.capBps = 4 * MIB;
  cycles.upload(3.9, 120);
  cycles.capBps = MIB;
  cycles.upload(3.9, STEP_S);
  assert.not.ok(cycles.watch.figures('t')?.isOver, 'it was allowed');
  assert.is(cycles.upload(3.9, 8), null, 'the cut takes seconds');
  assert.is(cycles.upload(0.97, 120), null);
});

test('one without a cap exceeds nothing, until it has had one for a minute', () => {
  const cycles = new Cycles();
  cycles.capBps = UNLIMITED;
  assert.is(cycles.upload(100, 200), null);
  cycles.capBps = MIB;
  const changedAt = cycles.upload(1.5, 100);
  assert.ok(changedAt !== null && changedAt >= 260, `${changedAt}`);
});

test('what is measured is shown beside the cap of the same time', () => {
  const cycles = calm();
  cycles.upload(1.2, 60);
  const figures = cycles.watch.figures('t');
  assert.equal(figures?.tenSeconds, { bps: 1.2 * MIB, capBps: MIB });
  assert.equal(figures?.isOver, true);
  assert.ok(Math.abs((figures?.minute?.bps ?? 0) - 1.2 * MIB) < 1);
});

test('a tracker that is gone, and all after a reset, are forgotten', () => {
  const cycles = calm();
  cycles.upload(2, 200);
  assert.ok(cycles.isExceeded);
  cycles.watch.look([], new TrackerMeans(), 1e6, 1e6);
  assert.is(cycles.watch.figures('t'), undefined);
  cycles.upload(2, 200);
  cycles.watch.reset();
  assert.not.ok(cycles.isExceeded);
  assert.is(cycles.upload(2, 58), null);
});

test.run();
