/** Runs the service for long and tells whether anything in it grows: `npm run soak -- --help`. */
import { parseArgs } from 'node:util';
import { REAL_BOUNDS, SIMULATED_BOUNDS } from '../test/soak/bounds.ts';
import { type Growth, growthOf, growthTable } from '../test/soak/figures.ts';
import { realSoak } from '../test/soak/real-soak.ts';
import { simulatedSoak } from '../test/soak/simulated-soak.ts';
import { installationFromEnvironment, whatIsMissing } from '../test/support/real-swarm/installation.ts';

const HELP = `Usage: npm run soak -- [--minutes N] [--real]

Churn for a long time: torrents that come, go and wake, limits set by hand, config changes, rollbacks, outages. Prints
each figure's first quarter against its last, and ends with 1 if any has grown beyond its bound.

  --minutes N   default: 60, in the simulator on virtual time; 10 with --real
  --real        the built service in a swarm of real qBittorrents, in real time
  --help
`;

function tell(growth: readonly Growth[]): void {
  console.table(growthTable(growth));
  if (growth.some(({ grows }) => grows)) process.exitCode = 1;
}

const { values } = parseArgs({
  options: { minutes: { type: 'string' }, real: { type: 'boolean' }, help: { type: 'boolean' } },
});
const minutes = Number(values.minutes ?? (values.real ? 10 : 60));
const report = (line: string) => console.error(line);

if (values.help) {
  console.log(HELP);
} else if (!(minutes >= 4)) {
  console.error(`soak: --minutes: expected a number from 4 on; got ${values.minutes}`);
  process.exitCode = 2;
} else if (values.real) {
  const seeder = installationFromEnvironment();
  const missing = whatIsMissing(seeder);
  if (missing !== null) throw new Error(missing);
  const { version, samples, cycles, errors, limitsLeft, handMadeLost } = await realSoak(
    minutes,
    seeder,
    report,
  );
  console.log(
    `qBittorrent ${version}, ${minutes} min: ${cycles} cycles, ${errors} errors; ${limitsLeft} torrents without ` +
      `their own limit after a last rollback; ${handMadeLost} set by hand were replaced before they showed`,
  );
  tell(growthOf(samples, REAL_BOUNDS));
  if (limitsLeft > 0) process.exitCode = 1;
} else {
  const startedAt = performance.now();
  const { samples, cycles, failedCycles, limitsLeft } = await simulatedSoak(minutes, report);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(
    `${minutes} min in ${seconds} s: ${cycles} cycles, ${failedCycles} calls and cycles failed (outages and ` +
      `rollbacks end some); ${limitsLeft} torrents without their own limit after a last rollback`,
  );
  tell(growthOf(samples, SIMULATED_BOUNDS));
  if (limitsLeft > 0) process.exitCode = 1;
}
