/** A service in which something goes wrong that is not caught, at the moment and in the way that the argument says. */
import { run } from '../../src/cli/run.ts';

const [how = '', file = ''] = process.argv.slice(2);
const CRASH_AFTER_MS = 1_500;

if (how === 'exception') {
  setTimeout(() => {
    throw new TypeError('not caught of https://t.example/plantedpasskey0123456789abcdef0123');
  }, CRASH_AFTER_MS);
} else if (how === 'rejection') {
  setTimeout(() => void Promise.reject(new TypeError('not handled')), CRASH_AFTER_MS);
} else if (how === 'hang') {
  // As a handle that doesn't close would.
  setInterval(() => undefined, 1_000);
} else {
  throw new Error(`expected exception, rejection or hang, got "${how}"`);
}
process.exitCode = await run({ config: file, demo: false, waitForConfig: false }, 'test');
