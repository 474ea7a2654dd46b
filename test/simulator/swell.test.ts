/** The swells of leechers that limit themselves, against those of recorded runs. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomFrom } from '../../src/simulator/random.ts';
import { Swell } from '../../src/simulator/swell.ts';
import { churn } from '../lab/programs/churn.ts';

const SECONDS = 3_600;

function simulated(seed: number): number[] {
  const swell = new Swell(randomFrom(seed), 0);
  return Array.from({ length: SECONDS }, (_, second) => {
    let sum = 0;
    for (let step = 0; step < 10; step += 1) sum += swell.factorAt(second * 1000 + step * 100);
    return sum / 10;
  });
}

/** What the slow torrents of `churn` uploaded in each second of a recorded run, as a factor on what they wanted. */
function recorded(version: string): number[][] {
  const text = readFileSync(new URL(`../lab/traces/churn-equal-${version}.json`, import.meta.url), 'utf8');
  const { bytes } = JSON.parse(text) as { bytes: number[][] };
  return churn.torrents.flatMap(({ tracker, demand }, index) =>
    tracker === 'c' && demand.kind === 'constant'
      ? [(bytes[index] ?? []).slice(15, 60).map((each) => each / demand.bps)]
      : [],
  );
}

function scatter(series: readonly number[][], windowS: number): number {
  const means = series.flatMap((each) =>
    each.slice(windowS).map((_, at) => each.slice(at, at + windowS).reduce((a, b) => a + b, 0) / windowS),
  );
  const mean = means.reduce((a, b) => a + b, 0) / means.length;
  return Math.sqrt(means.reduce((sum, each) => sum + (each - mean) ** 2, 0) / means.length);
}

test('a leecher asks for its rate on average', () => {
  const mean = simulated(1).reduce((sum, each) => sum + each, 0) / SECONDS;
  assert.ok(Math.abs(mean - 1) < 0.01, `${mean}`);
});

for (const [windowS, within] of [
  [2, 0.12],
  [3, 0.06],
  [6, 0.04],
  [9, 0.03],
  [12, 0.03],
] as const) {
  test(`means over ${windowS} s scatter as in the recorded runs`, () => {
    const real = ['4.5.2', '5.1.0', '5.3.0'].map((version) => scatter(recorded(version), windowS));
    const ours = scatter([simulated(1), simulated(2)], windowS);
    const lowest = Math.min(...real) - within;
    const highest = Math.max(...real) + within;
    assert.ok(
      ours >= lowest && ours <= highest,
      `${ours.toFixed(3)}, recorded ${real.map((r) => r.toFixed(3))}`,
    );
  });
}

test.run();
