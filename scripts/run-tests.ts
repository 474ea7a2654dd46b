/**
 * Runs every `*.test.ts` below the given folders, each in a process of its own.
 *
 * uvu alone can pass falsely: a file that never calls `test.run()` exits 0, a `before` hook that throws
 * exits 0, and a leaked timer hangs for ever. So a file passes here only when it exits 0 within the time
 * limit AND reports at least one test AND all that it reports passed. Skips count as failures in CI.
 *
 * Usage: run-tests.ts FOLDER... [--exclude PATH]... [--timeout SECONDS] [--only SUBSTRING] [--alone SUBSTRING]
 *          [--workers N]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

interface FileResult {
  readonly file: string;
  readonly total: number;
  readonly passed: number;
  readonly skipped: number;
  readonly seconds: number;
  readonly problem: string | null;
  readonly output: string;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    exclude: { type: 'string', multiple: true, default: [] },
    timeout: { type: 'string', default: '60' },
    only: { type: 'string', default: '' },
    /** Files that have the machine to themselves: they come first, one after the other. */
    alone: { type: 'string' },
    /** So many at a time of the others. By default two more than there are cores: many wait most of their time. */
    workers: { type: 'string', default: String(2 + Math.max(2, availableParallelism())) },
  },
});

async function findTests(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !values.exclude.some((excluded) => file.startsWith(excluded)))
    .filter((file) => file.includes(values.only))
    .sort();
}

function countIn(output: string, label: string): number {
  let sum = 0;
  for (const match of output.matchAll(new RegExp(`^\\s*${label}:\\s+(\\d+)\\s*$`, 'gm'))) {
    sum += Number(match[1]);
  }
  return sum;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours start with the escape character
const ANSI = /\u001b\[[0-9;]*m/g;

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach(killGroup));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** The process of a test file, and those that it has started. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function runFile(file: string, timeoutSeconds: number): Promise<FileResult> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, ['--conditions=development', '--import', 'tsx', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
      detached: true,
    });
    running.add(child);
    let output = '';
    let timedOut = false;
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child);
    }, timeoutSeconds * 1000);
    // A process that the test left behind would hold the pipes open for ever.
    child.on('exit', () => killGroup(child));
    child.on('close', (code) => {
      clearTimeout(timer);
      running.delete(child);
      const plain = output.replace(ANSI, '');
      // uvu prints "Total: 3" and "Passed: 2"; on a pass it also counts the skipped ones apart.
      const total = countIn(plain, 'Total');
      const passed = countIn(plain, 'Passed');
      const skipped = countIn(plain, 'Skipped');
      let problem: string | null = null;
      if (timedOut) problem = `did not end within ${timeoutSeconds} s (a leaked handle?)`;
      else if (code !== 0) problem = `exited with ${code}`;
      else if (total === 0) problem = 'reported no test: is test.run() missing?';
      else if (passed !== total) problem = `${passed} of ${total} passed`;
      else if (skipped > 0 && process.env.CI) problem = `${skipped} skipped, which CI does not allow`;
      resolve({
        file,
        total,
        passed,
        skipped,
        seconds: (performance.now() - startedAt) / 1000,
        problem,
        output: plain,
      });
    });
  });
}

async function main(): Promise<void> {
  const folders = positionals.length > 0 ? positionals : ['test'];
  const files = (await Promise.all(folders.map(findTests))).flat();
  const { alone } = values;
  const isAlone = (file: string): boolean => alone !== undefined && file.includes(alone);
  const pending = files.filter((file) => !isAlone(file));
  const results: FileResult[] = [];

  async function run(file: string): Promise<void> {
    const result = await runFile(file, Number(values.timeout));
    results.push(result);
    const mark = result.problem === null ? 'ok  ' : 'FAIL';
    console.log(`${mark} ${result.file} (${result.passed}/${result.total}, ${result.seconds.toFixed(1)} s)`);
    if (result.problem !== null) console.log(`     ${result.problem}\n${result.output}`);
    else if (process.env.SHOW_OUTPUT || result.file.includes('e2e')) console.log(result.output);
  }
  async function worker(): Promise<void> {
    for (let file = pending.shift(); file !== undefined; file = pending.shift()) await run(file);
  }
  for (const file of files.filter(isAlone)) await run(file);
  await Promise.all(Array.from({ length: Number(values.workers) }, worker));

  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const skipped = results.reduce((sum, result) => sum + result.skipped, 0);
  const failed = results.reduce(
    (sum, result) => sum + (result.problem === null ? 0 : Math.max(1, result.total - result.passed)),
    0,
  );
  if (results.length === 0) console.log(`no test file found in ${folders.join(', ')}`);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

await main();
