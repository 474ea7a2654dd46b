/** The simulator against traces that `npm run lab` recorded on real qBittorrents. */
import { readFileSync } from 'node:fs';
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PROGRAMS } from './programs/index.ts';
import { fitOf, replay } from './replay.ts';

const Recording = t.type({
  program: t.string,
  version: t.string,
  seconds: t.number,
  bytes: t.array(t.array(t.number)),
  limits: t.array(t.type({ atMs: t.number, torrents: t.array(t.number), limitBps: t.number })),
});

const RECORDINGS = ['churn-equal-4.5.2', 'churn-equal-5.1.0', 'churn-equal-5.3.0'];
const WINDOW_S = 10;

for (const name of RECORDINGS) {
  test(`${name}: with the limits of the recording, 10 s windows of the simulator lie close to the real ones`, () => {
    const text = readFileSync(new URL(`./traces/${name}.json`, import.meta.url), 'utf8');
    const decoded = Recording.decode(JSON.parse(text));
    if (isLeft(decoded)) throw new Error(`${name} is no trace`);
    const recording = decoded.right;
    const program = PROGRAMS.find((each) => each.name === recording.program);
    if (program === undefined) throw new Error(`there is no program ${recording.program}`);
    const simulated = replay(program, recording);
    for (const { id } of program.trackers) {
      const fit = fitOf(program, id, recording, simulated, WINDOW_S);
      const shown = Object.entries(fit)
        .map(([what, part]) => `${what} ${part.toFixed(3)}`)
        .join(', ');
      console.log(`${recording.version} ${id}: ${shown}`);
      assert.ok(fit.rms <= 0.06, `${id}: ${shown}`);
      assert.ok(Math.abs(fit.meanReal - fit.meanSimulated) <= 0.03, `${id}: ${shown}`);
      assert.ok(Math.abs(fit.worstReal - fit.worstSimulated) <= 0.1, `${id}: ${shown}`);
    }
  });
}

test.run();
