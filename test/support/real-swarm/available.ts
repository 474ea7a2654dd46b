/**
 * Whether a real swarm can be run here, for the tests: see installation.ts for the environment that says which.
 * `QBITTORRENT_LABEL` names the seeder in the tables.
 */
import { suite, type Test } from 'uvu';
import { installationFromEnvironment, whatIsMissing } from './installation.ts';

export const seederLabel = process.env.QBITTORRENT_LABEL ?? 'qBittorrent';

/**
 * A uvu suite of tests that need a real swarm. Without one it says why and passes with all of them skipped,
 * except in CI, where it fails: there the tests were meant to run.
 */
export function realSwarmSuite(name: string): Test {
  const missing = whatIsMissing(installationFromEnvironment());
  const real = suite(name);
  if (missing === null) return real;
  real(`is skipped: ${missing}`, () => {
    if (process.env.CI) throw new Error(`CI is set, but ${missing}`);
    console.log(`skipped "${name}": ${missing}`);
  });
  const skip = (testName?: string): void => real.skip(testName);
  return Object.assign(skip, {
    only: skip,
    skip,
    before: real.before,
    after: real.after,
    run: () => real.run(),
  });
}
