/**
 * `npm run test:faults [-- --only TEXT] [--at-once N]`: every fault at every place and moment, and a table of what
 * survived. A case survives when at each moment no limit was raised or lifted by mistake and /health said how things
 * stood, and afterwards all went on by itself and a rollback gave every torrent exactly its own limit.
 */
import { parseArgs } from 'node:util';
import { type Case, play } from './case.ts';
import { FAULTS, MOMENTS } from './faults.ts';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, 'at-once': { type: 'string', default: '24' } },
});

const cases: Case[] = FAULTS.flatMap((fault) =>
  fault.places.flatMap((place) => MOMENTS.map((moment) => ({ fault, place, moment }))),
).filter((each) => nameOf(each).includes(values.only));

const lost = new Map<Case, readonly string[]>();
const startedAt = performance.now();
const pending = [...cases];
async function worker(): Promise<void> {
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const violations = await play(next).catch((error: unknown) => [String(error)]);
    if (violations.length > 0) lost.set(next, violations);
  }
}
await Promise.all(Array.from({ length: Number(values['at-once']) }, worker));

console.log(tableOf(cases));
for (const [each, violations] of lost) {
  console.log(`\nlost: ${nameOf(each)}`);
  for (const violation of violations) console.log(`  - ${violation}`);
}
console.log(`\n${cases.length} cases in ${Math.round((performance.now() - startedAt) / 1000)} s`);
console.log(`${cases.length - lost.size} passed, ${lost.size} failed`);
process.exitCode = lost.size > 0 || cases.length === 0 ? 1 : 0;

function nameOf({ fault, place, moment }: Case): string {
  return `${fault.name}, ${place}, ${moment}`;
}

function tableOf(played: readonly Case[]): string {
  const rows = FAULTS.map((fault) => {
    const own = played.filter((each) => each.fault === fault);
    const failed = own.filter((each) => lost.has(each)).length;
    return [fault.name, fault.places.join(', '), own.length, own.length - failed, failed] as const;
  }).filter(([, , count]) => count > 0);
  const lines = [['fault', 'at', 'cases', 'survived', 'lost'] as const, ...rows];
  return lines
    .map(([name, places, ...counts]) =>
      [name.padEnd(36), places.padEnd(14), ...counts.map((count) => String(count).padStart(8))].join(' '),
    )
    .join('\n');
}
