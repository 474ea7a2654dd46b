/**
 * Runs a program of the lab against a real qBittorrent and prints what its trackers got: `npm run lab -- --help`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Strategy } from '../src/control/types.ts';
import { chart } from '../test/lab/chart.ts';
import { measure } from '../test/lab/measures.ts';
import { type Program, STRATEGIES } from '../test/lab/program.ts';
import { PROGRAMS } from '../test/lab/programs/index.ts';
import { NoBaselineError, realRun } from '../test/lab/real-run.ts';
import { runSimulated } from '../test/lab/simulated-run.ts';
import { busyLine, costLine, measureTable } from '../test/lab/table.ts';
import type { Trace } from '../test/lab/trace.ts';
import {
  type Installation,
  installationAt,
  installationFromEnvironment,
  whatIsMissing,
} from '../test/support/real-swarm/installation.ts';

const LEAST_SECONDS = 30;

const HELP = `Usage: npm run lab -- --program NAME [options]

Plays a program of demands, and of changes by the user, in a swarm of real qBittorrents on this machine, with the
built service on the seeder. Prints what each tracker got of its cap, and keeps the trace and a chart.

  --program NAME       one of those below
  --strategy NAME      ${STRATEGIES.join(', ')}; default: the one that the program was made for
  --seconds N          default: the program's own; at least ${LEAST_SECONDS}
  --qbittorrent PLACE  the seeder: an executable, or a folder to chroot into with qbittorrent-nox inside (root
                       only); default: QBITTORRENT_ROOT, or the qbittorrent-nox on the PATH
  --shared FOLDER      with a chroot: a folder that has the same path inside and outside; default:
                       QBITTORRENT_SHARED
  --out FOLDER         where trace, chart and table go; default: lab-results
  --baseline           no service, but the seeder's own global upload limit: the mark to compare with
  --simulate           in the simulator instead, within seconds
  --help

Programs:
${PROGRAMS.map(({ name, about, seconds }) => `  ${name.padEnd(12)} ${about} (${seconds} s)`).join('\n')}
`;

/** What the user can put right: shown without a stack. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Request {
  readonly program: Program;
  readonly seeder: Installation;
  readonly outFolder: string;
  readonly baseline: boolean;
  readonly simulate: boolean;
}

function readRequest(args: readonly string[]): Request | 'help' {
  const { values } = parseArguments(args);
  if (values.help) return 'help';
  const program = PROGRAMS.find(({ name }) => name === values.program);
  if (program === undefined) {
    const names = PROGRAMS.map(({ name }) => name).join(', ');
    throw new UsageError(
      values.program === undefined
        ? `--program is missing; expected one of ${names}`
        : `there is no program ${values.program}; expected one of ${names}`,
    );
  }
  const strategy = values.strategy ?? program.strategy;
  if (!isStrategy(strategy))
    throw new UsageError(`--strategy: expected ${STRATEGIES.join(', ')}; got ${strategy}`);
  const seconds = Number(values.seconds ?? program.seconds);
  if (!Number.isInteger(seconds) || seconds < LEAST_SECONDS)
    throw new UsageError(
      `--seconds: expected a whole number from ${LEAST_SECONDS} on; got ${values.seconds}`,
    );
  return {
    program: { ...program, strategy, seconds },
    seeder: seederOf(values.qbittorrent, values.shared),
    outFolder: values.out ?? 'lab-results',
    baseline: values.baseline ?? false,
    simulate: values.simulate ?? false,
  };
}

function parseArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        program: { type: 'string' },
        strategy: { type: 'string' },
        seconds: { type: 'string' },
        qbittorrent: { type: 'string' },
        shared: { type: 'string' },
        out: { type: 'string' },
        baseline: { type: 'boolean' },
        simulate: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function isStrategy(text: string): text is Strategy {
  return STRATEGIES.some((strategy) => strategy === text);
}

function seederOf(place: string | undefined, shared: string | undefined): Installation {
  const fromEnvironment = installationFromEnvironment();
  const sharedFolder = shared ?? fromEnvironment.sharedFolder;
  return place === undefined ? { ...fromEnvironment, sharedFolder } : installationAt(place, sharedFolder);
}

async function run(request: Request): Promise<Trace> {
  const { program, seeder, baseline } = request;
  if (request.simulate) return runSimulated(program).trace;
  const missing = whatIsMissing(seeder);
  if (missing !== null) throw new UsageError(missing);
  return realRun(program, { seeder, baseline, report: (line) => console.error(line) });
}

async function keep(request: Request, trace: Trace, text: string): Promise<string> {
  const base = path.join(request.outFolder, `${trace.program}-${trace.strategy}-${trace.version}`);
  await mkdir(request.outFolder, { recursive: true });
  await Promise.all([
    writeFile(`${base}.txt`, `${text}\n`),
    writeFile(`${base}.json`, `${JSON.stringify(trace)}\n`),
    writeFile(`${base}.svg`, chart(request.program, trace)),
  ]);
  return base;
}

async function main(): Promise<void> {
  const request = readRequest(process.argv.slice(2));
  if (request === 'help') {
    console.log(HELP);
    return;
  }
  const trace = await run(request);
  const measures = measure(request.program, trace);
  const text = [
    `${trace.program}, ${trace.strategy}, ${request.simulate ? 'simulator' : `qBittorrent ${trace.version}`}, ${trace.seconds} s`,
    measureTable(measures),
    costLine(trace),
    ...(Object.keys(trace.busy).length > 0 ? [busyLine(trace.busy)] : []),
  ].join('\n');
  console.log(text);
  console.error(`kept as ${await keep(request, trace, text)}.txt, .json and .svg`);
}

try {
  await main();
} catch (error) {
  const isForUser = error instanceof UsageError || error instanceof NoBaselineError;
  console.error(isForUser ? `lab: ${error.message}` : error);
  process.exitCode = isForUser ? 2 : 1;
}
