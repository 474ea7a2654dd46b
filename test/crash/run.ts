/**
 * The crash matrix: the service is killed with SIGKILL at every boundary between its steps, found dead and rolled
 * back; then every torrent must have exactly its own limit.
 * Usage: npm run test:crash -- [--seed N] [--real N] [--only TEXT] [--verbose]
 *
 * On the simulator at all boundaries; on the qbittorrent-nox of the PATH at a random sample of them.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { installationFromEnvironment, whatIsMissing } from '../support/real-swarm/installation.ts';
import { allCases, killedAgain, MUST_HAVE, placeOf, sampleOf } from './cases.ts';
import { type CaseResult, type CrashCase, runCase } from './crash-case.ts';
import { bundleChild, runPlan } from './process.ts';
import { realWorld } from './real-world.ts';
import { simulatedWorld } from './simulated-world.ts';
import { resultTable } from './table.ts';
import { BY_HAND, TORRENTS } from './world.ts';

/** Processes mostly wait: for statistics to move, for the disk. */
const AT_ONCE = 4;
const KILLED_AGAIN = 24;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    real: { type: 'string', default: '8' },
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);

/** What one undisturbed run crosses. */
async function census(): Promise<readonly string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'crash-matrix-'));
  const world = await simulatedWorld();
  try {
    const outcome = await runPlan(world, {
      mode: 'play',
      folder,
      qbittorrentPort: world.gate.port,
      target: null,
    });
    if (!outcome.endedWell) throw new Error(`the run without a kill failed:\n${outcome.output}`);
    return outcome.crossed;
  } finally {
    await world.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function tell(result: CaseResult): CaseResult {
  const { target, again, recovery } = result.crash;
  const how = `${target.boundary}, time ${target.occurrence}${target.powerCut ? ', power cut' : ''}; ${recovery}`;
  const twice = again === null ? '' : `, killed again at crossing ${again.occurrence}`;
  if (result.problem !== null) console.log(`FAIL ${how}${twice}\n     ${result.problem}`);
  else if (values.verbose) console.log(`ok   ${how}${twice}`);
  return result;
}

async function onTheSimulator(cases: readonly CrashCase[]): Promise<CaseResult[]> {
  const pending = [...cases];
  const results: CaseResult[] = [];
  const worker = async () => {
    for (let one = pending.shift(); one !== undefined; one = pending.shift()) {
      const world = await simulatedWorld();
      results.push(tell(await runCase(world, one)));
      await world.stop();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

async function onTheRealOne(cases: readonly CrashCase[]): Promise<CaseResult[]> {
  const world = await realWorld();
  console.log(`\nOn qBittorrent ${world.version}, ${cases.length} of them, seed ${seed}:`);
  try {
    const results: CaseResult[] = [];
    for (const one of cases) {
      results.push(tell(await runCase(world, one)));
      // As it was before the case, whatever came of it.
      for (const { name, ownBps } of TORRENTS) await world.setByHand(name, ownBps);
    }
    return results;
  } finally {
    await world.stop();
  }
}

const startedAt = performance.now();
await bundleChild();
const every = allCases(await census());
const places = new Set(every.map(placeOf));
const missed = MUST_HAVE.filter((place) => !places.has(place));
if (missed.length > 0) throw new Error(`no case is about: ${missed.join('; ')}`);
const cases = every.filter(({ target }) => target.boundary?.includes(values.only) !== false);
const twice = killedAgain(sampleOf(cases, KILLED_AGAIN, seed), seed);
console.log(
  `${cases.length} cases on the simulator, and ${twice.length} with a second kill (seed ${seed}); ` +
    `${TORRENTS.length} torrents each, one of them (${BY_HAND.name}) changed by hand on the way`,
);
const simulated = await onTheSimulator([...cases, ...twice]);
console.log(resultTable(simulated.map((result) => ({ ...result, place: placeOf(result.crash) }))));

const realCount = Number(values.real);
const missing = realCount > 0 ? whatIsMissing({ ...installationFromEnvironment(), rootFolder: null }) : null;
let real: CaseResult[] = [];
if (missing !== null) {
  console.log(`\nskipped, the sample on a real qBittorrent: ${missing}`);
} else if (realCount > 0) {
  real = await onTheRealOne(sampleOf(cases, realCount, seed + 1));
  console.log(resultTable(real.map((result) => ({ ...result, place: result.crash.target.boundary ?? '' }))));
}

const results = [...simulated, ...real];
const passed = results.filter(({ problem }) => problem === null).length;
// In CI nothing may be skipped.
const failed = results.length - passed + (missing !== null && process.env.CI ? 1 : 0);
console.log(`\n${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
console.log(`${passed} passed, ${failed} failed${missing === null ? '' : ', 1 skipped'}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
