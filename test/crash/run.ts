/**
 * The crash matrix. At every boundary between its steps the service is killed with SIGKILL, or something else happens
 * around it: the client is killed and comes back with older limits, the user or another program sets limits, the mode
 * changes, a second controller comes, the journal is lost. Afterwards all is rolled back, and every torrent must have
 * exactly its own limit.
 * Usage: npm run test:crash -- [--seed N] [--real N] [--each N] [--only TEXT] [--verbose]
 *
 * On the simulator, kills at all boundaries, and `each` cases of every other disturbance (0: all); on the
 * qbittorrent-nox of the PATH a random sample.
 */
import { parseArgs } from 'node:util';
import { installationFromEnvironment, whatIsMissing } from '../support/real-swarm/installation.ts';
import {
  allCases,
  disturbedCases,
  journalCases,
  killedAgain,
  MUST_HAVE,
  placeOf,
  sampleOf,
} from './cases.ts';
import { censusOf, censusOfKills } from './census.ts';
import { DISTURBANCES } from './disturbances/all.ts';
import { CLIENT_KILLED } from './disturbances/client-killed.ts';
import { disturbedJob, type Job, journalJob, killJob, type Played, playReal, playSimulated } from './jobs.ts';
import { JOURNALS } from './journal-case.ts';
import { bundleChild } from './process.ts';
import { realWorld } from './real-world.ts';
import { resultTable } from './table.ts';
import { TappedDisk } from './tapped-disk.ts';
import { BY_HAND, TORRENTS } from './world.ts';

/** Processes mostly wait: for statistics to move, for the disk. */
const KILLS_AT_ONCE = 4;
/** Each in this process. */
const DISTURBED_AT_ONCE = 24;
const KILLED_AGAIN = 24;
/** After the last case. */
const ENDS_WITHIN_MS = 10_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    real: { type: 'string', default: '6' },
    each: { type: 'string', default: '24' },
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const each = Number(values.each) || Number.POSITIVE_INFINITY;
const isWanted = ({ how, place }: Job) => how.includes(values.only) || place.includes(values.only);

function tell({ job, problem, trace = [] }: Played): void {
  if (problem !== null) console.log(`FAIL ${job.how}\n     ${problem}`);
  if (problem !== null && values.verbose) console.log(trace.map((line) => `     ${line}`).join('\n'));
  if (problem === null && values.verbose) console.log(`ok   ${job.how}`);
}

const rowsOf = (played: readonly Played[]) =>
  played.map(({ job, ...result }) => ({ ...result, place: job.place }));

const startedAt = performance.now();
TappedDisk.tapNedb();
await bundleChild();
const crossed = await censusOfKills();
const kills = allCases(crossed);
const places = new Set(kills.map(placeOf));
const missed = MUST_HAVE.filter((place) => !places.has(place));
if (missed.length > 0) throw new Error(`no case is about: ${missed.join('; ')}`);
const besideJobs = JOURNALS.flatMap((beside) => {
  const every = journalCases(crossed, seed)
    .filter((one) => one.beside === beside)
    .map(journalJob)
    .filter(isWanted);
  return sampleOf(every, each, seed);
});
const killJobs = [...kills, ...killedAgain(sampleOf(kills, KILLED_AGAIN, seed), seed)]
  .map(killJob)
  .filter(isWanted);

const censuses = [
  await censusOf('5.1.0', false),
  await censusOf('5.3.0', false),
  await censusOf('5.1.0', true),
  await censusOf('5.3.0', true),
];
const disturbed = DISTURBANCES.flatMap((disturbance) => {
  const every = disturbedCases(disturbance, censuses, seed).map(disturbedJob).filter(isWanted);
  return sampleOf(every, each, seed);
});
console.log(
  `seed ${seed}: ${killJobs.length} cases with a kill of the service, ${disturbed.length} with another disturbance; ` +
    `${TORRENTS.length} torrents each, one of them (${BY_HAND.name}) changed by hand on the way`,
);
const simulated = await Promise.all([
  playSimulated([...killJobs, ...besideJobs], KILLS_AT_ONCE, tell),
  playSimulated(disturbed, DISTURBED_AT_ONCE, tell),
]);
const isKill = new Set(killJobs);
const [killed = [], others = []] = [true, false].map((kills) =>
  simulated.flat().filter(({ job }) => isKill.has(job) === kills),
);
console.log(resultTable('killed at', rowsOf(killed)));
console.log(`\n${resultTable('disturbance', rowsOf(others))}`);

const realCount = Number(values.real);
const missing = realCount > 0 ? whatIsMissing({ ...installationFromEnvironment(), rootFolder: null }) : null;
let real: Played[] = [];
if (missing !== null) {
  console.log(`\nskipped, the sample on a real qBittorrent: ${missing}`);
} else if (realCount > 0) {
  real = await onTheRealOne();
  console.log(resultTable('on a real client', rowsOf(real)));
}

const results = [...killed, ...others, ...real];
const passed = results.filter(({ problem }) => problem === null).length;
// In CI nothing may be skipped.
const failed = results.length - passed + (missing !== null && process.env.CI ? 1 : 0);
console.log(`\n${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
console.log(`${passed} passed, ${failed} failed${missing === null ? '' : ', 1 skipped'}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
setTimeout(() => {
  console.log(`Failed: something is still under way: ${process.getActiveResourcesInfo().join(', ')}`);
  process.exit(1);
}, ENDS_WITHIN_MS).unref();

/** So many kills of the service, kills of the client, and other cases. */
async function onTheRealOne(): Promise<Played[]> {
  const clientKills = new Set(CLIENT_KILLED.map(({ name }) => name));
  const anywhere = disturbed.filter(({ version }) => version === '5.1.0');
  const groups = [
    killJobs,
    anywhere.filter(({ place }) => clientKills.has(place)),
    [...anywhere, ...besideJobs].filter(({ place }) => !clientKills.has(place)),
  ];
  const jobs = groups.flatMap((group) => sampleOf(group, realCount, seed + 1));
  const world = await realWorld();
  console.log(`\nOn qBittorrent ${world.version}, ${jobs.length} of them:`);
  try {
    return await playReal(jobs, world, tell);
  } finally {
    await world.stop();
  }
}
